"""Tests of urls."""
