"""TypeScript to JavaScript: types become spaces, so lines and columns stay what they are.

A signature or type that stood between two statements may have kept them apart, so here and there one of its characters becomes a
semicolon; and where a type separates by its lines what has to stand on one line in JavaScript (``return <T>`` and ``(x) => …``, ``)`` and ``=>``),
the parenthesis moves. What is more than a type is refused by line.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Final

from tree_sitter import Language, Parser

from scopebox_guest.engine import UnavailableError
from scopebox_guest.javascript.hints.hints import MAX_SOURCE_CHARACTERS
from scopebox_guest.javascript.source.structure import Structure
from scopebox_guest.javascript.source.tokens import CLOSERS
from scopebox_guest.javascript.typescript.misreading import Misreading, with_ends_before_signatures, without_variance
from scopebox_guest.javascript.typescript.refusals import UNREADABLE
from scopebox_guest.javascript.typescript.walk import Walk, refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from tree_sitter import Tree

MAX_PARSES: Final = 6
PACKAGE: Final = "tree_sitter_typescript"


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(_library().language_typescript()))


def _library() -> ModuleType:
    """Return the module of the package that holds the language. The package itself imports, for files that nobody reads here, what takes a zygote a while."""
    package = find_spec(PACKAGE)
    found = package and PathFinder.find_spec(f"{PACKAGE}._binding", package.submodule_search_locations)
    if not found or found.loader is None:
        raise UnavailableError("the package tree-sitter-typescript is not what it is taken for")
    module = sys.modules[found.name] = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def tree_of(text: bytes) -> Tree:
    """Return the tree of a text."""
    return _parser().parse(text)


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
    parsed, tree = text, _parser().parse(text)
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
        tree = _parser().parse(misreading.parsed)
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
        mended = tree if each == text else _parser().parse(each)
        if not mended.root_node.has_error:
            return each, mended
    return known, tree if known == text else _parser().parse(known)


def _completed(structure: Structure, text: bytes) -> bytes:
    shown = bytearray(text)
    at = characters = 0
    for comma in structure.commas:
        gap = structure.text[characters : comma.before.end]
        at, characters = at + len(gap.encode("utf-8", "surrogatepass")), comma.before.end
        if not shown[at : at + 1].strip(b" \t\r\n;"):
            shown[at : at + 1] = b","
    return bytes(shown) + "".join(CLOSERS[bracket.token.text] for bracket in reversed(structure.unclosed)).encode()
