"""Tests of store/query."""
