"""What froze the host once, as it stood then: the sweep has to fail on each of these.

Routes stood in two places, ``http/paths.py`` and ``http/endpoints.py``. What ``url_patterns.py`` did was linear in the text, and too
much of it on the loop: no sweep shows that, but the attack ``host-req-regex-many`` and the shares of each extension.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

PATTERNS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "store/variables.py, the arguments of a variable": (re.compile(r"\(([^)]+)\)"), "search"),
    "store/variables.py, an adjustment": (
        re.compile(
            r"\s*(?P<amount>[+-]?(?:\d{1,9})?\.?\d{1,9}) *(?P<unit>milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h"
            r"|days?|d|weeks?|wks?|w|months?|mth|mo|years?|yrs?|y)?\s*",
            re.IGNORECASE,
        ),
        "fullmatch",
    ),
    "store/javascript.py, a number": (
        re.compile(r"[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII),
        "fullmatch",
    ),
    "vault.py, a reference": (re.compile(r"\{\{\s*secret\.([^{}]*?)\s*\}\}"), "search"),
    "manifest_sources.py, what is nearly an opening": (
        re.compile(r"\s*#*\s*/{2,}\s*\[?sandbox\]?\s*", re.IGNORECASE),
        "fullmatch",
    ),
    "magics/completion.py, an attribute": (re.compile(r"([\w.]*)\.(\w*)$"), "search"),
}


def split_fields(text: str) -> list[str]:
    """``store/query.py``: the name that is being read is copied for each of its characters."""
    parts, level = [""], 0
    for sign in text:
        level += (sign == "(") - (sign == ")")
        if sign == "," and level <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def keys_that_are_there_twice(text: str) -> str:
    """``manifest_sources.py``: each name is counted among all."""
    names = [str(at) for at in range(len(text) // 8)]
    return next((name for name in names if names.count(name) > 1), "")


def route(text: str) -> bool:
    """``http/paths.py``: each segment of a pattern is tried on each of the path, and unquoted there."""
    segments = words = [part for part in text.replace("a", "/a").split("/") if part]
    covered = [True] + [False] * len(words)
    for segment in segments:
        after = [covered[0] and (segment == "*" or segment.endswith("?"))]
        for index, word in enumerate(words):
            after.append(covered[index] and unquote(segment).casefold() == word.casefold())
        covered = after
    return covered[-1]


FUNCTIONS: Final[tuple[Callable[[str], object], ...]] = (split_fields, keys_that_are_there_twice, route)
