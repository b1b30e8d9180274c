"""Where a plan reads: as if it had been carried out, and nothing of that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.store import Store
from scopebox.store.values.rows import casts_of
from scopebox.store.writing import places
from scopebox.store.writing.changes import Change, Delete, Insert, Update
from scopebox.store.writing.places import Outside, drive

from tests.stores import content, project, rows


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with project() as found:
        yield found


def insert(store: Store, **values: object) -> Insert:
    labels = store.schema.collections["labels"]
    return Insert(labels, "id", casts_of(labels).row(values), values)


def names(session: Session) -> list[object]:
    return [row[0] for row in session.rows("select name from labels where id < 3 or id > 20 order by id")]


async def after(store: Store, changes: list[Change]) -> list[object]:
    return await (await Outside(store.database).after(store.schema, changes)).read(names)


def test_a_rehearsal_sees_what_is_planned_and_leaves_nothing(store: Store) -> None:
    labels, before = store.schema.collections["labels"], content(store)
    changes: list[Change] = [
        insert(store, id=50, name="planned"),
        Update(labels, [1], {"name": "changed"}, {}),
        Delete(labels, [2]),
    ]
    found = asyncio.run(after(store, changes))
    assert found == ["changed", "planned"]
    assert content(store) == before


def test_a_rehearsal_raises_what_carrying_out_would_raise(store: Store) -> None:
    with pytest.raises(DirectusError, match="has to be unique"):
        asyncio.run(after(store, [insert(store, id=50, name="red")]))
    assert rows(store, "select count(*) from labels") == [(20,)]


@pytest.mark.parametrize(("seconds", "turns"), [(-1.0, 5), (1000.0, 0)])
def test_others_have_their_turn_between_items_by_the_time_that_these_take(
    store: Store, monkeypatch: pytest.MonkeyPatch, seconds: float, turns: int
) -> None:
    monkeypatch.setattr(places, "TURN_SECONDS", seconds)
    taken: list[None] = []

    async def breathe(_self: Outside) -> None:
        taken.append(None)

    monkeypatch.setattr(Outside, "breathe", breathe)
    with store.fork() as copy:
        asyncio.run(copy.items("labels", accountability=None).create([{"name": f"new {at}"} for at in range(5)]))
    assert len(taken) == turns


def test_what_waits_cannot_be_driven() -> None:
    async def wait() -> None:
        await asyncio.sleep(0)

    with pytest.raises(AssertionError):
        drive(wait())
