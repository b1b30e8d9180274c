"""What README, reference and chapter say of JavaScript is so."""

from __future__ import annotations

import re
from typing import Final

import pytest
from scopebox import ExtensionError, Sandbox
from scopebox_guest.javascript.hints.tables import NAMES

from tests.exercises import FOLDER
from tests.notebook_runner import NOTEBOOKS, Notebook

README: Final = NOTEBOOKS.parent / "README.md"
CHAPTER: Final = Notebook(NOTEBOOKS / "11-in-javascript-and-typescript.ipynb")
NAME: Final = "directus-extension-hello"


def value(box: Sandbox, source: str) -> object:
    return box.load(source, name=NAME, language="js").result.value


def operation(box: Sandbox, handler: str) -> object:
    value(box, f"await exec('register-operation', {{ id: 'x', handler: {handler} }})")
    return box.run_operation("x", {"a": 1})


def test_the_one_cell_of_the_readme_answers(box: Sandbox) -> None:
    (cell,) = re.findall(r"```\n%%sandbox \S+ --grant request\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    extension = box.load(cell, name=NAME, grant=["request"])
    assert [line.message for line in box.log] == [f"{len(list(extension.result.value))} items"]  # type: ignore[call-overload]


def test_the_readme_shows_the_product_within_forty_lines() -> None:
    before, _, _ = README.read_text("utf-8").partition("<picture>")
    assert len(before.splitlines()) <= 40
    assert before.count("```") == 2


def test_nothing_that_the_reference_lists_as_missing_is_there(box: Sandbox) -> None:
    found = value(box, f"[{', '.join(f'typeof {name}' for name in NAMES)}]")
    assert isinstance(found, list)
    assert [name for name, kind in zip(NAMES, found, strict=True) if kind != "undefined"] == []


def test_nothing_that_the_chapter_lists_as_missing_is_there(box: Sandbox) -> None:
    (table,) = [cell.source for cell in CHAPTER.cells if "| missing | instead |" in cell.source]
    missing = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ") and "console" not in line]
    names = [name for cell in missing for name in re.findall(r"`([A-Za-z]+)`", cell) if name not in {"import", "next"}]
    assert len(names) > 15
    found = value(box, f"[{', '.join(f'typeof {name}' for name in names)}]")
    assert found == ["undefined"] * len(names)


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        ("() => null", None),
        ("() => undefined", None),
        ("() => ({ a: null, b: undefined, c: [undefined] })", {"a": None, "c": [None]}),
        ("() => new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("() => NaN", None),
    ],
)
def test_data_leave_as_the_reference_says(box: Sandbox, handler: str, answer: object) -> None:
    assert operation(box, handler) == answer


@pytest.mark.parametrize("handler", ["() => () => 1", "() => Symbol('x')", "() => [Promise.resolve(1)]"])
def test_what_cannot_be_cloned_is_a_type_error(box: Sandbox, handler: str) -> None:
    with pytest.raises(ExtensionError) as caught:
        operation(box, handler)
    assert caught.value.kind == "TypeError"


@pytest.mark.parametrize(("nothing", "left"), [("null", None), ("undefined", {"a": 1})])
def test_null_takes_the_place_of_a_payload_and_nothing_leaves_it(box: Sandbox, nothing: str, left: object) -> None:
    value(box, f"await exec('register-filter', {{ event: 'items.create', handler: () => {nothing} }})")
    assert box.emit_filter("items.create", {"a": 1}) == left


@pytest.mark.parametrize("nothing", ["null", "undefined"])
def test_an_endpoint_that_answers_nothing_is_an_error(box: Sandbox, nothing: str) -> None:
    value(box, f"await exec('register-endpoint', {{ path: '/', method: 'GET', handler: () => {nothing} }})")
    assert box.request("GET", f"/{NAME}/").status_code == 500


@pytest.mark.parametrize(
    ("parameters", "merged"),
    [
        ("a", True),
        ("a, b", True),
        ("a, b = 1, c = 2", True),
        ("...all", True),
        ("a, b, c", False),
        ("a, b, c, d", False),
    ],
)
def test_meta_and_accountability_are_one_argument_up_to_two_parameters(
    box: Sandbox, parameters: str, *, merged: bool
) -> None:
    body = "await exec('log', `${'accountability' in arguments[1]} ${'accountability' in (arguments[2] ?? {})}`)"
    handler = f"async function ({parameters}) {{ {body}; }}"
    value(box, f"await exec('register-filter', {{ event: 'articles.items.create', handler: {handler} }})")
    box.items("articles", "editor").create([{"title": "x"}])
    second, third = box.log[-1].message.split()
    assert (second == "true") is merged
    assert third == "true" or parameters == "a, b"


def test_solutions_elsewhere_are_one_for_each_exercise() -> None:
    exercises = {path.stem for path in NOTEBOOKS.glob("*.ipynb") if Notebook(path).exercises}
    assert {path.stem for path in FOLDER.iterdir()} == exercises
