"""Tests of isolate."""
