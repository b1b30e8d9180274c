"""What scopebox costs, each figure beside a named reference that was measured in the same run: ``python -m benchmarks``."""
