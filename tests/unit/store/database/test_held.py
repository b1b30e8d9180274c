"""What extensions have stored takes so much memory and no more, whatever they do with it, and nobody else is bound by that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from scopebox.errors import LimitError
from scopebox.store.database.held import HELD
from scopebox.store.database.session import Session
from scopebox.store.items import ItemsService
from scopebox.store.store import Store

from tests.stores import Listener, Row, rows

MIB: Final = 2**20
MOST: Final = 6 * MIB
TAKEN: Final = 8 * MIB  # by as much, in whole blocks and with keys
BLOCK: Final = 2**18  # that may be there for a moment, or not
TEXT: Final = "x" * 50_000


@pytest.fixture
def store() -> Iterator[Store]:
    with filled(Store()) as made:
        yield made


def filled(store: Store) -> Store:
    store.create_collection("notes", {"text": "text"})
    store.create_collection("others", {"text": "text"})
    return store


def notes(
    store: Store, collection: str = "notes", *, by_extension: bool = True, listener: Listener | None = None
) -> ItemsService:
    return store.items(
        collection,
        accountability=None,
        emitter=listener,
        most=100 * MIB if by_extension else None,
        stores=lambda _size: None,
        held=MOST,
        by_extension=by_extension,
    )


def create(store: Store, count: int, *, by_extension: bool = True, collection: str = "notes") -> list[object]:
    data = [{"text": f"{TEXT}{index}"} for index in range(count)]
    return asyncio.run(notes(store, collection, by_extension=by_extension).create(data))


def update(store: Store, keys: list[object], text: str) -> None:
    asyncio.run(notes(store).update_many(keys, {"text": text}))


def delete(store: Store, keys: list[object]) -> None:
    asyncio.run(notes(store).delete_many(keys))


def fill(store: Store) -> list[object]:
    """Let an extension write single megabytes until it is refused; return the keys."""
    keys: list[object] = []
    with pytest.raises(LimitError, match="What extensions have stored takes"):
        for _ in range(20):
            keys += create(store, 20)
    return keys


def held(store: Store) -> int:
    [(found,)] = rows(store, HELD)
    assert isinstance(found, int)
    return found


def test_many_writes_store_together_what_one_limit_says_and_the_rest_is_refused_and_not_written(store: Store) -> None:
    before = held(store)
    keys = fill(store)
    assert store.count("notes") == len(keys)
    assert MOST / 2 < held(store) - before <= TAKEN


def test_the_error_names_the_limit_and_what_to_do(store: Store) -> None:
    fill(store)
    with pytest.raises(LimitError) as caught:
        create(store, 40)
    assert caught.value.kind == "store"
    assert f"{MOST:,}" in caught.value.message
    assert "Delete items" in str(caught.value.hint)
    assert "box.items" in str(caught.value.hint)


def test_what_is_changed_again_and_again_takes_no_more(store: Store) -> None:
    keys, taken = create(store, 20), []
    for index in range(60):
        update(store, keys, f"{TEXT}{index}")
        taken.append(held(store))
    assert max(taken[20:]) <= max(taken[:20]) + BLOCK
    assert rows(store, "select distinct right(text, 2) from notes") == [("59",)]


@pytest.mark.parametrize("left", [0, 1])
def test_what_is_created_and_deleted_in_turn_takes_no_more(store: Store, left: int) -> None:
    before = held(store)
    for _ in range(20):
        keys = create(store, 20)
        delete(store, keys[left:])
        assert held(store) - before <= TAKEN
    assert store.count("notes") == 20 * left


def test_deleting_gives_room_again_and_what_is_left_is_as_it_was(store: Store) -> None:
    keys = fill(store)
    delete(store, keys[10:])
    kept = rows(store, "select * from notes order by id")
    assert len(create(store, 40)) == 40
    assert rows(store, "select * from notes order by id limit 10") == kept
    assert rows(store, f"select text from notes where id = {keys[3]}") == [(f"{TEXT}3",)]


def test_what_the_notebook_deletes_gives_room_too(store: Store) -> None:
    fill(store)
    store.sql("delete from notes where id > 5")
    assert len(create(store, 40)) == 40


def test_what_the_notebook_writes_is_never_refused_and_counts_for_nothing(store: Store) -> None:
    create(store, 20)
    assert len(create(store, 400, by_extension=False, collection="others")) == 400
    store.sql("insert into others (id, text) select 1000 + i, repeat('y', 50000) || i from range(400) t(i)")
    assert len(create(store, 60)) == 60
    fill(store)
    assert len(create(store, 40, by_extension=False)) == 40


def test_what_filters_add_to_what_the_notebook_writes_counts_and_a_little_always_has_room(store: Store) -> None:
    class Adding(Listener):
        def __init__(self, text: str) -> None:
            super().__init__()

            async def handler(payload: object, _meta: Row) -> object:
                assert isinstance(payload, dict)
                return {**payload, "text": text}

            self.filters["notes.items.create"] = handler

    large, small = (Adding(text) for text in (TEXT * 30, "a little"))
    with pytest.raises(LimitError, match="What extensions have stored takes"):
        for _ in range(20):
            asyncio.run(notes(store, by_extension=False, listener=large).create([{}]))
    assert store.count("notes") < 5
    assert asyncio.run(notes(store, by_extension=False, listener=small).create([{}]))


def test_a_reader_is_left_alone_and_what_it_keeps_counts_until_it_has_ended(store: Store) -> None:
    keys = create(store, 20)
    reader = store.database.cursor()
    reader.begin()
    seen = reader.execute("select max(text) from notes").fetchall()
    with pytest.raises(LimitError, match="What extensions have stored takes"):
        for index in range(20):
            update(store, keys, f"{TEXT}{index}")
    assert reader.execute("select max(text) from notes").fetchall() == seen
    reader.commit()
    update(store, keys, f"{TEXT} again")


def test_a_store_and_its_forks_have_one_limit(store: Store) -> None:
    fill(store)
    with store.fork() as fork:
        with pytest.raises(LimitError, match="What extensions have stored takes"):
            create(fork, 40)
        delete(store, [row[0] for row in rows(store, "select id from notes")])
        create(store, 20)
        assert len(create(fork, 20)) == 20


def test_a_fork_gives_back_what_is_in_its_own_tables_whatever_the_store_has_besides(store: Store) -> None:
    with store.fork() as fork:
        store.create_collection("later", {"text": "text"})
        asyncio.run(notes(store, "later").create([{"text": TEXT}]))
        delete(fork, fill(fork))
        assert len(create(fork, 40)) == 40


def test_a_file_is_not_counted(tmp_path: Path) -> None:
    with filled(Store(tmp_path / "store.duckdb")) as store:
        for _ in range(3):
            assert len(create(store, 60)) == 60


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were executed."""
    found: list[str] = []
    execute = Session.execute

    def told(session: Session, sql: str, *more: Any, **named: Any) -> object:
        found.append(sql)
        return execute(session, sql, *more, **named)

    monkeypatch.setattr(Session, "execute", told)
    return found


def test_what_anybody_writes_is_copied_a_little_at_a_time(
    store: Store, executed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scopebox.store.database.held.MOST_COPIED", 10 * len(TEXT) + 5_000)
    for _ in range(30):
        create(store, 1, by_extension=False)
    assert executed.count("CHECKPOINT") == 2
    executed.clear()
    store.sql("INSERT INTO others (id, text) SELECT range, 'x' FROM range(10)")
    assert executed.count("CHECKPOINT") == 1


def test_a_file_is_left_to_its_own_checkpoints(
    tmp_path: Path, executed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scopebox.store.database.held.MOST_COPIED", len(TEXT))
    with filled(Store(tmp_path / "store.db")) as store:
        for _ in range(5):
            create(store, 1, by_extension=False)
    assert "CHECKPOINT" not in executed


@pytest.mark.parametrize(("rows", "moved"), [(10, True), (1_000, False)])
def test_rows_are_moved_where_the_notebook_has_few_bytes(
    store: Store, executed: list[str], *, rows: int, moved: bool
) -> None:
    create(store, 10, by_extension=False)
    for start in range(0, rows, 250):
        create(store, min(rows, 250), by_extension=False)
        assert start <= rows
    keys = fill(store)
    delete(store, keys)
    with suppress(LimitError):
        fill(store)
    assert any(sql.startswith("UPDATE") and '"id" = "id"' in sql for sql in executed) is moved


def test_what_short_values_replaced_counts_as_long_as_it_is_there(store: Store) -> None:
    store.create_collection("wide", {f"f{number}": "string" for number in range(50)})
    keys = create(store, 500, collection="wide", by_extension=False)
    before = held(store)
    asyncio.run(notes(store, "wide").update_many(keys, {f"f{number}": "" for number in range(50)}))
    assert held(store) > before + MIB // 2
