"""Keys beyond 32 bits: counted on from, read, filtered and referred to, as numbers where they are integers and as text where they are bigints."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store

from tests.stores import items

LARGE = 5_000_000_000
HUGE = 2**53 + 1


@pytest.fixture(scope="module", params=["integer", "bigInteger"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with integers of 64 bits, and of one with bigints."""
    options = {"type": request.param, **({"wide": True} if request.param == "integer" else {})}
    path: Path = tmp_path_factory.mktemp("store") / "s.duckdb"
    with Store(path) as made:
        made.create_collection("events", {"id": {**options, "primary_key": True}, "name": "string", "number": options})
        made.create_collection("parts", {"event": {"references": "events", "one_field": "parts", **options}})
    return path


@pytest.fixture
def store(file: Path, tmp_path: Path) -> Iterator[Store]:
    """A store opened from a copy of the file."""
    with Store(shutil.copy(file, tmp_path)) as again:
        yield again


def shown(store: Store, key: int) -> object:
    return key if store.schema.collections["events"].primary_key.type == "integer" else str(key)


def test_keys_are_counted_on_from_a_large_one(store: Store) -> None:
    events = items(store, "events")
    keys = asyncio.run(events.create([{"id": LARGE}, {"name": "b"}, {"id": str(LARGE + 10)}, {"number": LARGE}]))
    assert [int(str(key)) for key in keys] == [LARGE, LARGE + 1, LARGE + 10, LARGE + 11]
    found = asyncio.run(events.read({"fields": ["id"]})).data
    assert found == [{"id": shown(store, key)} for key in (LARGE, LARGE + 1, LARGE + 10, LARGE + 11)]


def test_a_large_key_is_read_filtered_changed_and_deleted(store: Store) -> None:
    events = items(store, "events")
    asyncio.run(events.create([{"id": LARGE, "name": "a", "number": LARGE}, {"name": "b"}]))
    assert asyncio.run(events.read_one(str(LARGE), {"fields": ["name"]})).data == {"name": "a"}
    for query in (
        {"filter": {"id": {"_eq": LARGE}}},
        {"filter": {"id": {"_in": [LARGE, 1]}}},
        {"filter": {"number": {"_between": [LARGE - 1, LARGE]}}},
        {"search": str(LARGE)},
    ):
        assert asyncio.run(events.read({"fields": ["name"], **query})).data == [{"name": "a"}]
    found = asyncio.run(events.read({"aggregate": {"max": ["id"], "sum": ["number"]}})).data
    assert found == [{"max": {"id": shown(store, LARGE + 1)}, "sum": {"number": str(LARGE)}}]
    asyncio.run(events.update_many([LARGE], {"name": "c"}))
    asyncio.run(events.delete_many([LARGE + 1]))
    assert asyncio.run(events.read({"fields": ["name"]})).data == [{"name": "c"}]


def test_a_large_key_is_referred_to(store: Store) -> None:
    asyncio.run(items(store, "events").create([{"id": LARGE, "parts": [{}, {}]}]))
    found = asyncio.run(
        items(store, "parts").read({"fields": ["event.id"], "filter": {"event": {"id": {"_gt": 1}}}})
    ).data
    assert found == [{"event": {"id": shown(store, LARGE)}}] * 2
    with pytest.raises(DirectusError, match="Invalid foreign key"):
        asyncio.run(items(store, "parts").create([{"event": LARGE + 5}]))


def test_a_key_that_javascript_would_round_is_found_by_itself(store: Store) -> None:
    events = items(store, "events")
    keys = asyncio.run(events.create([{"id": str(HUGE)}, {}]))
    found = asyncio.run(events.read({"fields": ["id"]}, keys=keys)).data
    if store.schema.collections["events"].primary_key.type == "bigInteger":
        assert found == [{"id": str(HUGE)}, {"id": str(HUGE + 1)}]


def test_beyond_64_bits_there_is_no_key(store: Store) -> None:
    for value in (2**63, str(2**64)):
        with pytest.raises(DirectusError, match="out of range"):
            asyncio.run(items(store, "events").create_one({"number": value}))
