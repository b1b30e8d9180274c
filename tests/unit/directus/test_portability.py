"""``%sandbox export``: what carries over to a Directus, by the language of the code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.directus.portability import export_view
from scopebox.sandbox.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize(("language", "title"), [("js", "JavaScript"), ("ts", "TypeScript")])
def test_javascript_is_javascript_there_and_loses_its_console(box: Sandbox, language: str, title: str) -> None:
    text = export_view(box.load("console.log(1)", language=language)).text()
    assert f"The code is {title}" in text
    assert "Python" not in text
    assert "console goes to the notebook alone" in text


def test_what_javascript_names_goes_into_the_scopes(box: Sandbox) -> None:
    text = export_view(box.load("const later = () => exec('sleep', 1)", language="js")).text()
    assert '"sleep": {}' in text
    assert "console" not in text


def test_python_is_rewritten_there(box: Sandbox) -> None:
    text = export_view(box.load("print(1)")).text()
    assert "The code is Python here and JavaScript there" in text
    assert "print goes to the notebook alone" in text
