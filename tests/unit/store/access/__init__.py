"""Tests of store/access."""
