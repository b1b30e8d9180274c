"""Disks that are full, files that are locked, transactions that are cut short: all of a call is there, or nothing."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from scopebox.errors import ScopeboxError
from scopebox.store.database.session import Session
from scopebox.store.store import Store

PARTS = 3
FIELDS: dict[str, object] = {"title": "string", "text": "text"}

WRITER = """
import asyncio, sys
from scopebox.store.store import Store
PARTS = int(sys.argv[2])
store = Store(sys.argv[1])
if "t" not in store.schema.collections:
    store.create_collection("t", {"title": "string", "text": "text"})
print("ready", flush=True)
async def write():
    items = store.items("t", accountability=None)
    for number in range(10**6):
        await items.create([{"title": f"{number}-{part}", "text": "x" * 2000} for part in range(PARTS)])
        print(number, flush=True)
asyncio.run(write())
"""


def _create(store: Store, rows: list[dict[str, object]]) -> list[object]:
    return asyncio.run(store.items("t", accountability=None).create(rows))


def _titles(store: Store) -> list[str]:
    return [title for (title,) in store.sql("select title from t order by id").fetchall()]


@pytest.mark.parametrize("parts", [1, PARTS])
@pytest.mark.parametrize("seed", range(4))
def test_a_killed_process_leaves_whole_calls_and_every_one_that_was_confirmed(
    tmp_path: Path, seed: int, parts: int
) -> None:
    file = tmp_path / "store.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(parts)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0.05, 0.4))
        process.send_signal(signal.SIGKILL)
        confirmed = [int(line) for line in process.stdout if line.endswith("\n")]
    with Store(file) as store:
        titles = _titles(store)
        numbers = [int(title.split("-")[0]) for title in titles]
        assert all(numbers.count(number) == parts for number in set(numbers))
        assert set(confirmed) <= set(numbers)
        assert len(_create(store, [{"title": "next"}])) == 1


def test_a_full_disk_fails_the_write_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    code = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
exec(compile({WRITER!r}, "writer", "exec"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(PARTS)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "Error" in done.stderr
    confirmed = [int(line) for line in done.stdout.splitlines()[1:]]
    with Store(file) as store:
        numbers = [int(title.split("-")[0]) for title in _titles(store)]
        assert all(numbers.count(number) == PARTS for number in set(numbers))
        assert set(confirmed) <= set(numbers)
        assert len(_create(store, [{"title": "next"}])) == 1


def test_a_file_that_another_process_holds_is_told(tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(PARTS)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises((ScopeboxError, duckdb.Error), match=r"(?i)lock|another process"):
            Store(file)
        process.kill()
    with Store(file) as store:
        assert "t" in store.schema.collections


class _Counted:
    """A cursor whose statements are counted; number ``step`` of them, COMMIT being one, is interrupted."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, step: int, count: list[int]) -> None:
        self._cursor = cursor
        self._step = step
        self._count = count

    def _next(self) -> None:
        self._count[0] += 1
        if self._count[0] == self._step:
            raise duckdb.InterruptException("interrupted")

    def execute(self, *statement: object) -> object:
        self._next()
        return self._cursor.execute(*statement)  # type: ignore[arg-type]

    def commit(self) -> object:
        self._next()
        return self._cursor.commit()

    def __getattr__(self, name: str) -> object:
        return getattr(self._cursor, name)


def _interrupted_at(step: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Interrupt a statement from now on; return where statements are counted."""
    count = [0]
    begin = Session.__init__

    def counted(self: Session, *arguments: object, **named: object) -> None:
        begin(self, *arguments, **named)  # type: ignore[arg-type]
        self._cursor = _Counted(self._cursor, step, count)  # type: ignore[assignment]

    monkeypatch.setattr(Session, "__init__", counted)
    return count


def _change(write: str, step: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Make a write that fails at its statement number ``step``; check what is left. Returns how many statements it had."""
    with Store() as store:
        store.create_collection("t", FIELDS)
        keys = _create(store, [{"title": "a"}, {"title": "b"}])
        items = store.items("t", accountability=None)

        async def work() -> None:
            if write == "create":
                await items.create([{"title": "c"}, {"title": "d"}])
            elif write == "one":
                await items.create([{"title": "c"}])
            elif write == "update":
                await items.update_many(keys, {"title": "z"})
            else:
                await items.delete_many(keys)

        failed = False
        with monkeypatch.context() as patch:
            count = _interrupted_at(step, patch)
            try:
                asyncio.run(work())
            except Exception:
                failed = True
        whole = {"create": ["a", "b", "c", "d"], "one": ["a", "b", "c"], "update": ["z", "z"], "delete": []}[write]
        assert failed is (step > 0)
        assert _titles(store) == (["a", "b"] if failed else whole)
        assert len(_create(store, [{"title": "next"}])) == 1
        return count[0]


@pytest.mark.parametrize(("write", "least"), [("create", 3), ("one", 1), ("update", 1), ("delete", 1)])
def test_a_transaction_may_be_cut_short_at_any_step(write: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = _change(write, 0, monkeypatch)
    assert statements >= least
    for step in range(1, statements + 1):
        _change(write, step, monkeypatch)


def test_descriptors_come_back_when_a_store_is_closed(tmp_path: Path) -> None:
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    Store(tmp_path / "first.duckdb").close()
    before = opened()
    for number in range(10):
        Store(tmp_path / f"{number}.duckdb").close()
    assert opened() <= before
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > before
