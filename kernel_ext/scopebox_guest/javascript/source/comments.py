"""Lines that begin with ``# ``: JupyterLab takes every cell for Python, and its Ctrl+/ writes this sign.

Outside of strings and templates, ``#`` with a space after it means nothing in JavaScript, so such a line can only be meant as a comment.
``#name`` is a private name of a class and stays, as does ``#!`` at the very beginning.
"""

from __future__ import annotations

import re
from typing import Final

from scopebox_guest.javascript.source.tokens import LINE_END, tokens

_HASH_LINE: Final = re.compile(r"^[ \t]{0,1000}#(?=\s|\Z)", re.MULTILINE)


def without_hash_comments(source: str) -> str:
    """Return the source with spaces in the place of these comments: lines and columns stay."""
    if _HASH_LINE.search(source) is None:
        return source
    parts: list[str] = []
    position = before = 0
    for token in tokens(source):
        begins_line = not before or LINE_END.search(source, before, token.start)
        if token.kind == "hash" and begins_line:
            parts += (source[position : token.start], " " * len(token.text))
            position = token.end
        before = token.end
    return "".join((*parts, source[position:]))
