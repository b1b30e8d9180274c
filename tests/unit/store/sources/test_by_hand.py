"""Collections by hand: short descriptions, and errors that name what is wrong in them."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from scopebox.errors import SchemaError
from scopebox.store.store import Field, Store
from scopebox.store.values.rows import casts_of


def test_a_foreign_key_takes_the_type_of_what_it_refers_to(empty: Store) -> None:
    with empty.fork() as store:
        store.create_collection("countries", {"code": {"type": "string", "primary_key": True}})
        view = store.create_collection(
            "towns", {"country": {"references": "countries"}, "twin": {"references": "towns"}}
        )
        assert {name: (field.type, field.kind) for name, field in view.fields.items()} == {
            "id": ("integer", ""),
            "country": ("string", "m2o"),
            "twin": ("integer", "m2o"),
        }


def test_a_field_id_is_the_key_and_keys_are_made_where_they_can_be(empty: Store) -> None:
    with empty.fork() as store:
        for name, type_ in (("numbers", "bigInteger"), ("marks", "uuid")):
            store.create_collection(name, {"x": "string", "id": type_})
            assert store.schema.collections[name].primary_key.name == "id"
        keys = [asyncio.run(store.items(name, accountability=None).create([{}]))[0] for name in ("numbers", "marks")]
        assert keys[0] == 1
        assert str(uuid.UUID(str(keys[1]))) == keys[1]


def test_the_default_moment_is_that_of_the_insert(empty: Store) -> None:
    with empty.fork() as store:
        view = store.create_collection(
            "a", {"at": {"type": "timestamp", "default": "$NOW"}, "text": {"default": "$NOW"}}
        )
        row = casts_of(view.definition).row({})
        assert row["text"] == "$NOW"
        assert row["at"] is not None
        assert casts_of(view.definition).row({"at": None})["at"] is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (None, "types by name"), ("title", "types by name"), ({5: "string"}, "not 5"), (["a", "a"], "'a' twice"), ([{"type": "string"}], "is no field"),
        ({"a": int}, "described by a type"), ({"a": "varchar"}, "unknown type 'varchar'.*\nThe types are"), ({"a": "int"}, "Did you mean integer"),
        ({"a": "alias"}, r'"one_field": NAME'), ([Field("a", "alias", kind="o2m")], "alias comes from"),
        ({"a": {"defualt": 1}}, "unknown option 'defualt'\nDid you mean default"), ({"a": {"unique": "yes"}}, r"new\.a\.unique is True or False"),
        ({"a": {"max_length": -5}}, r"new\.a\.max_length is a whole number"), ({"a": {"type": "decimal", "precision": 39}}, "from 1 to 38, not 39"),
        ({"a": {"type": "decimal", "precision": 5, "scale": 9}}, "at most its precision, 5"), ({"a": {"type": "decimal", "precision": 3}}, "its precision, 3, not 5"),
        ({"a": {"type": "decimal", "scale": 12}}, "its precision, 10, not 12"), ({"a": {"special": 5}}, "list of flags"),
        ({"a": {"type": "integer", "default": "x"}}, r'new\.a\.default does not fit: .*"x"'),
        ({"a": {"type": "string", "max_length": 2, "default": "xyz"}}, "longer than 2"),
        ({"a": {"type": "json", "primary_key": True}}, "json values are no keys"), ({"a": {"auto_increment": True}}, "cannot count upwards"),
        ({"a": {"primary_key": True, "auto_increment": True}}, "no whole number"), ({"a": {"references": "olds"}}, "Did you mean old"),
        ({"a": {"references": "old", "on_delete": "DROP"}}, "'DROP' is no rule"), ({"a": {"references": "old", "one_field": "x"}}, "'x' already"),
        ({"a": {"references": "old", "one_field": "x.y"}}, "cannot be a name"), ({"a": {"one_field": "b"}}, "for fields with references"),
        ({"a": {"references": "old", "type": "string"}}, r"refers to old\.id, which is integer"),
        ({"a": {"references": "old", "primary_key": True}}, "cannot be a primary key"), ({"a.b": "string"}, "cannot be a name"),
    ],
)  # fmt: skip
def test_a_description_that_makes_no_sense_is_refused_and_changes_nothing(
    empty: Store, fields: dict[str, object], message: str
) -> None:
    with empty.fork() as store:
        store.create_collection("old", ["x"])
        schema = store.schema
        with pytest.raises(SchemaError, match=message):
            store.create_collection("new", fields)
        assert store.schema is schema
        assert asyncio.run(store.items("old", accountability=None).create([{}])) == [1]


def test_a_collection_has_a_name(empty: Store) -> None:
    with empty.fork() as store, pytest.raises(SchemaError, match="a text, not 5"):
        store.create_collection(5, {})  # type: ignore[arg-type]


def test_a_singleton_and_its_order_are_said_beside_the_fields(empty: Store) -> None:
    with empty.fork() as store:
        view = store.create_collection("a", {"n": "integer"}, singleton=True, sort_field="n")
        assert (view.definition.singleton, view.definition.sort_field) == (True, "n")
        fields = {"n": "integer", "a": {"references": "a", "one_field": "bs", "sort_field": "n"}}
        store.create_collection("b", fields, sort_field="a")
        assert store.schema.relations[-1].sort_field == "n"
        assert store.fork().schema == store.schema


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sort_field": "nn"}, r"new\.sort_field: 'nn' is no field to sort by\nDid you mean n"),
        ({"sort_field": "meta"}, r"new\.sort_field: 'meta' is no field to sort by\nThe fields are id, n, twin"),
        ({"sort_field": 5}, r"new\.sort_field: 5 is no field to sort by"),
        ({"sort_field": []}, r"new\.sort_field: \[\] is no field to sort by"),
        ({"singleton": "yes"}, r"new\.singleton is True or False, not 'yes'"),
        ({"fields": {"n": "integer", "twin": {"references": "new", "sort_field": "x"}}}, r"new\.twin\.sort_field: 'x' is no field"),
        ({"fields": {"n": {"type": "integer", "sort_field": "n"}}}, r"new\.n\.sort_field is for fields with references"),
    ],
)  # fmt: skip
def test_an_order_by_no_field_and_a_flag_that_is_none_are_named(
    empty: Store, options: dict[str, object], message: str
) -> None:
    fields = options.pop(
        "fields", {"n": "integer", "meta": "json", "twin": {"references": "new", "one_field": "twins"}}
    )
    with empty.fork() as store, pytest.raises(SchemaError, match=message):
        store.create_collection("new", fields, **options)  # type: ignore[arg-type]
