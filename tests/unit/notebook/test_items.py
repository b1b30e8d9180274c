"""``%sandbox items``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import cast

import httpx
import pytest
import yaml
from scopebox.errors import ScopeboxError
from scopebox.views.parts import View

from tests.shells import Notebook, shell_of_module

shell = shell_of_module


@pytest.fixture
def book(shell: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Notebook:
    monkeypatch.chdir(tmp_path)
    shell.fine("%sandbox reset")
    return shell


def view(book: Notebook, line: str) -> View:
    """What a line returns."""
    shown = book.fine(line).value
    assert isinstance(shown, View)
    return shown


def box_items(book: Notebook, role: str) -> list[dict[str, object]]:
    line = f'box = %sandbox\nbox.items("articles", {role}).read({{"limit": -1}})'
    return cast("list[dict[str, object]]", book.fine(line).value)


def test_items_are_a_table_of_what_the_role_may_see(book: Notebook) -> None:
    everything = view(book, "%sandbox items articles")
    assert everything.value == box_items(book, "None")
    assert "<table" in everything._repr_html_()
    seen = view(book, "%sandbox items articles --role reader").value
    assert seen == box_items(book, '"reader"')
    assert len(box_items(book, '"reader"')) < len(box_items(book, "None"))


def test_a_table_has_a_hundred_items_and_says_so(book: Notebook) -> None:
    book.fine('box = %sandbox\n_ = box.items("labels").create([{"name": f"l{n}"} for n in range(150)])')
    shown = view(book, "%sandbox items labels")
    assert "<caption>100 items</caption>" in shown.html()
    assert "These are the first 100" in shown.text()
    assert "<caption>120 items</caption>" in view(book, '%sandbox items labels --query {"limit":120}').html()


@pytest.mark.parametrize("form", ["csv", "json", "xml", "yaml"])
def test_a_format_is_that_of_the_export_over_http(book: Notebook, form: str) -> None:
    query = '{"fields":["id","title","author.name"],"sort":["id"]}'
    text = view(book, f"%sandbox items articles --query {query} --format {form}").value
    path = f"/items/articles?export={form}&limit=-1&sort=id&fields=id,title,author.name"
    answer = view(book, f"%sandbox request GET {path} -H 'Authorization: Bearer admin-token'").value
    assert isinstance(answer, httpx.Response)
    assert text == answer.text


def test_a_file_tells_its_form_by_its_name_and_holds_all_items(book: Notebook, tmp_path: Path) -> None:
    count = len(box_items(book, "None"))
    said = book.fine("%sandbox items articles --to a.json").text
    assert f"Wrote {count} items of articles to a.json" in said
    assert len(json.loads((tmp_path / "a.json").read_text())) == count
    book.fine("%sandbox items articles --to a.yml")
    assert len(yaml.safe_load((tmp_path / "a.yml").read_text())) == count
    book.fine("%sandbox items articles --to a.data --format csv")
    assert len(list(csv.DictReader((tmp_path / "a.data").read_text().splitlines(keepends=True)))) == count


def test_a_folder_gets_a_file_named_as_a_directus_names_it(book: Notebook, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    book.fine("%sandbox items articles --to out --format xml")
    (made,) = (tmp_path / "out").iterdir()
    assert made.name.startswith("articles 20")
    assert made.suffix == ".xml"


def test_a_file_that_is_there_stays_without_force(book: Notebook, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    assert isinstance(book.run("%sandbox items articles --to a.json").error, ScopeboxError)
    assert (tmp_path / "a.json").read_text() == "mine"
    book.fine("%sandbox items articles --to a.json --force")
    assert (tmp_path / "a.json").read_text() != "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("items", "COLLECTION"),
        ("items artikles", "did you mean articles?"),
        ("items articles --role nobody", "nobody"),
        ("items articles --format pdf", "pdf"),
        ("items articles --query [1]", "--query has to be an object"),
        ("items articles --to a", "does not tell the form"),
        ("items articles --to gone/a.json", "cannot be written"),
        ('items articles --query {"fields":["titel"]}', "titel"),
    ],
)
def test_what_is_wrong_is_said(book: Notebook, tmp_path: Path, line: str, said: str) -> None:
    shown = book.run(f"%sandbox {line}")
    assert said in f"{shown.error} {shown.text}"
    assert list(tmp_path.iterdir()) == []
