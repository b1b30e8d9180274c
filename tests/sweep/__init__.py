"""Does the host's work on hostile text grow with the text, or faster? ``python -m tests.sweep``, and in short ``tests/sweep/test_sweep.py``."""
