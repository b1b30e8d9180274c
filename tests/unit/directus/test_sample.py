"""What is kept of one collection, within its bounds."""

from __future__ import annotations

import json

import pytest
from scopebox.directus.description import Table
from scopebox.directus.links import MAX_KEY, links
from scopebox.directus.listing import attempts
from scopebox.directus.sample import MAX_ITEM, MAX_VALUES, Sample, anonymous
from scopebox.directus.withheld import withheld
from scopebox.store.schema.schema import Collection, Field

TABLE = Table("notes", "/items/notes", "id", ("id", "text"))


def test_an_item_keeps_the_fields_that_are_taken_and_no_other() -> None:
    sample = Sample(TABLE)
    assert sample.add(b'{"id": 1, "text": "a", "secret": "b"}') == {"id": 1, "text": "a"}
    assert json.loads(sample.text()) == [{"id": 1, "text": "a"}]


@pytest.mark.parametrize(
    "raw",
    [b"[1]", b"5", b"null", b'{"text": "a"}', b'{"id": true}', b'{"id": {"a": 1}}', b'{"id": null}', b'{"id": "%s"}' % (b"x" * MAX_ITEM), b"[" * 100_000],
    ids=["list", "number", "null", "no key", "boolean", "object", "null key", "large", "deep"],
)  # fmt: skip
def test_what_is_no_item_is_left_out_and_said(raw: bytes) -> None:
    sample = Sample(TABLE)
    assert sample.add(raw) is None
    assert sample.text() == b"[]\n"
    (said,) = sample.notes()
    assert said.startswith("notes[0]")
    assert len(said) < 500


def test_a_collection_takes_no_more_bytes_than_its_bound() -> None:
    sample = Sample(TABLE, most=100)
    for key in range(100):
        sample.add(b'{"id": %d}' % key)
    assert sample.full
    assert len(sample.text()) <= 150
    assert "the rest of its items is left out" in sample.notes()[0]


def test_keys_that_no_directus_has_lead_nowhere() -> None:
    (link,) = links([{"collection": "a", "field": "b", "related_collection": "c", "meta": None}])
    assert link.target({"b": "x" * (MAX_KEY + 1)}) is None
    assert link.target({"b": {"id": 1}}) is None
    assert link.target({"b": True}) is None
    assert link.target({"b": 7}) == ("c", "7")


def test_a_many_to_any_leads_to_what_it_allows_alone() -> None:
    meta = {"one_collection_field": "collection", "one_allowed_collections": ["hero"]}
    (link,) = links([{"collection": "blocks", "field": "item", "related_collection": None, "meta": meta}])
    assert link.target({"item": "1", "collection": "hero"}) == ("hero", "1")
    assert link.target({"item": "1", "collection": "directus_users"}) is None
    assert link.target({"item": "1", "collection": ["hero"]}) is None


def test_relations_that_are_none_are_passed_over() -> None:
    assert (
        links([{}, {"collection": 5, "field": "x"}, {"collection": "a", "field": "b", "related_collection": None}])
        == []
    )


@pytest.mark.parametrize(
    "record",
    [
        {"field": "x", "type": "hash"},
        {"field": "x", "type": "string", "meta": {"special": ["conceal"]}},
        {"field": "x", "type": "string", "meta": {"special": "hash,conceal"}},
        {"field": "x", "type": "json", "meta": {"special": ["encrypt"]}},
        {"field": "x", "type": "string", "meta": {"options": {"masked": True}}},
        {"field": "x", "type": "string", "meta": {"interface": "input-hash"}},
        *({"field": name, "type": "string"} for name in ("password", "stripe_api_key", "apiKey", "accessToken", "client-secret", "Secret", "db_credentials", "private_key")),
    ],
)  # fmt: skip
def test_secrets_are_known_by_what_a_directus_does_with_them_or_by_their_names(record: dict[str, object]) -> None:
    assert withheld([{"collection": "notes", **record}])


@pytest.mark.parametrize(
    "name", ["title", "tokens_used_at", "secretary", "keyboard", "api_key_hint", "foreign_key", "passwordless"]
)
def test_a_name_that_only_begins_like_a_secret_is_none(name: str) -> None:
    assert not withheld([{"collection": "notes", "field": name, "type": "string", "meta": None}])


def test_a_number_is_no_secret_by_its_name() -> None:
    assert not withheld([{"collection": "notes", "field": "tokens", "type": "integer"}])


def test_names_of_users_are_made_up_in_the_order_of_their_keys() -> None:
    users = anonymous([b'{"id": "b", "role": 1}', b'{"id": "a", "email": "real@example.com"}'])
    assert [(user["id"], user["email"]) for user in map(json.loads, users)] == [
        ("a", "user-1@example.invalid"),
        ("b", "user-2@example.invalid"),
    ]
    assert not any(b"real@" in user for user in users)


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        (["id", "title"], ["id,title", "*"]),
        (["id", "a,b"], ["*", "id"]),
        (["id", "year(d)", "name"], ["*", "id,name"]),
        (["a b", "größe"], ["a b,größe", "*"]),
        ([" a"], ["*"]),
    ],
)
def test_fields_are_asked_for_by_name_where_their_names_are_plain(fields: list[str], asked: list[str]) -> None:
    assert attempts(fields) == asked


def wide(number: int) -> tuple[Table, Collection]:
    """A collection with ``number`` fields, and how it is read."""
    fields = {
        "id": Field("id", "integer", primary_key=True, nullable=False),
        **{f"f{at}": Field(f"f{at}", "text") for at in range(1, number)},
    }
    return Table("notes", "/items/notes", "id", tuple(fields)), Collection("notes", fields)


def test_fields_that_the_first_item_lacks_are_neither_looked_for_nor_kept() -> None:
    table, collection = wide(100)
    sample = Sample(table, collection)
    assert sample.add(b'{"id": 1, "f1": "a"}') == {"id": 1, "f1": "a"}
    assert sample.add(b'{"id": 2, "f1": "b", "f2": "c"}') == {"id": 2, "f1": "b"}
    assert sample.unread == set(table.fields) - {"id", "f1"}


def test_fields_that_are_checked_count_as_values_where_an_item_lacks_them() -> None:
    table, collection = wide(1_000)
    sample = Sample(table, collection)
    sample.add(json.dumps({"id": 0, **{f"f{at}": "" for at in range(1, 1_000)}}).encode())
    for key in range(1, 5_000):
        sample.add(b'{"id": %d}' % key)
    assert sample.full
    assert len(sample.items) <= MAX_VALUES // 1_000
