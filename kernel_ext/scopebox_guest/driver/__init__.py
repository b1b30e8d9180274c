"""Runs coroutines and sends calls."""
