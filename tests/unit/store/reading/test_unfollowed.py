"""What a project has and the store does not is said again to who asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store

from tests.reading import Json, read

KEY: Json = {"type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}


def snapshot() -> Json:
    return {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in ("a", "keyless")],
        "fields": [
            {"collection": "a", "field": "id", **KEY},
            {"collection": "a", "field": "flow", "type": "uuid", "schema": {}},
            {"collection": "a", "field": "odd", "type": "vector", "schema": {}},
            {"collection": "a", "field": "list", "type": "alias", "meta": {"special": ["o2m"]}},
            {"collection": "a", "field": "plain", "type": "string", "schema": {}},
            {"collection": "keyless", "field": "x", "type": "string", "schema": {}},
        ],
        "relations": [
            {"collection": "a", "field": "flow", "related_collection": "directus_flows", "meta": {}, "schema": {}}
        ],
    }


@pytest.fixture(scope="module", params=["snapshot", "store file"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store to be read."""
    tmp_path = tmp_path_factory.mktemp("project")
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot()), "utf-8")
    (tmp_path / "items.json").write_text(json.dumps({"a": [{"id": 1, "plain": "x"}]}), "utf-8")
    if request.param == "snapshot":
        with Store.from_project(tmp_path) as made:
            yield made
        return
    Store.from_project(tmp_path, tmp_path / "s.duckdb").close()
    with Store(tmp_path / "s.duckdb") as made:
        yield made


FLOW = "a.flow: relation to directus_flows: the store does not have it, kept as plain values"


@pytest.mark.parametrize(
    ("collection", "query", "hint"),
    [
        ("a", {"fields": ["flow.name"]}, FLOW), ("a", {"fields": ["flow.*"]}, FLOW), ("a", {"filter": {"flow": {"name": {"_eq": 1}}}}, FLOW), ("a", {"sort": ["flow.name"]}, FLOW),
        ("a", {"fields": ["odd"]}, "a.odd: field of the type 'vector': the type is not known, skipped"), ("a", {"fields": ["list.*"]}, "a.list: alias without a relation: skipped"),
        ("keyless", {}, "collection without a primary key of a known type: skipped"), ("a", {"fields": ["gone"]}, ""), ("gone", {}, ""),
    ],
)  # fmt: skip
def test_the_error_names_the_note(store: Store, collection: str, query: Json, hint: str) -> None:
    with pytest.raises(DirectusError) as caught:
        read(store, query, collection=collection)
    assert caught.value.hint == hint


def test_what_asks_for_all_there_is_gets_it(store: Store) -> None:
    for fields in (["*"], ["*.*"], ["id", "flow", "plain", "gone.x"]):
        assert read(store, {"fields": fields}, collection="a") == [{"id": 1, "flow": None, "plain": "x"}]


def test_a_value_that_cannot_be_kept_is_refused(store: Store) -> None:
    with store.fork() as copy:
        for role in (None, copy.access.for_role("admin")):
            with pytest.raises(DirectusError, match='"odd" of "a" is not kept here') as caught:
                asyncio.run(copy.items("a", accountability=role).create([{"plain": "y", "odd": [1]}]))
            assert caught.value.hint == "a.odd: field of the type 'vector': the type is not known, skipped"
            asyncio.run(copy.items("a", accountability=role).update_many([1], {"plain": "z", "gone": 1}))
        assert copy.count("a") == 1
