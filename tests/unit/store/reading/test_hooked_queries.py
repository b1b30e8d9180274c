"""What hooks make of queries waits as text until there is room for what is made of it, and is bounded."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import msgspec
import pytest
from scopebox.errors import LimitError
from scopebox.store.emitter import EventContext, Silence
from scopebox.store.reading.hooked_queries import MAX_BYTES, SMALL_BYTES, UNHEARD, HookedQueries
from scopebox.store.reading.plans import Plans
from scopebox.store.store import Store
from scopebox.vocabulary import HookKind

from tests.stores import recorded_copy

store = recorded_copy


class Hook(Silence):
    """Makes one query of all, told as the text that a guest sends."""

    def __init__(self, made: Callable[[], object]) -> None:
        self._made = made

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        return kind == "filter" and names[0] == "items.query"

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Answer when all that ask have asked."""
        await asyncio.sleep(0)
        return self._made()


def text(query: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(query))


def of_values(count: int) -> msgspec.Raw:
    return text({"fields": ["id"], "limit": 1, "filter": {"id": {"_in": list(range(count))}}})


async def at_once(store: Store, hook: Hook, count: int) -> list[object]:
    service = store.items("articles", accountability=None, emitter=hook)
    reads = [service.read({"limit": 1, "fields": ["id"]}) for _ in range(count)]
    return await asyncio.gather(*reads, return_exceptions=True)


@pytest.mark.parametrize(("values", "most"), [(9_900, 2), (3, 20)])
def test_of_many_long_queries_that_hooks_made_few_are_planned_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, values: int, most: int
) -> None:
    running, seen = [0], [0]
    found = Plans.found

    async def noted(self: Plans, *args: object) -> object:
        running[0] += 1
        seen[0] = max(seen[0], running[0])
        try:
            for _ in range(30):  # so that all that may are here
                await asyncio.sleep(0)
            return await found(self, *args)  # type: ignore[arg-type]
        finally:
            running[0] -= 1

    monkeypatch.setattr(Plans, "found", noted)
    answers = asyncio.run(at_once(store, Hook(lambda: of_values(values)), 20))
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert seen[0] == 20 if most == 20 else 1 <= seen[0] <= most


def test_what_hooks_made_of_queries_at_once_has_a_limit_that_a_single_one_may_pass(store: Store) -> None:
    long = text({"fields": ["id"], "filter": {"title": {"_eq": "x" * (MAX_BYTES // 3)}}})
    answers = asyncio.run(at_once(store, Hook(lambda: long), 5))
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 3
    assert isinstance(refused[0], LimitError)
    assert "8,388,608 bytes" in refused[0].message
    assert refused[0].hint
    whole = text({"fields": ["id"], "filter": {"title": {"_eq": "x" * (MAX_BYTES + 1)}}})
    assert not isinstance(asyncio.run(at_once(store, Hook(lambda: whole), 1))[0], BaseException)


def test_little_is_never_refused_and_what_no_hook_made_counts_for_nothing() -> None:
    queries = HookedQueries()
    with queries.kept(msgspec.Raw(b"x" * MAX_BYTES)), queries.kept(msgspec.Raw(b"x" * SMALL_BYTES)):
        with queries.kept(UNHEARD), queries.kept({"limit": 1}):
            pass
        with pytest.raises(LimitError), queries.kept(msgspec.Raw(b"x" * (SMALL_BYTES + 1))):
            pass
    with queries.kept(msgspec.Raw(b"x" * MAX_BYTES)):
        pass


def test_nothing_of_a_read_is_left_for_the_collection_of_garbage(store: Store) -> None:
    made = text({"fields": ["id", "author.name"], "sort": ["title"], "filter": {"title": {"_contains": "x" * 1_000}}})

    async def read() -> int:
        for _ in range(2):
            await at_once(store, Hook(lambda: made), 1)
            gc.collect()
        gc.disable()
        try:
            await at_once(store, Hook(lambda: made), 1)
            return gc.collect()
        finally:
            gc.enable()

    assert asyncio.run(read()) < 10
