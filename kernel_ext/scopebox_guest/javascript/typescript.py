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

from scopebox_guest.javascript.hints import MAX_SOURCE_CHARACTERS
from scopebox_guest.javascript.structure import Structure
from scopebox_guest.javascript.tokens import CLOSERS
from scopebox_guest.javascript.type_walk import Walk, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Tree

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
    parsed, tree = text, _parser().parse(text)
    if tree.root_node.has_error and len(source) <= MAX_SOURCE_CHARACTERS:
        parsed, tree = _mended(source, text, tree)
        text += parsed[len(text) :]
    for _ in range(MAX_PARSES):
        walk = Walk(text, tree, parsed, frozenset(api))
        if not walk.misread:
            return walk.finish()[: len(source)]
        changed = bytearray(parsed)
        for offset, sign in walk.misread.items():
            changed[offset : offset + 1] = sign
        parsed = bytes(changed)
        tree = _parser().parse(parsed)
    raise refused(
        text, min(walk.misread), "This type cannot be read.", "Write a semicolon after it, or give it a name."
    )


def _mended(source: str, text: bytes, tree: Tree) -> tuple[bytes, Tree]:
    """Show the parser the text with the commas and brackets that it lacks, if that is all: one mistake hides the types around it."""
    structure = Structure(source)
    shown = bytearray(text)
    at = characters = 0
    for comma in structure.commas:
        at, characters = (
            at + len(source[characters : comma.before.end].encode("utf-8", "surrogatepass")),
            comma.before.end,
        )
        if source[characters].isspace() and source[characters].isascii():
            shown[at : at + 1] = b","
    shown += "".join(CLOSERS[bracket.token.text] for bracket in reversed(structure.unclosed)).encode()
    mended = _parser().parse(bytes(shown))
    return (text, tree) if mended.root_node.has_error else (bytes(shown), mended)
