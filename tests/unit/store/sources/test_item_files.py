"""Items from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox.errors import SchemaError
from scopebox.store.database import tables
from scopebox.store.database.session import Session
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.sources import item_files
from scopebox.store.sources.item_sources import Listed
from scopebox.store.store import Store

from tests.reading import Json, read
from tests.unit.store.sources.test_snapshot import data, relation

FIELDS: dict[str, Json] = {
    "a.name": {"type": "string", "schema": {"max_length": 5, "is_unique": True}},
    "a.size": {"type": "decimal", "schema": {"numeric_precision": 4, "numeric_scale": 2, "default_value": "1.50"}},
    "a.meta": {"type": "json"},
    "a.tags": {"type": "csv"},
    "a.at": {"type": "timestamp"},
    "a.yes": {"type": "boolean", "schema": {"is_nullable": False, "default_value": "0"}},
    "a.b": {"type": "integer"},
    "b.list": {"type": "alias", "meta": {"special": ["o2m"]}},
}


def project(folder: Path, **items: object) -> Path:
    content = data(FIELDS, relation("a.b", "b", one_field="list"))
    (folder / "snapshot.json").write_text(json.dumps(content), "utf-8")
    (folder / "items").mkdir(exist_ok=True)
    for name, rows in items.items():
        (folder / "items" / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    return folder


def test_an_export_goes_in_as_it_came_out(tmp_path: Path) -> None:
    row: Json = {
        "id": 7, "name": "n", "size": "12.30", "meta": {"x": [1, None]}, "tags": ["a", "b"], "at": "2024-01-02T03:04:05.006Z", "yes": True, "b": 2,
    }  # fmt: skip
    other: Json = {**row, "id": 8, "name": None, "meta": "a text", "tags": [], "at": None, "b": None}
    with Store.from_project(project(tmp_path, a=[row, other], b={"data": [{"id": 2, "list": [7]}]})) as store:
        assert read(store, collection="a") == [row, other]
        assert read(store, {"fields": ["list.name"]}, collection="b") == [{"list": [{"name": "n"}]}]
        assert store.notes == ()


def test_what_is_left_out_is_the_default(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path, a=[{"id": 1}])) as store:
        assert read(store, {"fields": ["size", "yes", "meta"]}, collection="a") == [
            {"size": "1.50", "yes": False, "meta": None}
        ]


def test_references_to_nothing_are_kept_and_noted(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path, a=[{"id": 1, "b": 9}, {"id": 2, "b": 9}])) as store:
        assert store.notes == ("a.b: 2 items refer to b that are not there, such as 9",)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"name": "longer"}, "name: longer than 5 characters"), ({"size": "100"}, "size: numeric field overflow"), ({"at": "soon"}, 'at: invalid input syntax for type timestamp with time zone: "soon"'),
        ({"yes": "maybe"}, 'yes: invalid input syntax for type boolean: "maybe"'), ({"yes": None}, "yes: a value is required"),
        ({"b": {"id": 1}}, "b: an object or a list is no integer\nExport the key of a related item"), ({"id": None}, "id: a value is required"),
        ({"name": "first"}, r"name: 'first' stands there already, in a\[0\]"), ({"id": 1}, r"id: 1 stands there already, in a\[0\]"),
    ],
)  # fmt: skip
def test_an_item_that_does_not_fit_is_named_with_file_and_place(tmp_path: Path, item: Json, message: str) -> None:
    folder = project(tmp_path, a=[{"id": 1, "name": "first"}, {"id": 2, **item}])
    with pytest.raises(SchemaError, match=rf"items/a\.json: a\[1\]\.{message}"):
        Store.from_project(folder)


@pytest.mark.parametrize(
    ("rows", "message"), [({"x": 1}, "have to be a list of objects"), ([{}, 5], r"a\[1\] has to be an object, not 5")]
)
def test_a_file_that_holds_no_items_is_named(tmp_path: Path, rows: object, message: str) -> None:
    with pytest.raises(SchemaError, match=rf"items/a\.json: .*{message}"):
        Store.from_project(project(tmp_path, a=rows))


def test_items_stand_in_one_place(tmp_path: Path) -> None:
    folder = project(tmp_path, a=[])
    (folder / "items.json").write_text('{"a": []}', "utf-8")
    with pytest.raises(SchemaError, match="both hold items of 'a'"):
        Store.from_project(folder)


def test_each_item_counts_with_every_field_of_its_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_files, "MAX_STORED", 100)  # of a, which has eight columns, and b, which has one
    rows: list[Json] = [{"id": at} for at in range(12)]
    with Store.from_project(project(tmp_path, a=rows, b=rows[:4])) as store:
        assert (store.count("a"), store.count("b")) == (12, 4)
    with pytest.raises(
        SchemaError, match=r"b\.json: b: the items up to here have more than 100 values, which are the limit"
    ):
        Store.from_project(project(tmp_path, b=rows))


def test_keys_and_unique_values_are_counted_and_long_ones_kept_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_files, "_SHORT", 1)
    rows: list[Json] = [{"id": at, "name": f"n{at % 4}"} for at in range(5)]
    with pytest.raises(SchemaError, match=r"a\[4\]\.name: 'n0' stands there already, in a\[0\]"):
        Store.from_project(project(tmp_path, a=rows))
    monkeypatch.setattr(item_files, "_MAX_SEEN", 7)
    with pytest.raises(SchemaError, match=r"a\[3\]\.id: more than 7 keys and unique values of one collection"):
        Store.from_project(project(tmp_path, a=rows[:4]))


def test_items_go_in_by_steps_that_take_few_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_files, "_BATCH", 10)
    collection = Collection("a", {"id": Field("id", "integer", primary_key=True)})
    items = Listed([{"id": at + 1} for at in range(95)])
    with Store() as store:

        def work(session: Session) -> tuple[int, int]:
            tables.create_table(session, collection)
            steps = item_files.fill(session, collection, items, item_files.Intake())
            return len(list(steps)), len(session.rows("SELECT * FROM a"))

        assert store.database.write_now(work) == (10, 95)


def test_of_fields_that_are_not_there_few_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_files, "MAX_UNKNOWN", 3)
    monkeypatch.setattr(item_files, "_BATCH", 2)
    rows = [{"id": at, "yes": True, f"x{at}": 1, "y": 2} for at in range(1, 6)]
    with Store.from_project(project(tmp_path, a=rows)) as store:
        assert [line for line in store.notes if "not in the schema" in line] == [
            "3 fields of items: not in the schema, skipped (a.x1, a.x2, a.y)",
            "a: its items have more than 3 fields that are not in the schema",
        ]
