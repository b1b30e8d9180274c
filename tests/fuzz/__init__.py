"""Fuzzing of everything that reads hostile text. ``SCOPEBOX_FUZZ=20000`` tries that many examples of each instead of a few."""
