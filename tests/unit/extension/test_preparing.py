"""What is checked of a cell before anything of it runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import ScopeboxError, UnknownNameError
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
