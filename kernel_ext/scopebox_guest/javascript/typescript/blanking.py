"""TypeScript to JavaScript: types become spaces, so lines and columns stay what they are.

A signature or type that stood between two statements may have kept them apart, so here and there one of its characters becomes a
semicolon; and where a type separates by its lines what has to stand on one line in JavaScript (``return <T>`` and ``(x) => …``, ``)`` and ``=>``),
the parenthesis moves. What is more than a type is refused by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.hints.hints import MAX_SOURCE_CHARACTERS
from scopebox_guest.javascript.source.nesting import beyond
from scopebox_guest.javascript.source.structure import Structure
from scopebox_guest.javascript.source.tokens import CLOSERS
from scopebox_guest.javascript.typescript.misreading import Misreading, with_ends_before_signatures, without_variance
from scopebox_guest.javascript.typescript.parsing import tree_of
from scopebox_guest.javascript.typescript.refusals import TOO_DEEP, UNREADABLE
from scopebox_guest.javascript.typescript.walk import Walk, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Tree

MAX_PARSES: Final = 6
MOST_BRACKETS: Final = 200  # within each other: what the parser takes for those of a broken text grows as their square


def prepare() -> None:
    """Make the parser, and use it once: a guest can make nothing of it later."""
    blank("const one: number = 1")


def blank(source: str, api: Iterable[str] = ()) -> str:
    """Return the JavaScript of a TypeScript source; every token that stays, stays in its place.

    ``api`` are the names that the module ``directus:api`` has: types that are imported from it are left out. Raises :class:`SourceError`
    for what is more than a type, MemoryError where there is no room for the tree. Syntax errors stay in the text, for the engine to name them.
    """
    text = source.encode("utf-8", "surrogatepass")
    deep = beyond(source, MOST_BRACKETS)
    if deep is not None:
        raise refused(text, len(source[:deep].encode("utf-8", "surrogatepass")), *TOO_DEEP)
    known = frozenset(api)
    parsed, tree = text, tree_of(text)
    if tree.root_node.has_error:
        parsed, tree = _mended(source, text, tree)
        text += parsed[len(text) :]
    misreading = Misreading(parsed)
    for _ in range(MAX_PARSES):
        walk = Walk(text, tree, misreading, known)
        wrong = misreading.broken if misreading.first is None else misreading.first
        if wrong is None:
            return walk.finish()[: len(source)]
        if misreading.first is None:
            break
        misreading.correct()
        tree = tree_of(misreading.parsed)
    raise refused(text, wrong or 0, *UNREADABLE)


def _mended(source: str, text: bytes, tree: Tree) -> tuple[bytes, Tree]:
    """Show the parser the text with what it lacks, if that is all: one mistake hides the types around it.

    Missing commas and brackets are the author's; that a signature may begin with ``<`` in a new line, the parser does not know.
    """
    known = without_variance(text)
    lines = with_ends_before_signatures(known)
    shown = [known, lines]
    if len(source) <= MAX_SOURCE_CHARACTERS:
        structure = Structure(source)
        shown += [_completed(structure, known), _completed(structure, lines)]
    for each in dict.fromkeys(shown):
        mended = tree if each == text else tree_of(each)
        if not mended.root_node.has_error:
            return each, mended
    return known, tree if known == text else tree_of(known)


def _completed(structure: Structure, text: bytes) -> bytes:
    shown = bytearray(text)
    at = characters = 0
    for comma in structure.commas:
        gap = structure.text[characters : comma.before.end]
        at, characters = at + len(gap.encode("utf-8", "surrogatepass")), comma.before.end
        if not shown[at : at + 1].strip(b" \t\r\n;"):
            shown[at : at + 1] = b","
    return bytes(shown) + "".join(CLOSERS[bracket.token.text] for bracket in reversed(structure.unclosed)).encode()
