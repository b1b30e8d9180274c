"""Requests of extensions to the outside."""
