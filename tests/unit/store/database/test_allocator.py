"""DuckDB gives back what it has freed where much was written or read."""

from __future__ import annotations

import _ctypes
import subprocess
import sys
from typing import Final

import pytest
from scopebox.store.database import allocator

GROWTH: Final = """
import sys
import duckdb
from scopebox.store.database import allocator

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

connection = duckdb.connect()
connection.execute("create table items as select range as id, repeat('a', 800) || range as body from range(10000)")
said = allocator.give_back() if "give" in sys.argv else True
before = resident()
for _ in range(3):
    cursor = connection.cursor().execute("select to_json({'id': id, 'body': body}) from items")
    while cursor.fetchmany(1000):
        pass
print(said, resident() - before)
"""


def growth(*arguments: str) -> int:
    """Bytes that a process of its own has more after it has read eight megabytes three times."""
    done = subprocess.run([sys.executable, "-c", GROWTH, *arguments], capture_output=True, text=True, check=True)
    said, grown = done.stdout.split()
    assert said == "True"
    return int(grown)


@pytest.mark.skipif(sys.platform != "linux", reason="DuckDB has this allocator on Linux")
def test_what_was_freed_is_not_kept() -> None:
    assert growth("give") < 8_000_000 < growth()


def test_without_the_allocator_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "_duckdb")
    assert not allocator.give_back()


def test_a_library_that_has_no_such_function_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_duckdb", _ctypes)
    assert not allocator.give_back()
