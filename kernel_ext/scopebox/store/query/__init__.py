"""Queries, parsed against schema and role."""
