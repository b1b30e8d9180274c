"""The parser of TypeScript, and whether there is room for it: it looks at no allocation, so one that fails ends the process.

What it takes depends on the text: most code takes 40 times its bytes, nested operators and labels take some hundred times. For a few broken
texts it is far more, and all of it at once; they end the isolate still.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Final

from tree_sitter import Language, Parser

from scopebox_guest.driver.values import has_room
from scopebox_guest.engine import UnavailableError

if TYPE_CHECKING:
    from types import ModuleType

    from tree_sitter import Tree

PACKAGE: Final = "tree_sitter_typescript"
MOST_OF_A_BYTE: Final = 1_500  # bytes that the parser takes for a byte of text, and whoever walks through the tree
PART_BYTES: Final = 2_048  # of a text between two looks at the room
MEBIBYTE: Final = 2**20
MOST_ROOM: Final = 2_048  # MiB; more than any guest may take
KEPT: Final = 0.6  # of the room, for the end of the text, where all that is open is put together, and for the walk
NO_ROOM: Final = "the types of the cell cannot be left out in the memory that there is"


def tree_of(text: bytes) -> Tree:
    """Return the tree of a text. MemoryError where there is no room for it."""
    if not has_room(MOST_OF_A_BYTE * len(text)):
        _rehearse(text)
    return _parser().parse(text)


def _rehearse(text: bytes) -> None:
    """Have the text parsed bit by bit, up to where the room might not do. What is made of it is thrown away: such a tree does not know its text."""
    kept = int(_room() * KEPT)
    full = False

    def part(offset: int, _point: object) -> bytes:
        nonlocal full
        full = full or not has_room(kept)
        return b"" if full else text[offset : offset + PART_BYTES]

    _parser().parse(part)
    if full:
        raise MemoryError(NO_ROOM)


def _room() -> int:
    """Return how many bytes this process may still take, in whole MiB."""
    most, above = 0, MOST_ROOM
    while above - most > 1:
        middle = (most + above) // 2
        if has_room(middle * MEBIBYTE):
            most = middle
        else:
            above = middle
    return most * MEBIBYTE


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
