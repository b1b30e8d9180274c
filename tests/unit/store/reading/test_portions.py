"""Large rows are taken in portions: what is found is the same, and the database has little of it in its hands at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access
from scopebox.store.database.session import Session
from scopebox.store.reading import portions, running, size, sorted_texts, weights
from scopebox.store.reading.grouped import GroupPortions
from scopebox.store.store import Store

MOST = 16 * 2**20
LETTERS = "abcdefghijkl"
SIZE = 600_000  # bytes of a text; three are a portion
KINDS: dict[str, Callable[[int], object]] = {
    "integer": lambda number: number + 1,
    "bigInteger": lambda number: 2**60 + number,
    "string": lambda number: f"key '{number}' $1",
    "uuid": lambda number: f"00000000-0000-4000-8000-{number:012}",
}


def fill(store: Store, kind: str = "integer", size: int = SIZE) -> None:
    """Twelve pages, of which every second is odd, whose titles go down and whose texts tell them apart."""
    store.create_collection("books", {"name": "string"})
    key = {"type": kind, "primary_key": True}
    parent = {"references": "books", "one_field": "pages"}
    fields = {"id": key, "title": "string", "odd": "boolean", "body": "text", "book": parent}
    store.create_collection("pages", fields)
    put(store, "books", {"name": "one"}, {"name": "two"})
    for number, letter in enumerate(LETTERS):
        page = {"id": KINDS[kind](number), "title": f"{99 - number}", "odd": bool(number % 2), "body": letter * size}
        put(store, "pages", page | {"book": 1 + number % 2})


@pytest.fixture(scope="module")
def small(empty: Store) -> Iterator[dict[str, Store]]:
    """Stores by the kind of their keys, to be read, whose texts are a tenth as long."""
    with ExitStack() as opened:
        made = {kind: opened.enter_context(empty.fork()) for kind in KINDS}
        for kind, store in made.items():
            fill(store, kind, SIZE // 10)
        yield made


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tenth of what is large and what is a portion be it."""
    for module, name in (
        (weights, "LIGHT"),
        (weights, "PORTIONED"),
        (running, "UNWEIGHED"),
        (size, "PORTIONED"),
        (size, "UNWEIGHED"),
        (sorted_texts, "LIGHT"),
        (sorted_texts, "UNWEIGHED"),
        (portions, "PORTION"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name) // 10)


@pytest.fixture(scope="module")
def original(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        fill(made)
        yield made


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    """A copy, new for each test."""
    with original.fork() as copy:
        yield copy


def put(store: Store, collection: str, *items: Mapping[str, object]) -> None:
    asyncio.run(store.items(collection, accountability=None).create([dict(item) for item in items]))


def read(store: Store, query: Mapping[str, object], collection: str = "pages", most: int = MOST) -> Any:
    service = store.items(collection, accountability=None, most=most)
    return json.loads(asyncio.run(service.read(dict(query))).json())


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many keys each portion had."""
    numbers: list[int] = []
    with_some = Session.with_some

    def noted(self: Session, sql: str, parameters: list[object]) -> object:
        if sql.startswith("SELECT to_json"):
            numbers.append(len(parameters[-1]))  # type: ignore[arg-type]
        return with_some(self, sql, parameters)

    monkeypatch.setattr(Session, "with_some", noted)
    return numbers


QUERIES: tuple[dict[str, object], ...] = (
    {},
    {"sort": ["-title"]},
    {"sort": ["title"], "limit": 9, "offset": 2},
    {"sort": ["odd", "-id"], "limit": -1},
    {"filter": {"title": {"_nin": ["99", "88"]}}, "sort": ["-body"]},
    {"filter": {"_or": [{"odd": {"_eq": False}}, {"title": {"_in": ["98", "96"]}}]}, "sort": ["-id"], "limit": 10},
    {"fields": ["book", "body", "title"], "alias": {"title": "title"}, "limit": 8, "page": 1},
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("small_portions")
def test_what_is_found_is_the_same_in_the_same_order(
    small: dict[str, Store], taken: list[int], monkeypatch: pytest.MonkeyPatch, kind: str, query: dict[str, object]
) -> None:
    store = small[kind]
    found = read(store, query)
    assert len(found) > 6
    assert max(taken) == 3
    assert sum(taken) == len(found)
    monkeypatch.setattr(weights, "PORTIONED", MOST)
    taken.clear()
    assert read(store, query) == found
    assert not taken


def test_items_below_others_are_taken_so_too(store: Store, taken: list[int]) -> None:
    [one, two] = read(
        store, {"fields": ["name", "pages.title", "pages.body"], "deep": {"pages": {"_sort": "-id"}}}, "books"
    )
    assert [page["body"][0] for page in one["pages"]] == [*"kigeca"]
    assert [page["body"][0] for page in two["pages"]] == [*"ljhfdb"]
    assert max(taken) == 3
    assert sum(taken) == len(LETTERS)


def test_fields_with_rules_of_their_own_stay_hidden(empty: Store, taken: list[int]) -> None:
    with empty.fork() as store:
        fill(store, size=900_000)
        rules = [
            {"collection": "pages", "action": "read", "fields": ["id", "title"], "permissions": {}},
            {"collection": "pages", "action": "read", "fields": ["body"], "permissions": {"odd": {"_eq": True}}},
        ]
        policies = {"p": {"permissions": rules[:1]}, "q": {"permissions": rules[1:]}}
        store.access = Access.read({"policies": policies, "roles": {"r": {"policies": ["p", "q"]}}})
        service = store.items("pages", accountability=store.access.for_role("r"), most=MOST)
        found = json.loads(asyncio.run(service.read({"limit": -1, "sort": ["-id"]})).json())
        assert [(page["body"] or "-")[0] for page in found] == [*"l-j-h-f-d-b-"]
        assert taken


def test_what_json_writes_with_more_is_counted_before_it_is_made(store: Store, taken: list[int]) -> None:
    asyncio.run(store.items("pages", accountability=None).update_many([7], {"body": "\x01" * 2_000_000}))
    with pytest.raises(DirectusError, match=r"bytes in the answer, 16,777,216 are the limit"):
        read(store, {})
    assert taken == [3, 3, 1]  # up to what is too much
    assert len(read(store, {"filter": {"id": {"_neq": 7}}})) == len(LETTERS) - 1


def test_a_write_between_two_portions_is_not_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with_some = Session.with_some
    wrote: list[int] = []

    def meanwhile(self: Session, sql: str, parameters: list[object]) -> object:
        if sql.startswith("SELECT to_json") and not wrote:
            wrote.append(1)
            cursor = store.database.cursor()
            cursor.execute("UPDATE pages SET body = 'changed' WHERE id > 6")
            cursor.execute("DELETE FROM pages WHERE id = 6")
        return with_some(self, sql, parameters)

    monkeypatch.setattr(Session, "with_some", meanwhile)
    assert [page["body"] for page in read(store, {})] == [letter * SIZE for letter in LETTERS]
    assert len(read(store, {})) == len(LETTERS) - 1


def test_one_answer_is_made_at_a_time(store: Store) -> None:
    service = store.items("pages", accountability=None, most=MOST)

    async def both() -> None:
        with portions.TURN:
            reading = asyncio.create_task(service.read({}))
            small = await service.read({"fields": ["id"]})
            assert len(json.loads(small.json())) == len(LETTERS)
            assert not reading.done()
        assert len(json.loads((await reading).json())) == len(LETTERS)

    asyncio.run(both())


def test_a_read_that_fails_leaves_the_turn_to_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:

    def fails(*_: object) -> None:
        raise DirectusError(503, "STOPPED", "stopped")

    with monkeypatch.context() as patched:
        patched.setattr(portions.Portions, "found", fails)
        with pytest.raises(DirectusError, match="stopped"):
            read(store, {})
    assert len(read(store, {})) == len(LETTERS)


def test_many_small_rows_are_not_taken_so(store: Store, taken: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MAX_PORTIONED", len(LETTERS) - 1)
    assert len(read(store, {})) == len(LETTERS)
    assert not taken


@pytest.fixture
def groups_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many groups each portion had."""
    numbers: list[int] = []
    found = GroupPortions.found

    def noted(*given: Any) -> Iterator[list[Any]]:
        for rows in found(*given):
            if rows:  # none are a rest
                numbers.append(len(rows))
            yield rows

    monkeypatch.setattr(GroupPortions, "found", noted)
    return numbers


GROUPS: tuple[dict[str, object], ...] = (
    {"groupBy": ["id"], "aggregate": {"max": ["body"]}},
    {"groupBy": ["body"]},
    {"groupBy": ["body", "odd"], "aggregate": {"sum": ["id"], "count": ["*"]}, "sort": ["-body"], "limit": 9, "offset": 2},
    {"groupBy": ["odd", "title"], "aggregate": {"avg": ["id"], "min": ["body"], "countDistinct": ["body"]}, "sort": ["-odd", "-min.body"]},
    {"groupBy": ["title"], "aggregate": {"max": ["body"], "countAll": ["*"]}, "sort": ["-max.body"], "filter": {"title": {"_nin": ["99"]}}},
    {"groupBy": ["book"], "aggregate": {"max": ["body"]}, "limit": -1},
)  # fmt: skip


@pytest.mark.parametrize("query", GROUPS)
@pytest.mark.usefixtures("small_portions")
def test_groups_are_the_same_in_the_same_order(
    small: dict[str, Store], groups_taken: list[int], monkeypatch: pytest.MonkeyPatch, query: dict[str, object]
) -> None:
    with small["integer"].fork() as store:
        put(
            store,
            "pages",
            {"title": "2", "body": None},
            {"title": "1", "body": '"\n\x01é\U0001f600' * 20_000, "book": 1},
        )
        monkeypatch.setattr(weights, "PORTIONED", SIZE // 10)
        found = read(store, query)
        assert sum(groups_taken) == len(found)
        assert max(groups_taken) <= 4  # one of them has no text
        monkeypatch.setattr(weights, "PORTIONED", MOST)
        groups_taken.clear()
        assert read(store, query) == found
        assert not groups_taken


def test_the_least_and_the_greatest_of_all_are_taken_one_by_one(store: Store, groups_taken: list[int]) -> None:
    put(store, "pages", {"body": "z" * 4_000_000})
    [row] = read(store, {"aggregate": {"min": ["body"], "max": ["body"], "count": ["id"]}})
    assert row == {"min": {"body": "a" * SIZE}, "max": {"body": "z" * 4_000_000}, "count": {"id": "13"}}
    assert groups_taken == [1]


def test_one_group_of_many_large_ones_is_found_without_holding_the_others(
    store: Store, groups_taken: list[int]
) -> None:
    assert read(store, {"groupBy": ["body"], "limit": 1}) == [{"body": "a" * SIZE}]
    assert groups_taken == [1]


def test_groups_by_long_texts_that_begin_alike_are_refused(store: Store) -> None:
    query: dict[str, object] = {"groupBy": ["body"], "aggregate": {"count": ["*"]}}
    asyncio.run(store.items("pages", accountability=None).update_many([7], {"body": "a" * (SIZE + 1)}))
    with pytest.raises(DirectusError, match="bytes in texts to sort by that begin alike, 4,194,304 are the limit"):
        read(store, query)
    assert len(read(store, query | {"filter": {"id": {"_gt": 1}}})) == len(LETTERS) - 1


def test_groups_are_counted_as_json_before_they_are_made(store: Store, groups_taken: list[int]) -> None:
    asyncio.run(store.items("pages", accountability=None).update_many([7], {"body": "\x01" * 2_000_000}))
    with pytest.raises(DirectusError, match=r"bytes in the answer, 16,777,216 are the limit"):
        read(store, {"groupBy": ["id"], "aggregate": {"max": ["body"]}})
    assert groups_taken == [3, 3, 1]  # up to what is too much


def test_a_large_answer_waits_for_its_room(store: Store, taken: list[int], groups_taken: list[int]) -> None:
    asked: list[int] = []

    async def room(amount: int) -> None:
        assert not taken
        assert not groups_taken
        asked.append(amount)

    service = store.items("pages", accountability=None, most=MOST, room=room)
    queries: tuple[dict[str, object], ...] = ({}, {"groupBy": ["id"], "aggregate": {"max": ["body"]}})
    for query in queries:
        assert len(json.loads(asyncio.run(service.read(query)).json())) == len(LETTERS)
        taken.clear()
        groups_taken.clear()
    asyncio.run(service.read({"fields": ["id", "title"]}))
    asyncio.run(service.read({"limit": 1}))
    assert asked == [MOST, MOST]


@pytest.mark.parametrize("query", [{}, {"sort": ["-body"]}, {"groupBy": ["id"], "aggregate": {"max": ["body"]}}])
@pytest.mark.usefixtures("small_portions")
def test_there_is_a_rest_between_two_portions(
    small: dict[str, Store], steps: list[int], query: dict[str, object]
) -> None:
    assert len(read(small["integer"], query)) == len(LETTERS)
    assert sum(steps) > len(LETTERS) / 3
    assert max(steps) <= 5


def test_whoever_rests_leaves_the_turn_to_others() -> None:
    def work() -> Iterator[None]:
        assert portions.TURN.locked()
        yield

    for _ in portions.in_turn(work()):  # type: ignore[arg-type]
        assert not portions.TURN.locked()
    assert not portions.TURN.locked()
