"""How deeply a text is nested, roughly and in one way through it: what reads it later takes memory, or stack, for each level."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox_guest.javascript.source.tokens import Token

_ENDS: Final = frozenset({";", ","})  # of a row of operators
# What is passed over, what no arguments of a type hold, and brackets: ``<<`` and ``<=`` are none, and ``=>`` closes none.
_BRACKETS: Final = re.compile(
    r"""
      (?P<skipped> => | \\[\s\S] | //[^\n\r]* | /\*(?>(?:[^*]|\*(?!/))*)(?:\*/|\Z)
                 | "(?>(?:[^"\\\n\r]|\\[\s\S])*)" | '(?>(?:[^'\\\n\r]|\\[\s\S])*)' )
    | (?P<no_type> ; | <[<=] | && | \|\| | \?\? | [-+*/%!^~@\#] | ={1,3}
                 | \b(?:const|let|var|return|if|else|for|while|case|throw)\b )
    | (?P<open> [<(\[{] )
    | (?P<close> [>)\]}] )
    """,
    re.VERBOSE,
)


def beyond(text: str, most: int) -> int | None:
    """Return where the bracket stands that is within ``most`` others, None if there is none. Those around types count where they may be some."""
    opened: list[str] = []
    for found in _BRACKETS.finditer(text):
        if found["open"]:
            if len(opened) == most:
                return found.start()
            opened.append(found[0])
        elif found[0] == ">":
            if opened and opened[-1] == "<":
                opened.pop()
        elif not found["skipped"]:
            while opened and opened[-1] == "<":
                opened.pop()
            if found["close"] and opened:
                opened.pop()
    return None


def deepest(tokens: Iterable[Token]) -> int:
    """Return where the innermost bracket stands, or the longest row of tokens between brackets begins if there are more of them."""
    depth = row = most = place = start = 0
    for token in tokens:
        if token.kind == "open":
            depth, row = depth + 1, 0
            if depth > most:
                most, place = depth, token.start
        elif token.kind == "close":
            depth, row = max(depth - 1, 0), 0
        elif token.text in _ENDS:
            row = 0
        else:
            row += 1
            if row == 1:
                start = token.start
            if row > most:
                most, place = row, start
    return place
