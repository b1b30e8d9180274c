"""What is checked of a cell before anything of it runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import ExtensionError, ScopeboxError, UnknownNameError
from scopebox.extension import preparing
from scopebox.extension.preparing import prepare
from scopebox.sandbox.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("language", ["javascript", "Python", "", None, 5, "x" * 10_000])
def test_a_language_that_there_is_not_is_an_error_with_the_names(box: Sandbox, language: object) -> None:
    with pytest.raises(UnknownNameError, match="one of python, js, ts, not ") as caught:
        box.load("1 + 1", language=language)  # type: ignore[arg-type] # that is what is tried
    assert len(caught.value.message) < 200
    assert not box.extensions


def test_a_cell_is_appended_in_the_language_of_the_extension_or_not_at_all(box: Sandbox) -> None:
    living = box.load("n = 1", name="hello")
    with pytest.raises(ScopeboxError, match="hello is written in Python, and this cell in JavaScript") as caught:
        box.load("n + 1", name="hello", language="js", append=True)
    assert "--lang python" in caught.value.hint
    assert living.alive
    assert box.load("n + 1", name="hello", append=True).result.value == 2


def test_cells_that_are_appended_have_so_much_memory_together(box: Sandbox) -> None:
    living = box.load("let n = 1", name="hello", language="js")
    wide = f"n += 1 // {'a' * 990_000}\U0001f600"
    box.load(wide, name="hello", language="js", append=True)
    with pytest.raises(ExtensionError, match="The cells of hello take more than 8 MiB together") as caught:
        box.load(wide, name="hello", language="js", append=True)
    assert "without --append" in caught.value.hint
    assert living.alive
    assert box.load("n", name="hello", language="js", append=True).result.value == 2


def test_all_cells_of_a_sandbox_have_so_much_memory_together(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "MAX_ALL_SOURCES_BYTES", 450_000)
    wide = f"# {'a' * 80_000}\U0001f600"
    living = box.load(wide, name="a")
    assert 320_000 < living.kept < 420_000
    for append in (False, True):
        with pytest.raises(ExtensionError, match="cells and packages of all extensions of this sandbox") as caught:  # fmt: skip
            box.load(wide, name="a" if append else "b", append=append)
        assert "%sandbox unload NAME" in caught.value.hint
    assert living.alive
    assert list(box.extensions) == ["a"]
    box.load(f"{wide} ", name="a")  # in its own place
    box.unload("a")
    box.load(wide, name="b")


@pytest.mark.parametrize("language", ["js", "ts"])
@pytest.mark.parametrize("name", ["class", "let", "await", "undefined", "function", "null", "yield", "arguments"])
def test_a_word_that_javascript_reserves_names_no_input_of_its_cells(box: Sandbox, language: str, name: str) -> None:
    with pytest.raises(ScopeboxError, match=f"{name}.* cannot be the name of an input: .*Script reserves it"):
        prepare(box.services, box.loaded, "1", language=language, inputs={name: 1})


@pytest.mark.parametrize(
    ("language", "name"), [("js", "lambda"), ("ts", "None"), ("js", "def"), ("python", "let"), ("python", "undefined")]
)
def test_a_word_that_only_the_other_language_reserves_names_an_input(box: Sandbox, language: str, name: str) -> None:
    assert prepare(box.services, box.loaded, "1", language=language, inputs={name: 1}).inputs == {name: 1}


@pytest.mark.parametrize("name", ["lambda", "None", "class"])
def test_a_word_that_python_reserves_names_no_input_of_its_cells(box: Sandbox, name: str) -> None:
    with pytest.raises(ScopeboxError, match="cannot be the name of an input: Python reserves it"):
        prepare(box.services, box.loaded, "1", inputs={name: 1})
