"""URLs: hosts, parsing and patterns."""
