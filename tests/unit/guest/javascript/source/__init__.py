"""Tests of guest/javascript/source."""
