"""Tests of guest/python."""
