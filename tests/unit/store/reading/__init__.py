"""Tests of store/reading."""
