"""Tests of guest/process."""
