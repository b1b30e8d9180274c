"""Names of events, and the patterns that listen to them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def matches(pattern: str, name: str) -> bool:
    """Whether a hook that listens to ``pattern`` is called for the event ``name``."""
    return _match(tuple(pattern.split(".")), tuple(name.split(".")))


def _match(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Match part by part; a row of the table says which prefixes of ``name`` the pattern so far covers."""
    row = [True] + [False] * len(name)
    for part in pattern:
        after = [row[0] and part == "**"]
        for index, word in enumerate(name):
            after.append(row[index + 1] or after[index] if part == "**" else row[index] and part in ("*", word))
        row = after
    return row[-1]
