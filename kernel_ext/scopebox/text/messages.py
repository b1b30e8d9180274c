"""Words of messages: quoted names and close matches."""

from __future__ import annotations

import json
from difflib import SequenceMatcher, get_close_matches
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


SHOWN: Final = 80  # characters of foreign text in a message


MAX_KNOWN: Final = 1_000  # names among which a close match is looked for


_LIKELY: Final = 10  # of them that are compared in full


_READABLE: Final = 1e6


def closest(word: str, known: Iterable[str]) -> str:
    """Return the entry of ``known`` that ``word`` was probably meant to be, or ``""``.

    Of long names the first characters count, of very many names the first ones, and only those with about the same letters
    are compared in full: that takes time by the square of their length.
    """
    by_lower = {name[:SHOWN].lower(): name for name in islice(known, MAX_KNOWN)}
    matcher: SequenceMatcher[str] = SequenceMatcher(b=word[:SHOWN].lower())

    def letters_in_common(name: str) -> float:
        matcher.set_seq1(name)
        return matcher.quick_ratio()

    likely = nlargest(_LIKELY, by_lower, key=letters_in_common)
    matches = get_close_matches(word[:SHOWN].lower(), likely, n=1)
    return by_lower[matches[0]] if matches else ""


def shown(value: object) -> str:
    """Return ``value`` for a message: text quoted, shortened and in visible ASCII; containers by their type alone."""
    match value:
        case str():
            cut = value if len(value) <= SHOWN else f"{value[: SHOWN // 2]}...{value[-SHOWN // 4 :]}"
            return json.dumps(cut).replace("\x7f", "\\u007f")
        case None | bool():
            return json.dumps(value)
        case int() | float():
            return f"{value:g}" if abs(value) < _READABLE else "a large number"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__[:SHOWN]}"
