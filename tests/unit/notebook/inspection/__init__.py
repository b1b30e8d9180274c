"""Tests of notebook/inspection."""
