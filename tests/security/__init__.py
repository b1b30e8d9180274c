"""Attacks, as data, against the whole sandbox: ``python -m tests.security``. SECURITY.md says what they have to fail at."""
