"""How much memory text takes."""

from __future__ import annotations

from typing import Final

_WIDE: Final = 4  # bytes of every character of a text that has one beyond the first 65,536


def most_in_memory(text: str | bytes | bytearray) -> int:
    """Return how many bytes ``text`` takes at most; of JSON, the texts in it when they are decoded."""
    return len(text) * (1 if text.isascii() else _WIDE)
