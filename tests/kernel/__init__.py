"""Tests in a real kernel: what only a process of its own can show."""
