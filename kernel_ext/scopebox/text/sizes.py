"""How much memory text takes, and what it says."""

from __future__ import annotations

from typing import Final

from msgspec import json

_WIDE: Final = 4  # bytes of every character of a text that has one beyond the first 65,536
_WRITTEN: Final = 1  # bytes of every character of such a text that are kept beside it once it was written as JSON
# What a value takes beside its texts, in a list or an object that has grown; a text, an object and a list beside what is in them.
_VALUE, _TEXT, _OBJECT, _LIST = 40, 56, 160, 40


def most_in_memory(text: str | bytes | bytearray) -> int:
    """Return how many bytes ``text`` takes at most; of JSON, the texts in it when they are decoded."""
    return len(text) * (1 if text.isascii() else _WIDE)


def most_kept(text: str) -> int:
    """Return how many bytes a text that is kept takes at most: itself, what comes before its characters, and the copy that stays beside a wide one once it was written as JSON.

    One with control characters counts as the JSON text that is written of it, where each may be six.
    """
    if text.isascii():
        return _TEXT + (len(text) if text.isprintable() else len(json.encode(text)))
    return _TEXT + _WIDE * len(text) + len(text.encode(errors="replace"))


def most_decoded(text: bytes | bytearray) -> int:
    """Return about how many bytes foreign JSON ``text`` takes at most when it is decoded: texts and what holds them.

    Escapes count as wide characters. By counting alone: little more than reading it.
    """
    lists = text.count(b"[")
    objects = text.count(b"{") - text.count(b"{}")
    values = 1 + text.count(b",") + lists + objects
    characters = len(text) * (1 if text.isascii() and b"\\u" not in text else _WIDE + _WRITTEN)
    return characters + _TEXT * (text.count(b'"') // 2) + _VALUE * values + _OBJECT * objects + _LIST * lists
