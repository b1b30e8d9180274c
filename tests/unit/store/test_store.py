"""The store as a whole: what changes its schema is done or not done, also where somebody interrupts it."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from scopebox.store.database.session import Session
from scopebox.store.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as made:
        yield made


def snapshot(folder: Path) -> Path:
    """A snapshot of a hundred collections."""
    names = [f"c{number}" for number in range(100)]
    fields = [
        {"collection": name, "field": "id", "type": "integer", "schema": {"is_primary_key": True}} for name in names
    ]
    collections = [{"collection": name, "schema": {"name": name}} for name in names]
    path = folder / "snapshot.json"
    path.write_text(json.dumps({"collections": collections, "fields": fields, "relations": []}), "utf-8")
    return path


@pytest.mark.parametrize("moment", [1, 2, 50, 99, 100, 101, 102, 150, 199, 200, 201])
def test_a_snapshot_that_is_interrupted_leaves_all_or_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    path, main, execute = snapshot(tmp_path), threading.main_thread().ident, Session.execute
    assert main is not None
    statements = 0

    def counted(session: Session, sql: str, parameters: tuple[object, ...] = ()) -> object:
        nonlocal statements
        statements += 1
        if statements == moment:
            signal.pthread_kill(main, signal.SIGINT)
        return execute(session, sql, parameters)

    monkeypatch.setattr(Session, "execute", counted)
    with suppress(KeyboardInterrupt):
        store.load_snapshot(path)
    monkeypatch.undo()
    there = {name for (name,) in store.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert {name for name in store.schema.collections if name.startswith("c")} == {
        name for name in there if name.startswith("c")
    }
    if not store.schema.collections:
        store.load_snapshot(path)
    assert len([name for name in store.schema.collections if name.startswith("c")]) == 100
    keys = "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' AND table_name LIKE 'c%'"
    assert store.sql(keys).fetchall() == [(100,)]
