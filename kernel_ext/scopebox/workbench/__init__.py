"""Trying events and operations; least privilege."""
