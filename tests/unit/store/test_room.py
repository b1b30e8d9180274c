"""Of many large plans few are held at once, and nobody waits for what waits for him."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest
from scopebox.errors import DirectusError
from scopebox.store.bounds import MAX_ITEMS
from scopebox.store.items import ItemsService
from scopebox.store.room import (
    ITEM_BYTES,
    MAX_BYTES,
    SMALL_BYTES,
    VALUE_BYTES,
    Rooms,
    weight_of,
    weight_of_chosen,
)
from scopebox.store.store import Store
from scopebox.store.writing.writer import Writer

from tests.stores import Listener, Row, recorded_copy, rows

store = recorded_copy
MANY = 8 * 2**20
HALF = MAX_BYTES // 2
EMPTY: list[object] = [{} for _ in range(9_000)]


def service(
    store: Store, collection: str = "labels", listener: Listener | None = None, *, own: bool = False, depth: int = 0
) -> ItemsService:
    admin = store.access.for_role("admin")
    return store.items(collection, accountability=admin, emitter=listener, most=None if own else MANY, depth=depth)


def test_items_values_and_what_lies_in_them_are_weighed() -> None:
    assert weight_of([1, 2], {"a": 1}) == 2 * ITEM_BYTES + 3 * VALUE_BYTES
    assert weight_of([{"a": {"b": [1]}}]) == 4 * (ITEM_BYTES + VALUE_BYTES)
    assert weight_of("text") < weight_of({"a": "text"}) < SMALL_BYTES
    assert weight_of_chosen({"limit": 10}) == ITEM_BYTES + 10 * VALUE_BYTES
    assert {weight_of_chosen({"limit": limit}) for limit in (-1, 10**9, "x", MAX_ITEMS)} == {
        weight_of_chosen({"limit": MAX_ITEMS})
    }


class Blocks:
    """Blocks that hold room until they are told to end."""

    def __init__(self) -> None:
        self.rooms, self.inside = Rooms(), list[str]()
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, name: str, weight: int, depth: int = 0) -> None:
        end = self._ends[name] = asyncio.Event()

        async def block() -> None:
            async with self.rooms.held(weight, depth):
                self.inside.append(name)
                await end.wait()
            self.inside.remove(name)

        self._tasks[name] = asyncio.ensure_future(block())
        await asyncio.sleep(0.01)

    async def end(self, name: str, *, cancel: bool = False) -> None:
        self._ends[name].set()
        if cancel:
            self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])
        await asyncio.sleep(0.01)


def run(work: Callable[[Blocks], Coroutine[object, object, None]]) -> None:
    async def all_of_it() -> None:
        await work(Blocks())

    asyncio.run(all_of_it())


def test_who_finds_no_room_waits_and_comes_in_order() -> None:
    async def work(blocks: Blocks) -> None:
        for name in "abcd":
            await blocks.begin(name, HALF)
        assert blocks.inside == ["a", "b"]
        await blocks.end("b")
        assert blocks.inside == ["a", "c"]
        await blocks.end("a")
        assert blocks.inside == ["c", "d"]
        for name in "cd":
            await blocks.end(name)
        await blocks.begin("e", MAX_BYTES)
        assert blocks.inside == ["e"]
        await blocks.end("e")

    run(work)


def test_what_is_heavier_than_all_room_comes_in_alone_and_nobody_overtakes_it() -> None:
    async def work(blocks: Blocks) -> None:
        await blocks.begin("a", HALF)
        await blocks.begin("heavy", 3 * MAX_BYTES)
        await blocks.begin("b", HALF)
        assert blocks.inside == ["a"]
        await blocks.end("a")
        assert blocks.inside == ["heavy"]
        await blocks.end("heavy")
        assert blocks.inside == ["b"]
        await blocks.end("b")

    run(work)


def test_small_ones_and_deeper_ones_do_not_wait() -> None:
    async def work(blocks: Blocks) -> None:
        await blocks.begin("a", MAX_BYTES)
        await blocks.begin("small", SMALL_BYTES)
        await blocks.begin("deeper", MAX_BYTES, depth=1)
        assert blocks.inside == ["a", "small", "deeper"]
        for name in ("a", "small", "deeper"):
            await blocks.end(name)

    run(work)


def test_who_is_cancelled_leaves_room_whether_it_waited_or_not() -> None:
    async def work(blocks: Blocks) -> None:
        await blocks.begin("a", MAX_BYTES)
        await blocks.begin("b", MAX_BYTES)
        await blocks.begin("c", MAX_BYTES)
        await blocks.end("b", cancel=True)
        await blocks.end("a", cancel=True)
        assert blocks.inside[-1:] == ["c"]
        await blocks.end("c")
        await blocks.begin("d", MAX_BYTES)
        assert blocks.inside[-1:] == ["d"]
        await blocks.end("d")

    run(work)


WRITES: dict[str, Callable[[ItemsService], Awaitable[object]]] = {
    "create": lambda items: items.create(EMPTY),
    "nested": lambda items: items.create_one({"name": "x", "articles": EMPTY}),
    "shown": lambda items: items.create_and_show({"name": "x", "articles": EMPTY}, {}),
    "update": lambda items: items.update_many([*range(1, 9_000)], {"weight": 1}),
    "batch": lambda items: items.update_batch([{"id": 1}] * 9_000),
    "delete": lambda items: items.delete_many([*range(100, 9_000)]),
    "by query": lambda items: items.update_by_query({"limit": -1}, {"weight": 1}),
    "delete by query": lambda items: items.delete_by_query({"limit": -1, "filter": {"id": {"_gt": 1_000}}}),
}


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_from_outside_takes_room(
    store: Store, monkeypatch: pytest.MonkeyPatch, write: Callable[[ItemsService], Awaitable[object]], *, own: bool
) -> None:
    held, planned = list[int](), list[int]()
    monkeypatch.setattr(Rooms, "held", lambda _self, weight, _depth: Counting(held, weight))

    async def run(_self: Writer, *_: object) -> list[object]:
        planned.append(sum(held))
        raise DirectusError(400, "STOPPED", "planned")

    monkeypatch.setattr(Writer, "run", run)
    if write is WRITES["delete by query"]:
        store.sql("INSERT INTO labels (id, name) SELECT range + 2000, 'n' || range FROM range(10)")
    with pytest.raises(DirectusError, match="planned"):
        asyncio.run(write(service(store, own=own)))  # type: ignore[arg-type]
    assert [weight > SMALL_BYTES for weight in planned] == [not own]
    assert held == []


class Counting:
    """A block that holds a weight."""

    def __init__(self, held: list[int], weight: int) -> None:
        self._held, self._weight = held, weight

    async def __aenter__(self) -> None:
        self._held.append(self._weight)

    async def __aexit__(self, *_: object) -> None:
        self._held.remove(self._weight)


def test_many_large_writes_at_once_are_planned_few_at_a_time_and_all_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    write = Writer.run

    async def counted(self: Writer, *arguments: object) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await write(self, *arguments)  # type: ignore[arg-type]
        finally:
            running -= 1

    monkeypatch.setattr(Writer, "run", counted)
    store.create_collection("many", {"name": "string"})

    async def all_of_them() -> None:
        await asyncio.gather(*(service(store, "many").create(EMPTY) for _ in range(6)))

    asyncio.run(all_of_them())
    assert rows(store, "SELECT count(*) FROM many") == [(54_000,)]
    assert most == 1


def test_of_those_who_change_all_that_a_query_may_find_two_have_their_turns_on_the_loop() -> None:
    async def work(blocks: Blocks) -> None:
        weight = weight_of_chosen({"limit": -1}, {"name": "x"})
        for name in "abc":
            await blocks.begin(name, weight)
        assert blocks.inside == ["a", "b"]
        for name in "abc":
            await blocks.end(name)

    run(work)


def test_a_filter_of_a_large_write_may_write_as_much_itself(store: Store) -> None:
    listener = Listener()
    store.create_collection("outer", {"name": "string"})
    store.create_collection("within", {"name": "string"})
    wrote = list[object]()

    async def handler(payload: object, _meta: Row) -> object:
        if not wrote:
            wrote.extend(await service(store, "within", depth=1).create(EMPTY))
        return payload

    listener.filters["outer.items.create"] = handler
    heavy: list[object] = [{"name": "x"}] * 9_900

    async def in_time() -> None:
        async with asyncio.timeout(60):
            await service(store, "outer", listener).create(heavy)

    asyncio.run(in_time())
    assert rows(store, "SELECT count(*) FROM within") == [(9_000,)]
