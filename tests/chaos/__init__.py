"""Chaos: what is killed, cut, full or locked, and that everything goes on as if nothing had happened."""
