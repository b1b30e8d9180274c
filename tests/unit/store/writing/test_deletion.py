"""What goes with a deleted item: however many rows refer to it, their keys stay in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Row, Session
from scopebox.store.store import Store
from scopebox.store.writing import deletion, planner
from scopebox.store.writing.changes import Delete
from scopebox.store.writing.execution import carry_out

from tests.stores import Listener, content, items, rows

ROOT, BRANCHES, LEAVES = 1, 40, 3  # of each branch
MOST = 2**20  # bytes of an answer: whoever has them asks from outside


@pytest.fixture
def store() -> Iterator[Store]:
    """Give a fork of a store of roots, branches that refer to them, and leaves of these."""
    with Store() as made:
        made.create_collection("roots", {"name": "string"})
        made.create_collection("branches", {
            "id": {"type": "string", "primary_key": True},
            "root": {"references": "roots", "on_delete": "CASCADE"},
            "twin": {"references": "branches", "on_delete": "NO ACTION"},
        })  # fmt: skip
        made.create_collection("leaves", {
            "branch": {"references": "branches", "on_delete": "CASCADE"},
            "also": {"references": "branches", "on_delete": "CASCADE"},
            "seen": {"references": "branches", "on_delete": "SET NULL"},
        })  # fmt: skip
        made.create_collection("notes", {"leaf": {"references": "leaves", "on_delete": "NO ACTION"}})
        asyncio.run(items(made, "roots").create([{"name": "one"}, {"name": "two"}]))
        branches = [{"id": f"b{at:02}", "root": ROOT} for at in range(BRANCHES)]
        asyncio.run(items(made, "branches").create([*branches, {"id": "other", "root": 2}]))
        for at in range(BRANCHES):  # twins of each other, all of which go together
            asyncio.run(items(made, "branches").update_many([f"b{at:02}"], {"twin": f"b{(at + 1) % BRANCHES:02}"}))
        leaves = [
            {"branch": f"b{at % BRANCHES:02}", "also": f"b{at % 7:02}", "seen": "b03"}
            for at in range(BRANCHES * LEAVES)
        ]
        asyncio.run(items(made, "leaves").create([*leaves, {"branch": "other", "seen": "b03"}]))
        with made.fork() as copy:
            yield copy


@pytest.fixture(params=[7, 20_000], ids=["in portions", "at once"])
def portion(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "MAX_DELETED", request.param)


@pytest.mark.usefixtures("portion")
def test_what_goes_along_is_found_without_bringing_its_keys_to_python(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched, whole = [], Session.rows

    def noting(self: Session, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        found = whole(self, sql, parameters)
        fetched.append(len(found) + len(str(parameters)) // 100)
        return found

    monkeypatch.setattr(Session, "rows", noting)
    asyncio.run(items(store, "roots").delete_many([ROOT]))
    assert max(fetched) == 1
    assert rows(store, "select id from branches") == [("other",)]
    assert rows(store, "select branch, also, seen from leaves") == [("other", None, None)]
    assert rows(store, "select count(*) from duckdb_tables() where temporary") == [(0,)]
    asyncio.run(items(store, "roots").delete_many([2]))
    assert content(store, "roots", "branches", "leaves") == {"roots": [], "branches": [], "leaves": []}


@pytest.mark.usefixtures("portion")
def test_a_row_further_on_that_may_not_lose_its_referrers_keeps_all(store: Store) -> None:
    asyncio.run(items(store, "notes").create([{"leaf": BRANCHES}]))
    before = content(store)
    for _ in range(2):  # what was left of the first would be in the way of the second
        with pytest.raises(DirectusError, match="notes_leaf_foreign"):
            asyncio.run(items(store, "roots").delete_many([ROOT]))
    assert content(store) == before


def test_more_than_may_go_along_is_refused_from_outside_and_to_filters(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    along, before = BRANCHES + BRANCHES * LEAVES, content(store)
    listener = Listener()

    async def another(keys: list[object], meta: dict[str, object]) -> list[object]:
        del keys, meta
        return [ROOT]

    listener.filters["roots.items.delete"] = another
    outside = store.items("roots", accountability=store.access.for_role("admin"), most=MOST)
    monkeypatch.setattr(planner, "MAX_DELETED_ALONG", BRANCHES + 1)
    for asked, key in ((outside, ROOT), (items(store, "roots", listener), 2)):
        with pytest.raises(DirectusError) as caught:
            asyncio.run(asked.delete_many([key]))
        assert caught.value.status == 400
        assert caught.value.extensions["reason"] == (
            'More than 41 items would be deleted with those of "roots", of "leaves" for example; '
            "delete these first, in several calls"
        )
    assert content(store) == before
    monkeypatch.setattr(planner, "MAX_DELETED_ALONG", 2 * along)
    asyncio.run(outside.delete_many([ROOT]))
    assert rows(store, "select count(*) from leaves") == [(1,)]


def test_what_goes_along_with_all_deletes_of_a_call_is_counted(store: Store) -> None:
    roots, most = store.schema.collections["roots"], BRANCHES + 2 * BRANCHES * LEAVES
    first, second = Delete(roots, [ROOT], most), Delete(roots, [2], most)
    with pytest.raises(DirectusError, match="would be deleted with those"):
        store.database.write_now(lambda session: [*carry_out(session, store.schema, [second, first])])
    store.database.write_now(lambda session: [*carry_out(session, store.schema, [first])])
    assert rows(store, "select count(*) from leaves") == [(1,)]
