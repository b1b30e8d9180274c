"""Chains: why something runs, how deep, until when and at what cost."""
