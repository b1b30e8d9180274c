"""Large items of one call are written by several statements, which nobody can tell from one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import duckdb
import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.store import Store
from scopebox.store.writing import execution
from scopebox.store.writing.execution import MAX_LISTED_BYTES

from tests.stores import content, items, recorded_copy, rows

store = recorded_copy
LARGE = "x" * (MAX_LISTED_BYTES // 3)
TEXTS: dict[str, list[str]] = {
    "all are large": [f"{number}{LARGE}" for number in range(7)],
    "one is": ["a", "b", LARGE * 4, "c"],
    "none is": ["a", "b"],
}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect how many characters the values of each insert have."""
    found: list[int] = []
    execute = Session.execute

    def noting(self: Session, sql: str, parameters: Sequence[object] = (), **more: int) -> duckdb.DuckDBPyConnection:
        if "unnest" in sql and sql.startswith("INSERT"):
            found.append(sum(len(str(value)) for value in parameters))
        return execute(self, sql, parameters, **more)

    monkeypatch.setattr(Session, "execute", noting)
    return found


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_items_are_written_in_order_and_no_list_of_values_is_large(
    store: Store, texts: list[str], listed: list[int]
) -> None:
    keys = asyncio.run(items(store, "comments").create([{"text": text, "article": 1} for text in texts]))
    written = rows(store, "SELECT id, text FROM comments ORDER BY id")[-len(texts) :]
    assert written == list(zip(keys, texts, strict=True))
    assert all(size <= MAX_LISTED_BYTES for size in listed)


def test_a_key_that_stands_twice_fails_all_of_them(store: Store) -> None:
    before = content(store)
    data = [{"id": key, "text": LARGE * 2, "article": 1} for key in (7_001, 7_002, 7_001)]
    with pytest.raises(DirectusError, match="unique"):
        asyncio.run(items(store, "comments").create(data))
    assert content(store) == before


@pytest.mark.parametrize(("columns", "given"), [(12, 0), (200, 1)])
def test_what_many_short_values_took_while_they_were_written_is_given_back(
    columns: int, given: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    monkeypatch.setattr(execution, "give_back", lambda: called.append(1))
    with Store() as store:
        store.create_collection("wide", {f"f{number}": "string" for number in range(columns)})
        keys = asyncio.run(items(store, "wide").create([{} for _ in range(500)]))
        assert len(called) == given
        asyncio.run(items(store, "wide").update_many(keys, {f"f{number}": "" for number in range(columns)}))
    assert len(called) == 2 * given
