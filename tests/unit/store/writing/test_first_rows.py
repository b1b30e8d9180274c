"""The first rows of a collection take memory whatever is in them, and count for it where an extension writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Sequence

import pytest
from scopebox.errors import LimitError
from scopebox.store.database.held import HELD
from scopebox.store.database.session import Row, Session
from scopebox.store.database.statements import quoted
from scopebox.store.items import ItemsService
from scopebox.store.store import Store
from scopebox.store.writing.changes import Change
from scopebox.store.writing.first_rows import KIND_BYTES, FirstRows

MOST = 16 * 2**20
NAMES = [f"part_{number}" for number in range(60)]


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with 60 empty collections, to all of which one item of another one may refer."""
    with Store() as store:
        for name in NAMES:
            store.create_collection(name, {"name": "string", "views": "integer"})
        store.create_collection("hub", {name: {"references": name} for name in NAMES})
        yield store


def service(store: Store, collection: str, *, by_extension: bool = True) -> ItemsService:
    return store.items(
        collection,
        accountability=store.access.for_role("admin"),
        most=MOST,
        stores=lambda _size: None,
        held=MOST,
        by_extension=by_extension,
    )


def held(store: Store) -> int:
    [[found]] = store.sql(HELD).fetchall()
    assert isinstance(found, int)
    return found


def hub(count: int) -> dict[str, object]:
    return {name: {"name": "x"} for name in NAMES[:count]}


def test_one_item_with_items_in_many_empty_collections_is_refused_before_it_is_written(store: Store) -> None:
    before = held(store)
    with pytest.raises(LimitError, match="What extensions have stored takes"):
        asyncio.run(service(store, "hub").create([hub(60)] * 3))
    assert held(store) - before < KIND_BYTES
    assert len(asyncio.run(service(store, "hub").create([hub(20)]))) == 1
    assert len(asyncio.run(service(store, "hub", by_extension=False).create([hub(60)] * 3))) == 3


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect what is counted for first rows."""
    found: list[int] = []
    size = FirstRows.size

    def noting(self: FirstRows, session: Session, changes: Sequence[Change]) -> Generator[None, None, int]:
        found.append((yield from size(self, session, changes)))
        return found[-1]

    monkeypatch.setattr(FirstRows, "size", noting)
    return found


@pytest.mark.parametrize("rows", [1, 3, 5, 17, 49])
def test_what_is_counted_is_what_the_database_takes(store: Store, counted: list[int], rows: int) -> None:
    before = held(store)
    for name in NAMES[:5]:
        asyncio.run(service(store, name).create([{"name": "x"}] * rows))
    taken = held(store) - before
    assert 0.9 * taken <= sum(counted) <= 1.5 * taken


def test_a_collection_is_looked_at_once_until_rows_are_deleted(
    store: Store, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    row = Session.row

    def noting(self: Session, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        nonlocal looked
        looked += sql == f"SELECT count(*) FROM {quoted(NAMES[0])}"
        return row(self, sql, parameters)

    monkeypatch.setattr(Session, "row", noting)
    parts = service(store, NAMES[0])

    async def work() -> None:
        for _ in range(5):
            await parts.create_one({"name": "x"})
        assert looked == 1
        await parts.delete_many([1, 2, 3, 4, 5])
        await parts.create_one({"name": "x"})

    asyncio.run(work())
    assert [size // KIND_BYTES for size in counted] == [1, 1, 0, 0, 1, 0, 1]
    assert looked == 2
