"""TypeScript to JavaScript: types become spaces, so lines and columns stay what they are.

A signature or type that stood between two statements may have kept them apart, so here and there one of its characters becomes a
semicolon; and where a type separates by its lines what has to stand on one line in JavaScript (``return <T>`` and ``(x) => …``, ``)`` and ``=>``),
the parenthesis moves. What is more than a type is refused by line.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import tree_sitter_typescript
from tree_sitter import Language, Parser

from scopebox_guest.javascript.type_walk import Walk, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PARSES: Final = 4


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_typescript.language_typescript()))


def prepare() -> None:
    """Make the parser, and use it once: a guest can make nothing of it later."""
    blank("const one: number = 1")


def blank(source: str, api: Iterable[str] = ()) -> str:
    """Return the JavaScript of a TypeScript source; every token that stays, stays in its place.

    ``api`` are the names that the module ``directus:api`` has: types that are imported from it are left out. Raises :class:`SourceError`
    for what is more than a type. Syntax errors stay in the text, for the engine to name them.
    """
    text = source.encode("utf-8", "surrogatepass")
    known = frozenset(api)
    parsed = text
    for _ in range(MAX_PARSES):
        walk = Walk(text, _parser().parse(parsed), parsed, known)
        if not walk.misread:
            return walk.finish()
        changed = bytearray(parsed)
        for offset, sign in walk.misread.items():
            changed[offset : offset + 1] = sign
        parsed = bytes(changed)
    raise refused(
        text, min(walk.misread), "This type cannot be read.", "Write a semicolon after it, or give it a name."
    )
