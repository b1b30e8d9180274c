"""Values that the store writes by itself: who and when, at creating and at changing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Access, Accountability, Store

from tests.reading import Json, read
from tests.stores import items

WHO = Accountability(
    user="11111111-1111-4111-8111-111111111111", role="22222222-2222-4222-8222-222222222222", admin=True
)
OTHER = Accountability(user="33333333-3333-4333-8333-333333333333", admin=True)
FLAGS = {
    "made_at": ("timestamp", "date-created"), "made_on": ("date", "date-created"), "made_around": ("time", "date-created"),
    "made_by": ("uuid", "user-created"), "made_as": ("uuid", "role-created"), "changed_at": ("dateTime", "date-updated"),
    "changed_by": ("uuid", "user-updated"), "changed_as": ("uuid", "role-updated"),
}  # fmt: skip


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        fields: Json = {"x": "string"}
        fields.update({name: {"type": type_, "special": [flag]} for name, (type_, flag) in FLAGS.items()})
        made.create_collection("a", fields)
        yield made


def create(store: Store, who: Accountability | None, item: Json) -> Json:
    asyncio.run(store.items("a", accountability=who).create([item]))
    return read(store, collection="a")[0]


def test_a_create_says_who_and_when_whatever_the_payload_says(store: Store) -> None:
    row = create(store, WHO, {"made_by": OTHER.user, "made_at": "1999-01-01T00:00:00Z", "changed_by": None})
    assert (row["made_by"], row["made_as"]) == (WHO.user, WHO.role)
    assert str(row["made_at"]) > "2024"
    assert str(row["made_at"]).startswith(str(row["made_on"]))
    assert len(str(row["made_around"])) == len("12:34:56")
    assert {row["changed_at"], row["changed_by"], row["changed_as"]} == {None}


def test_an_update_says_who_and_when_and_leaves_the_creation_alone(store: Store) -> None:
    before = create(store, WHO, {})
    asyncio.run(store.items("a", accountability=OTHER).update_many([1], {"x": "y"}))
    row = read(store, collection="a")[0]
    assert (row["changed_by"], row["changed_as"]) == (OTHER.user, None)
    assert row["changed_at"] is not None
    assert {name: row[name] for name in before if name.startswith("made")} == {
        name: value for name, value in before.items() if name.startswith("made")
    }


def test_in_nobodys_name_there_is_nobody(store: Store) -> None:
    row = create(store, None, {})
    assert (row["made_by"], row["made_as"]) == (None, None)
    assert row["made_at"] is not None


def test_what_the_store_writes_is_not_required() -> None:
    with Store() as store:
        store.create_collection("a", {"at": {"type": "timestamp", "nullable": False, "special": "date-created"}})
        store.access = Access()
        assert asyncio.run(store.items("a", accountability=WHO).create([{}])) == [1]


def test_what_a_database_computes_nobody_writes(tmp_path: Path) -> None:
    column = {"is_generated": True, "generation_expression": "lower(name)", "is_nullable": False, "default_value": "x"}
    key = {"is_primary_key": True, "has_auto_increment": True}
    fields = [("id", "integer", key), ("name", "string", {}), ("lower", "string", column)]
    snapshot = {
        "collections": [{"collection": "a", "meta": {}, "schema": {}}],
        "fields": [
            {"collection": "a", "field": name, "type": type_, "schema": schema} for name, type_, schema in fields
        ],
        "relations": [],
    }
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot), "utf-8")
    (tmp_path / "items.json").write_text(json.dumps({"a": [{"id": 1, "name": "A", "lower": "a"}]}), "utf-8")
    with Store.from_project(tmp_path, tmp_path / "s.duckdb") as store:
        assert store.notes == ("1 generated field: computed by a database alone, empty in new items (a.lower)",)
    with Store(tmp_path / "s.duckdb") as store:
        service = items(store, "a")
        asyncio.run(service.create_one({"name": "B"}))
        with pytest.raises(DirectusError, match='cannot insert a non-DEFAULT value into column "lower"'):
            asyncio.run(service.create_one({"lower": "c"}))
        with pytest.raises(DirectusError, match='column "lower" can only be updated to DEFAULT'):
            asyncio.run(service.update_many([1], {"lower": "c"}))
        assert store.sql("select lower from a order by id").fetchall() == [("a",), (None,)]
