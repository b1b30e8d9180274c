"""Tests of store/sources."""
