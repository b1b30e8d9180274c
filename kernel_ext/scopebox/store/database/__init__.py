"""DuckDB: connections, transactions and tables."""
