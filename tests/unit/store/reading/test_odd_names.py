"""Names that mean something in SQL, in JSON or in a template: they are names here, wherever they stand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from scopebox.store.store import Store

from tests.stores import items, rows

ODD = [
    "First Name", "select", "Straße", "$1", "$f", "?", "%s", "{}", "{0}", "#0", "rowid", "a,b", "a'b", 'a"b', '"', "'", "\\", "--", "/*", ";", "🙂",
    "-m", "a]b", 'x" FROM other; DROP TABLE other; --', "'}; DROP TABLE other; --", 'x" AS y, 1 AS "z', "x" * 120,
]  # fmt: skip


def folder(path: Path, field: str, alias: str, collection: str) -> Path:
    """Write a project with a collection whose field is a relation to itself and is called ``field``."""

    def entry(name: str, type_: str, special: list[str], schema: object) -> dict[str, object]:
        return {
            "collection": collection,
            "field": name,
            "type": type_,
            "meta": {"special": special},
            "schema": schema,
        }

    link = {"many_collection": collection, "many_field": field, "one_collection": collection, "one_field": alias}
    keys = {"is_primary_key": True, "has_auto_increment": True, "is_nullable": False}
    snapshot = {
        "collections": [
            {"collection": name, "meta": {}, "schema": {"name": name}} for name in dict.fromkeys((collection, "other"))
        ],
        "fields": [
            entry("id", "integer", [], keys),
            entry(field, "integer", [], {"is_nullable": True}),
            entry(f"{field[:100]} text", "string", [], {"is_nullable": True}),
            entry(alias, "alias", ["o2m"], None),
            {**entry("id", "integer", [], keys), "collection": "other"},
        ],
        "relations": [
            {
                "collection": collection,
                "field": field,
                "related_collection": collection,
                "schema": {"on_delete": "SET NULL"},
                "meta": link,
            }
        ],
    }
    (path / "items").mkdir(parents=True)
    (path / "snapshot.json").write_text(json.dumps(snapshot), "utf-8")
    (path / "items.json").write_text(json.dumps({collection: [{"id": 1, field: None}], "other": [{"id": 7}]}), "utf-8")
    return path


@pytest.mark.parametrize("name", ODD)
def test_a_field_may_have_any_name_that_a_query_can_say(name: str, tmp_path: Path) -> None:
    text, alias = f"{name[:100]} text", f"{name[:100]} list"
    with Store.from_project(folder(tmp_path / "p", name, alias, "things"), tmp_path / "s.duckdb") as store:
        assert store.notes == ()
        things = items(store, "things")
        asyncio.run(things.create([{"id": 2, name: 1, text: "b"}, {text: "a", alias: [2]}]))
        asyncio.run(things.update_many([1], {text: "c"}))
        shown = asyncio.run(things.read({"sort": ["id"]})).data
        assert shown == [
            {"id": 1, name: None, text: "c", alias: []},
            {"id": 2, name: 3, text: "b", alias: []},
            {"id": 3, name: None, text: "a", alias: [2]},
        ]

        def ask(query: dict[str, object]) -> object:
            return asyncio.run(things.read(query)).data

        assert ask({"filter": {name: {"_eq": 3}}, "fields": ["id"]}) == [{"id": 2}]
        assert ask({"filter": {name: {text: {"_eq": "a"}}}, "fields": ["id"]}) == [{"id": 2}]
        assert ask({"filter": {alias: {"_some": {text: {"_eq": "b"}}}}, "fields": ["id"]}) == [{"id": 3}]
        assert ask({"search": "B", "fields": ["id"]}) == [{"id": 2}]
        if "," not in name:
            assert ask({"filter": {"id": {"_eq": 2}}, "fields": [f"{name}.{text}"]}) == [{name: {text: "a"}}]
            assert ask({"fields": ["x"], "alias": {"x": name}, "filter": {"id": {"_eq": 2}}}) == [2]
        if "," not in name and not name.startswith("-"):
            assert ask({"sort": [text], "fields": ["id"]}) == [{"id": 3}, {"id": 2}, {"id": 1}]
            assert ask({"groupBy": [text], "aggregate": {"max": [name]}})
        assert rows(store, "select id from other") == [(7,)]
        with store.fork() as copy:
            assert copy.count("things") == 3
    with Store(tmp_path / "s.duckdb") as store:
        assert list(store.schema.collections["things"].fields) == ["id", name, text, alias]


@pytest.mark.parametrize("name", [name for name in ODD if " " not in name])
def test_a_collection_may_have_any_name_that_a_query_can_say(name: str, tmp_path: Path) -> None:
    with Store.from_project(folder(tmp_path / "p", "parent", "children", name), tmp_path / "s.duckdb") as store:
        service = items(store, name)
        key = asyncio.run(service.create_one({"parent": {"parent text": "p"}, "children": [{"parent text": "c"}]}))
        found = asyncio.run(service.read_one(key, {"fields": ["parent.parent text", "children.parent text"]})).data
        assert found == {"parent": {"parent text": "p"}, "children": [{"parent text": "c"}]}
        asyncio.run(service.delete_by_query({"filter": {"parent": {"_nnull": True}}}))
        assert store.count(name) == 2
        assert rows(store, "select id from other") == [(7,)]
