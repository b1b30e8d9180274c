"""How a store and its collections look."""

from __future__ import annotations

from pathlib import Path

import pytest
from scopebox.store.store import Store


def shown(thing: Store) -> str:
    return thing._repr_mimebundle_()["text/plain"]


def test_a_store_says_where_it_is_and_what_it_holds(tmp_path: Path) -> None:
    with Store.sample() as store:
        assert repr(store) == "<Store in memory: authors, categories, articles, comments, labels, articles_labels>"
        assert shown(store).startswith(
            "Store in memory\nCollections\n  collection       items  fields\n  authors          6 "
        )
        assert shown(store).endswith("Roles: editor, writer, reader")
    with Store(tmp_path / "s.duckdb") as store:
        assert repr(store) == f"<Store in {tmp_path / 's.duckdb'}: no collections>"
        assert "Collections: none yet" in shown(store)
    assert shown(store) == "Store closed"


def test_what_was_skipped_is_shown_and_escaped() -> None:
    with Store() as store:
        store.create_collection("a", {"x": {"default": "<i>"}})
        store.notes += ("a.y: <b>skipped</b>",)
        assert "! a.y: <b>skipped</b>" in shown(store)
        assert "&lt;b&gt;skipped" in store._repr_html_()
        assert "<i>" not in store.collections["a"]._repr_html_()


def test_a_collection_tells_what_its_fields_are() -> None:
    with Store.sample() as store:
        lines = repr(store.collections["articles"]).splitlines()
        assert lines[0] == "articles: 60 items"
        assert "  title           string     required, at most 255 characters  the only field that is required" in lines
        assert "  author          integer    → authors" in lines
        assert "  comments        alias      ← comments.article" in lines
        assert "<table>" in store.collections["articles"]._repr_html_()


def test_a_name_that_is_close_is_suggested() -> None:
    with Store.sample() as store:
        with pytest.raises(KeyError, match="did you mean articles"):
            store.collections["artcles"]
        assert "artcles" not in store.collections
