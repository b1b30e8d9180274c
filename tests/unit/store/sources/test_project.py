"""Stores from files, by hand and from tables, and how they look."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pandas as pd
import pytest
from scopebox.errors import SchemaError
from scopebox.store.sources.snapshot import read_snapshot
from scopebox.store.steps import at_once
from scopebox.store.store import Store
from scopebox.text.notes import Notes

from tests.conformance.cases import DEFAULT
from tests.reading import Json, read
from tests.stores import read_project

PROJECT = DEFAULT / "project"


def write(folder: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder


def snapshot(**field: object) -> Json:
    key: Json = {"collection": "a", "field": "id", "type": "integer", "schema": {"is_primary_key": True}}
    return {
        "collections": [{"collection": "a", "schema": {"name": "a"}, "meta": {}}],
        "fields": [key, {"collection": "a", "field": "x", "schema": {}, **field}],
        "relations": [],
    }


class TestProject:
    def test_the_snapshot_of_a_directus_is_read_whole(self) -> None:
        project = read_project(PROJECT)
        articles = project.schema.collections["articles"]
        assert project.notes == ()
        assert articles.tracking
        assert not project.schema.collections["labels"].tracking
        assert (articles.fields["title"].max_length, articles.fields["title"].nullable) == (255, False)
        assert (articles.fields["price"].precision, articles.fields["price"].scale) == (10, 2)
        assert (articles.fields["status"].default, articles.fields["slug"].unique) == ("draft", True)
        assert {name: field.kind for name, field in articles.fields.items() if field.kind} == {
            "author": "m2o", "category": "m2o", "comments": "o2m", "labels": "m2m",
        }  # fmt: skip
        relation = project.schema.relation_of("articles", "comments")
        assert relation is not None
        assert (relation.many, relation.on_delete) == ("comments", "CASCADE")

    def test_a_store_of_it_has_its_items_and_roles(self) -> None:
        with Store.from_project(PROJECT) as store:
            assert {name: len(view) for name, view in store.collections.items()}["articles"] == 60
            assert store.access.for_token("tok-reader").role == store.access.for_role("reader").role

    def test_json_and_one_file_a_collection_will_do(self, tmp_path: Path) -> None:
        write(tmp_path, {"schema.json": {"data": snapshot(type="string")}, "items/a.json": [{"id": 3, "x": "y"}]})
        with Store.from_project(tmp_path) as store:
            assert read(store, collection="a") == [{"id": 3, "x": "y"}]

    @pytest.mark.parametrize(
        ("type_", "note"),
        [
            ("geometry.Point", "kept as 'json'"),
            ("binary", "kept as 'string'"),
            ("geometryish", "is not known, skipped"),
        ],
    )
    def test_what_is_unknown_is_noted_once(self, tmp_path: Path, type_: str, note: str) -> None:
        notes = Notes()
        at_once(read_snapshot(write(tmp_path, {"snapshot.json": snapshot(type=type_)}) / "snapshot.json", notes))
        assert len(notes.lines) == 1
        assert note in notes.lines[0]

    def test_folders_presentation_and_foreign_relations_are_skipped(self, tmp_path: Path) -> None:
        data = snapshot(type="alias", meta={"special": ["alias", "no-data"]})
        data["collections"] = [*data["collections"], {"collection": "folder", "schema": None}]  # type: ignore[misc]
        data["relations"] = [
            {"collection": "a", "field": "id", "related_collection": "directus_users", "meta": {}, "schema": {}},
            {"collection": "a", "field": "any", "related_collection": None, "meta": {}},
        ]
        write(tmp_path, {"snapshot.json": data, "items.json": {"b": [], "a": [{"id": 1, "gone": 2}]}})
        with Store.from_project(tmp_path) as store:
            assert list(store.schema.collections["a"].fields) == ["id"]
            assert len(store.notes) == 5
            assert store.schema.relations == ()

    @pytest.mark.parametrize(
        "files",
        [
            {}, {"snapshot.json": "{"}, {"snapshot.yaml": "a: [b"}, {"snapshot.json": {}}, {"snapshot.json": {"collections": [1]}},
            {"snapshot.json": snapshot(type="string"), "items.json": [1]},
            {"snapshot.json": snapshot(type="string"), "items.json": {"a": [1]}},
            {"snapshot.json": snapshot(type="string"), "access.json": 5},
        ],
    )  # fmt: skip
    def test_files_that_cannot_be_read_are_refused(self, tmp_path: Path, files: dict[str, object]) -> None:
        with pytest.raises(SchemaError):
            read_project(write(tmp_path, files))

    def test_an_item_that_does_not_fit_is_named(self, tmp_path: Path) -> None:
        write(tmp_path, {"snapshot.json": snapshot(type="date"), "items.json": {"a": [{"id": 1, "x": "soon"}]}})
        with pytest.raises(SchemaError, match=r"a\[0\]\.x"):
            Store.from_project(tmp_path)


class TestByHand:
    def test_fields_are_described_shortly(self) -> None:
        with Store() as store:
            store.create_collection("authors", ["name"])
            view = store.create_collection(
                "books",
                {
                    "title": {"type": "string", "nullable": False},
                    "pages": "integer",
                    "by": {"references": "authors", "one_field": "books"},
                },
            )
            assert list(view.fields) == ["id", "title", "pages", "by"]
            assert store.schema.collections["authors"].fields["books"].kind == "o2m"
            assert "  title  string   required" in repr(view)

    def test_a_primary_key_may_be_named(self) -> None:
        with Store() as store:
            view = store.create_collection("a", [{"name": "code", "type": "string", "primary_key": True}])
            assert view.definition.primary_key.name == "code"

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("directus_users", {}), ("a(b", {}), ("a.b", {}), ("", {}), ("a", {"x:y": "string"}), ("a", {"x": "strin"}), ("a", {"x": "alias"}),
            ("a", {"x": {"type": "string", "nulable": True}}), ("a", {"x": {"references": "gone"}}), ("a", {"x": 5}), ("a", [7]),
            ("a", ["x", "X"]), ("a", {"x": {"type": "string", "primary_key": True}, "y": {"type": "string", "primary_key": True}}),
        ],
    )  # fmt: skip
    def test_what_cannot_be_a_collection_is_refused(self, empty: Store, name: str, fields: dict[str, object]) -> None:
        with empty.fork() as store, pytest.raises(SchemaError):
            store.create_collection(name, fields)

    def test_names_differ_by_more_than_case(self) -> None:
        with Store() as store:
            store.create_collection("a", {})
            with pytest.raises(SchemaError, match="already"):
                store.create_collection("A", {})

    def test_a_snapshot_comes_without_items(self) -> None:
        with Store() as store:
            store.load_snapshot(PROJECT / "snapshot.yaml")
            assert (len(store.collections), len(store.collections["articles"])) == (8, 0)
            with pytest.raises(SchemaError, match="already"):
                store.load_snapshot(PROJECT / "snapshot.yaml")

    def test_a_data_frame_becomes_a_collection(self) -> None:
        frame = pd.DataFrame(
            {"n": [1, 2**40], "s": ["a", None], "at": pd.to_datetime(["2024-01-01", "2024-01-02"]), "l": [[1], []]}
        )
        with Store() as store:
            view = store.from_dataframe("frame", frame)
            assert [field.type for field in view.fields.values()] == [
                "integer",
                "bigInteger",
                "text",
                "dateTime",
                "json",
            ]
            assert read(store, {"limit": 1}, collection="frame") == [
                {"id": 1, "n": "1", "s": "a", "at": "2024-01-01T00:00:00", "l": [1]}
            ]
            assert asyncio.run(store.items("frame", accountability=None).create([{"s": "b"}])) == [3]

    def test_a_column_may_be_the_key(self) -> None:
        frame = pd.DataFrame({"code": ["a", "b"], "n": [1.5, None]})
        with Store() as store:
            store.from_dataframe("frame", frame, key="code")
            assert read(store, {"filter": {"code": {"_eq": "b"}}}, collection="frame") == [{"code": "b", "n": None}]
            with pytest.raises(SchemaError, match="no column 'gone'"):
                store.from_dataframe("other", frame, key="gone")
            assert list(store.collections) == ["frame"]

    def test_a_file_keeps_schema_and_items(self, tmp_path: Path) -> None:
        with Store(tmp_path / "s.duckdb") as store:
            store.create_collection(
                "a", {"x": {"type": "string", "default": None}, "y": {"type": "decimal", "precision": 9, "scale": 3}}
            )
            asyncio.run(store.items("a", accountability=None).create([{"x": "kept"}]))
            schema = store.schema
        with Store(tmp_path / "s.duckdb") as store:
            assert store.schema == schema
            assert read(store, collection="a") == [{"id": 1, "x": "kept", "y": None}]
            assert asyncio.run(store.items("a", accountability=None).create([{}])) == [2]

    def test_a_fork_goes_its_own_way(self) -> None:
        with Store.sample() as store, store.fork() as fork:
            asyncio.run(fork.items("articles", accountability=None).delete_many([42]))
            assert (len(store.collections["articles"]), len(fork.collections["articles"])) == (60, 59)

    def test_the_host_may_ask_in_sql(self) -> None:
        with Store.sample() as store:
            assert store.sql("SELECT count(*) FROM articles WHERE id IN (42, 404)").fetchall() == [(2,)]

    def test_collections_escape_what_they_show(self) -> None:
        with Store() as store:
            assert repr(store.collections) == "Collections: none yet"
            store.create_collection("a", {"x": {"type": "string", "default": "<b>"}})
            assert "<b>" not in store.collections["a"]._repr_html_()
            assert "a           0      id, x" in repr(store.collections)
            assert "<table>" in store.collections._repr_html_()


class TestSample:
    def test_only_the_title_of_an_article_is_required(self) -> None:
        with Store.sample() as store:
            assert asyncio.run(store.items("articles", accountability=None).create([{"title": "Hello World"}])) == [405]

    def test_the_newest_articles_have_dates(self) -> None:
        with Store.sample() as store:
            rows = read(store, {"limit": 5, "sort": "-date_published"}, role="editor")
            dates = [str(row["date_published"]) for row in rows]
            assert dates == sorted(dates, reverse=True)

    def test_readers_see_what_is_published(self) -> None:
        with Store.sample() as store:
            rows = read(store, {"limit": -1}, role="reader")
            assert 0 < len(rows) < 60
            assert {row["status"] for row in rows} == {"published"}
            assert "email" not in read(store, role="reader", collection="authors")[0]

    def test_every_slug_is_its_own(self) -> None:
        with Store.sample() as store:
            assert store.sql("SELECT count(DISTINCT slug) FROM articles").fetchall() == [(60,)]

    def test_there_is_no_other_sample(self) -> None:
        with pytest.raises(KeyError):
            Store.sample("shop")
