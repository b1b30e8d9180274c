"""Completion in the line and in the body of a cell."""
