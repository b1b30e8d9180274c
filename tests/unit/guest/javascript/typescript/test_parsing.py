"""The parser is given no text for which there may be no room: it would end the process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scopebox_guest.engine import SourceError, UnavailableError
from scopebox_guest.javascript.typescript import parsing
from scopebox_guest.javascript.typescript.blanking import MOST_BRACKETS, blank

MEBIBYTE = 2**20


def room_of(sizes: list[int]) -> Callable[[int], bool]:
    """A look at the room that finds the next of ``sizes`` each time, and then the last."""
    return lambda size: size <= (sizes.pop(0) if len(sizes) > 1 else sizes[0])


def test_a_text_for_which_there_is_room_all_along_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "let x: number = 'ü€😀';\n" * 1_000
    tree = parsing.tree_of(text.encode())
    monkeypatch.setattr(parsing, "has_room", lambda size: size <= 10 * MEBIBYTE)
    assert not parsing.tree_of(text.encode()).root_node.has_error
    assert str(parsing.tree_of(text.encode()).root_node) == str(tree.root_node)


def test_a_text_that_takes_more_than_a_part_of_the_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "has_room", room_of([0, *[64 * MEBIBYTE] * 20, 30 * MEBIBYTE]))
    with pytest.raises(MemoryError, match="cannot be left out in the memory that there is"):
        parsing.tree_of(b"let x: number = 1;\n" * 10_000)


def test_after_a_refusal_the_parser_works(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(parsing, "has_room", lambda _size: False)
        with pytest.raises(MemoryError):
            blank("let x: number = 1;\n" * 1_000)
    assert blank("let x: number = 1;").split() == ["let", "x", "=", "1;"]


def test_brackets_within_too_many_are_refused_where_they_stand() -> None:
    with pytest.raises(SourceError, match="The source is nested too deeply") as caught:
        blank("1;\n " + "f(" * (MOST_BRACKETS + 1))
    assert (caught.value.line, caught.value.column) == (2, 2 * MOST_BRACKETS + 3)
    assert "names" in caught.value.hint
    deep = "f(" * MOST_BRACKETS + "1 as A" + ")" * MOST_BRACKETS
    assert blank(deep).replace(" ", "") == deep.replace("1 as A", "1")


def test_a_package_without_the_language_is_no_typescript(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "PACKAGE", "msgspec")
    with pytest.raises(UnavailableError, match="tree-sitter-typescript is not what it is taken for"):
        parsing._library()
