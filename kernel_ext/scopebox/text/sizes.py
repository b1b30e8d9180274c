"""How much memory text takes."""

from __future__ import annotations

from typing import Final

_WIDE: Final = 4  # bytes of every character of a text that has one beyond the first 65,536


def most_in_memory(text: bytes | bytearray) -> int:
    """Return how many bytes the texts in JSON ``text`` take at most when they are decoded."""
    return len(text) * (1 if text.isascii() else _WIDE)
