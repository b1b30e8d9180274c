"""Tests of notebook/completion."""
