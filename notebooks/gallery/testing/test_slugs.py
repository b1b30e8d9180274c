"""Tests of an extension that lives in a file. Run them with: pytest notebooks/gallery/testing

The fixture `sandbox` comes with scopebox: a fresh fork of the sample blog for each test.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from scopebox import ExtensionError, Sandbox
from scopebox.testing import assert_called, assert_logged, assert_registered, calls

FILE = Path(__file__).with_name("directus-extension-slugs.py")


@pytest.fixture
def box(sandbox: Sandbox) -> Sandbox:
    sandbox.load_file(FILE)
    return sandbox


def slug_of(box: Sandbox, **article: object) -> object:
    key = box.items("articles", "editor").create([article])[0]
    return box.items("articles").read({"filter": {"id": {"_eq": key}}})[0]["slug"]


def test_it_listens_to_new_articles(box: Sandbox) -> None:
    assert_registered(box, "filter articles.items.create")


@pytest.mark.parametrize(
    ("title", "slug"), [("Moats", "moats"), ("Sand & Gravel!", "sand-gravel"), ("  10 castles ", "10-castles")]
)
def test_a_slug_is_made_of_the_title(box: Sandbox, title: str, slug: str) -> None:
    assert slug_of(box, title=title) == slug


def test_a_slug_that_is_given_stays(box: Sandbox) -> None:
    assert slug_of(box, title="Moats", slug="mine") == "mine"
    assert calls(box, "read-items") == []


def test_a_slug_that_is_taken_gets_a_number(box: Sandbox) -> None:
    assert [slug_of(box, title="Moats") for _ in range(3)] == ["moats", "moats-2", "moats-3"]
    assert_called(box, "read-items", times=3)
    assert_logged(box, "moats is taken")


def test_a_title_without_letters_stops_the_article(box: Sandbox) -> None:
    with pytest.raises(ExtensionError, match="makes no slug"):
        slug_of(box, title="?!")
    assert box.items("articles").read({"filter": {"title": {"_eq": "?!"}}}) == []
