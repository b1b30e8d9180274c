"""Tests of store/writing."""
