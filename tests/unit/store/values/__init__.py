"""Tests of store/values."""
