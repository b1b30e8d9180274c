"""Collections on DuckDB."""
