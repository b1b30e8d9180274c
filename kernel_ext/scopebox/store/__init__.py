"""The collection store."""
