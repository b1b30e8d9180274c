"""Snapshots of every database of a Directus, and what of them is skipped."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from scopebox.errors import DirectusError, SchemaError
from scopebox.store.query.patterns import Re2
from scopebox.store.schema.data import read_schema, schema_data
from scopebox.store.schema.schema import NO_DEFAULT, AnyRelation, Archive, Relation
from scopebox.store.sources import snapshot_fields, validations
from scopebox.store.sources.snapshot import read_snapshot, snapshot_schema
from scopebox.store.steps import at_once
from scopebox.store.store import Schema, Store
from scopebox.text.notes import Notes

from tests.reading import Json, read

KEY: Json = {"type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}


def data(fields: dict[str, Json], *relations: Json) -> Json:
    """Return a snapshot: ``fields`` by their path ``collection.field``, collections with a key ``id``."""
    names = dict.fromkeys(path.partition(".")[0] for path in fields)
    entries = {f"{name}.id": KEY for name in names if not name.startswith("directus_")} | fields
    return {
        "version": 1,
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in names],
        "fields": [
            {"collection": path.partition(".")[0], "field": path.partition(".")[2], "schema": {}, "meta": {}, **entry}
            for path, entry in entries.items()
        ],
        "relations": list(relations),
    }


def parsed(content: Json) -> tuple[Schema, list[str]]:
    notes = Notes()
    return at_once(snapshot_schema(content, notes)), notes.lines


INTERRUPTED: str = """
import importlib.abc, signal, sys
from pathlib import Path
from scopebox.store.sources.snapshot import read_snapshot
from scopebox.store.steps import at_once
from scopebox.text.notes import Notes

class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in ("yaml._yaml", "yaml.cyaml"):
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, interrupt := Interrupt())
try:
    at_once(read_snapshot(Path(sys.argv[1]), Notes()))
except KeyboardInterrupt:
    print("interrupted")
sys.meta_path.remove(interrupt)
print(*at_once(read_snapshot(Path(sys.argv[1]), Notes())).collections)
"""


def test_the_first_yaml_of_a_kernel_may_be_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.yaml"
    path.write_text(yaml.safe_dump(data({"a.t": {"type": "string"}})))
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED, path], capture_output=True, text=True, check=False)
    assert (ran.stderr, ran.stdout.split()[:2]) == ("", ["interrupted", "a"])


def relation(path: str, one: str | None, **meta: object) -> Json:
    many, _, field = path.partition(".")
    return {
        "collection": many,
        "field": field,
        "related_collection": one,
        "meta": meta,
        "schema": {"on_delete": "CASCADE"},
    }


@pytest.mark.parametrize(
    ("type_", "value", "default"),
    [
        ("boolean", "1", "1"), ("boolean", False, False), ("integer", "7", "7"), ("string", "draft", "draft"), ("json", [], []),
        ("timestamp", "CURRENT_TIMESTAMP", "$NOW"), ("timestamp", "CURRENT_TIMESTAMP(3)", "$NOW"), ("dateTime", "(getdate())", "$NOW"),
        ("date", "CURRENT_DATE", "$NOW"), ("timestamp", "now()", "$NOW"), ("string", "now()", "now()"),
        ("integer", "nextval('a_x_seq'::regclass)", NO_DEFAULT), ("uuid", "gen_random_uuid()", NO_DEFAULT), ("uuid", "(newid())", NO_DEFAULT),
    ],
)  # fmt: skip
def test_defaults_of_every_database_are_understood(type_: str, value: object, default: object) -> None:
    schema, notes = parsed(data({"a.x": {"type": type_, "schema": {"default_value": value}}}))
    field = schema.collections["a"].fields["x"]
    assert field.default == default
    assert (field.special == ("uuid",)) == (type_ == "uuid")
    assert bool(notes) == (type_ == "integer" and default is NO_DEFAULT)


def test_lengths_and_digits_that_no_column_has_are_brought_into_range() -> None:
    schema, notes = parsed(
        data({
            "a.long": {"type": "string", "schema": {"max_length": -1}},
            "a.wide": {"type": "decimal", "schema": {"numeric_precision": 65, "numeric_scale": 30}},
        })
    )  # fmt: skip
    fields = schema.collections["a"].fields
    assert (fields["long"].max_length, fields["wide"].precision, fields["wide"].scale) == (None, 38, 30)
    assert notes == ["a.wide: 65 digits are kept as 38"]


@pytest.mark.parametrize(
    ("given", "precision", "scale"),
    [
        ({"numeric_scale": -1}, None, None), ({"numeric_scale": True}, None, None), ({"numeric_precision": True}, None, None),
        ({"numeric_precision": 0, "numeric_scale": "2"}, None, None), ({"numeric_precision": 5, "numeric_scale": -5}, 5, 5),
        ({"numeric_precision": 3}, 3, 3), ({"numeric_precision": 12, "numeric_scale": 20}, 12, 12), ({"numeric_scale": 20}, None, 10),
        ({"numeric_precision": 12, "numeric_scale": 2}, 12, 2), ({"numeric_scale": 10**40, "numeric_precision": 10**40}, 38, 38),
    ],
)  # fmt: skip
def test_whatever_digits_a_snapshot_says_the_database_has_a_column_of_them(
    tmp_path: Path, given: Json, precision: int | None, scale: int | None
) -> None:
    content = data({"a.x": {"type": "decimal", "schema": given}})
    field = parsed(content)[0].collections["a"].fields["x"]
    assert (field.precision, field.scale) == (precision, scale)
    (tmp_path / "snapshot.json").write_text(json.dumps(content), "utf-8")
    with Store.from_project(tmp_path) as store:
        assert len(store.notes) == (precision == 38)


def test_a_length_that_is_no_number_is_none() -> None:
    found = parsed(data({"a.x": {"type": "string", "schema": {"max_length": True}}}))[0]
    assert found.collections["a"].fields["x"].max_length is None


def test_what_a_store_does_not_have_is_noted_once_each() -> None:
    content = data(
        {
            "a.shape": {"type": "geometry.Polygon"}, "a.secret": {"type": "hash", "meta": {"special": ["hash"]}},
            "a.raw": {"type": "binary"}, "a.odd": {"type": "vector"}, "a.flag": {"type": "string", "meta": {"special": ["cast-odd"]}},
            "a.photo": {"type": "uuid", "meta": {"special": ["file"]}}, "a.line": {"type": "alias", "meta": {"special": ["alias", "no-data"]}},
            "a.lost": {"type": "alias", "meta": {"special": ["o2m"]}}, "directus_settings.nick": {"type": "string"},
            "directus_settings.age": {"type": "integer"},
        },
        relation("a.photo", "directus_files"),
    )  # fmt: skip
    content["collections"] = [
        *content["collections"],  # type: ignore[misc]
        {"collection": "group", "schema": None, "meta": {}},
        {"collection": "my table", "schema": {}, "meta": {}},
    ]
    schema, notes = parsed(content)
    assert list(schema.collections) == ["a"]
    assert list(schema.collections["a"].fields) == ["id", "shape", "secret", "raw", "flag", "photo"]
    assert notes == [
        "1 system collection: skipped (directus_settings)",
        "1 folder of collections: skipped, it has no items (group)",
        "1 collection with a name that cannot be kept: no Directus opens one with a blank in its name, skipped (my table)",
        "1 field of the type 'geometry.Polygon': kept as 'json' (a.shape)",
        "1 field of the type 'binary': kept as 'string' (a.raw)",
        "1 field of the type 'vector': the type is not known, skipped (a.odd)",
        "1 field with the special flag 'cast-odd': it has no effect here (a.flag)",
        "1 alias without a relation: skipped (a.lost)",
        "2 fields of a system collection: skipped (directus_settings.nick, directus_settings.age)",
    ]


def test_files_and_a_reference_to_no_named_collection_leave_the_rows_between(tmp_path: Path) -> None:
    content = data(
        {
            "a.gallery": {"type": "alias", "meta": {"special": ["files"]}},
            "a.blocks": {"type": "alias", "meta": {"special": ["m2a"]}},
            "a_files.a_id": {"type": "integer"},
            "a_files.directus_files_id": {"type": "uuid"},
            "a_blocks.a_id": {"type": "integer"},
            "a_blocks.item": {"type": "string"},
            "a_blocks.collection": {"type": "string"},
        },
        relation("a_files.a_id", "a", one_field="gallery", junction_field="directus_files_id"),
        relation("a_files.directus_files_id", "directus_files", junction_field="a_id"),
        relation("a_blocks.a_id", "a", one_field="blocks", junction_field="item"),
        relation("a_blocks.item", None, one_collection_field="collection", junction_field="a_id"),
    )
    items = {"a": [{"id": 1}], "a_blocks": [{"id": 5, "a_id": 1, "item": "7", "collection": "texts"}], "a_files": []}
    (tmp_path / "snapshot.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(content))), "utf-8")  # without aliases
    (tmp_path / "items.json").write_text(json.dumps(items), "utf-8")
    with Store.from_project(tmp_path) as store:
        assert store.notes == (
            "1 relation to any collection: the snapshot names none that it may lead to (a_blocks.item)",
            "1 relation to directus_files: the project brings none of them, so they lead to nothing, and any key is taken (a_files.directus_files_id)",
        )
        fields = store.schema.collections["a"].fields
        assert {name: field.kind for name, field in fields.items() if field.type == "alias"} == {
            "gallery": "m2m",
            "blocks": "m2a",
        }
        query: Json = {"fields": ["gallery", "blocks.item", "blocks.collection"]}
        assert read(store, query, collection="a") == [{"gallery": [], "blocks": [{"item": "7", "collection": "texts"}]}]
        new: list[object] = [{"collection": "texts", "item": {"body": "never stored as text"}}]
        with pytest.raises(DirectusError, match='can\'t be linked to collection "texts"'):
            asyncio.run(store.items("a_blocks", accountability=None).create(new))


def test_a_many_to_any_keeps_the_collections_that_are_there() -> None:
    schema, notes = parsed(
        data(
            {
                "a.blocks": {"type": "alias", "meta": {"special": ["m2a"]}},
                "a_blocks.a_id": {"type": "integer"},
                "a_blocks.item": {"type": "string"},
                "a_blocks.collection": {"type": "string"},
                "a_links.item": {"type": "string"},
                "texts.id": KEY,
            },
            relation("a_blocks.a_id", "a", one_field="blocks", junction_field="item"),
            relation(
                "a_blocks.item", None, one_collection_field="collection", one_allowed_collections=["texts", "gone", 7]
            ),
            relation("a_links.item", None, one_collection_field="kind", one_allowed_collections="texts,a"),
        )
    )
    assert schema.any_relations == (AnyRelation("a_blocks", "item", "collection", ("texts",)),)
    assert schema.relations == (Relation("a_blocks", "a_id", "a", "blocks", "item", "CASCADE"),)
    assert schema.collections["a"].fields["blocks"].kind == "m2a"
    assert [schema.collections[name].fields["item"].kind for name in ("a_blocks", "a_links")] == ["a2o", ""]
    assert notes == [
        "1 relation to gone among others: the store does not have it (a_blocks.item)",
        "1 relation to any collection: there is no column 'kind', kept as plain values (a_links.item)",
    ]
    assert read_schema(schema_data(schema)) == schema


def test_a_key_of_two_fields_is_none() -> None:
    schema, notes = parsed(data({"a.x": KEY, "b.y": {"type": "string"}}, relation("b.y", "a")))
    assert list(schema.collections) == ["b"]
    assert notes[0] == "a: has the primary key id and x, a Directus takes a single field; skipped"


def test_a_sort_field_that_is_none_is_left_out_and_said() -> None:
    fields: dict[str, dict[str, object]] = {
        "a.x": {"type": "json"},
        "b.a": {"type": "integer"},
        "b.n": {"type": "integer"},
    }
    content = data(fields, relation("b.a", "a", sort_field="gone"))
    content["collections"][0]["meta"] = {"singleton": True, "sort_field": "x"}  # type: ignore[index]
    content["collections"][1]["meta"] = {"sort_field": "n"}  # type: ignore[index]
    schema, notes = parsed(content)
    assert (schema.collections["a"].sort_field, schema.relations[0].sort_field) == (None, None)
    assert (schema.collections["a"].singleton, schema.collections["b"].sort_field) == (True, "n")
    assert notes == ["2 fields to sort by: not there, or without an order, left out (a: x, b.a: gone)"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"collections": 5}, "it has no list of collections"), ({"collections": []}, r"'fields' has to be a list"),
        ({"collections": [{}], "fields": [], "relations": []}, r"collections\[0\]\.collection has to be a text, not None"),
        ({"collections": [], "fields": [5], "relations": []}, r"fields\[0\] has to be an object, not 5"),
        ({"collections": [], "fields": [{"collection": "a", "field": True, "type": "x"}], "relations": []}, r"fields\[0\]\.field .*not True"),
        ({"collections": [], "fields": [], "relations": [{"collection": "a"}]}, r"relations\[0\]\.field has to be a text"),
        ([1], "it has no list of collections"), ("a: [", "cannot be read"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_file_that_is_no_snapshot_is_named_with_the_place(
    tmp_path: Path, content: object, message: str, suffix: str
) -> None:
    path = tmp_path / f"s.{suffix}"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    with Store.sample() as store:
        schema = store.schema
        with pytest.raises(SchemaError, match=message) as caught:
            store.load_snapshot(path)
        assert str(path) in caught.value.message
        assert store.schema is schema


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"gone\.yaml cannot be read: .*No such file"):
        at_once(read_snapshot(tmp_path / "gone.yaml", Notes()))


def test_of_names_that_differ_by_case_alone_the_first_is_kept() -> None:
    schema, notes = parsed(data({"a.x": {"type": "string"}, "A.x": {"type": "string"}, "a.X": {"type": "string"}}))
    assert {name: list(entry.fields) for name, entry in schema.collections.items()} == {"a": ["id", "x"]}
    assert notes == [
        "1 collection whose name differs from another by case alone: the database keeps one, skipped (A)",
        "1 field whose name differs from another by case alone: the database keeps one, skipped (a.X)",
    ]


@pytest.mark.parametrize(
    "name", ["a.b", "year(b)", "a:b", "*", " a", "a\n", "a\x00", "\u200b", "", "x" * 121, "x" * 100_000]
)
def test_a_field_whose_name_no_query_can_say_is_skipped_alone(name: str) -> None:
    content = data({"a.x": {"type": "string"}})
    content["fields"] = [*content["fields"], {"collection": "a", "field": name, "type": "string"}]  # type: ignore[misc]
    schema, (note,) = parsed(content)
    assert list(schema.collections["a"].fields) == ["id", "x"]
    assert note.startswith("1 field with a name that cannot be kept: ")
    assert len(note) < 300


@pytest.mark.parametrize(("vendor", "held"), [("sqlite", "integer64"), ("postgres", "integer"), ("mysql", "integer")])
def test_integers_have_64_bits_where_the_database_gives_them_to_all(vendor: str, held: str) -> None:
    schema, _ = parsed({**data({"a.x": {"type": "integer"}, "a.y": {"type": "bigInteger"}}), "vendor": vendor})
    assert [field.held for field in schema.collections["a"].fields.values()] == [held, held, "bigInteger"]


def test_a_collection_has_few_hashed_fields() -> None:
    secrets: dict[str, Json] = {f"a.x{at}": {"type": "hash", "meta": {"special": ["hash"]}} for at in range(12)}
    schema, notes = parsed(data(secrets))
    assert len(schema.collections["a"].fields) == 11
    assert notes == ["2 fields with a hash: a collection has 10 of them at most, skipped (a.x10, a.x11)"]


def test_what_a_snapshot_says_of_order_archive_and_validation_is_kept_with_the_schema() -> None:
    content = data(
        {
            "pages.title": {
                "type": "string",
                "meta": {"validation": {"title": {"_nempty": True}}, "validation_message": "Say it"},
            },
            "pages.blocks": {"type": "alias", "meta": {"special": ["o2m"]}},
            "blocks.page": {"type": "integer"},
            "blocks.sort": {"type": "integer"},
        },
        relation("blocks.page", "pages", one_field="blocks", sort_field="sort", one_deselect_action="delete"),
    )
    pages = content["collections"][0]  # type: ignore[index]
    pages["meta"] = {"singleton": True, "sort_field": "title", "archive_field": "title", "archive_value": "old"}
    schema, _ = parsed(content)
    again = read_schema(json.loads(json.dumps(schema_data(schema))))
    assert again == schema
    found = again.collections["pages"]
    assert (found.singleton, found.sort_field, found.archive) == (True, "title", Archive("title", "old"))
    assert found.fields["title"].validation == {"title": {"_nempty": True}}
    assert found.fields["title"].validation_message == "Say it"
    assert (again.relations[0].sort_field, again.relations[0].on_deselect) == ("sort", "delete")


def test_each_field_and_each_relation_is_a_step() -> None:
    content = data({f"a.x{at}": {"type": "string"} for at in range(50)}, *[relation("a.x1", "b")] * 30)
    assert len(list(snapshot_schema(content, Notes()))) > 80


def test_defaults_of_a_collection_have_their_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_fields, "MAX_DEFAULTS", 20)
    schema, notes = parsed(
        data({f"a.x{at}": {"type": "string", "schema": {"default_value": "x" * 9}} for at in range(4)})
    )
    assert [field.default == "x" * 9 for field in schema.collections["a"].fields.values()] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert (
        notes == ["2 defaults beyond others: those of a collection have 20 characters at most, skipped (a.x2 and a.x3)"]
        or len(notes) == 1
    )


def test_rules_beyond_the_limit_of_a_collection_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validations, "MAX_VALUES", 3)
    looked: list[object] = []

    class Watched(Re2):
        def complaint(self, pattern: object) -> str:
            looked.append(pattern)
            return ""

    monkeypatch.setattr(validations, "Re2", Watched)
    rule = {"x0": {"_regex": "^a"}}
    parsed(data({f"a.x{at}": {"type": "string", "meta": {"validation": rule}} for at in range(9)}))
    assert 0 < len(looked) < 4
