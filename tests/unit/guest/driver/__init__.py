"""Tests of guest/driver."""
