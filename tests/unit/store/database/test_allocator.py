"""What was freed goes back to the system where much was written or read: by DuckDB, and by the C library."""

from __future__ import annotations

import _ctypes
import platform
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
if "once" in sys.argv:
    said = allocator.give_back_once()
print(said, resident() - before)
"""

KEPT: Final = """
import sys
from scopebox.store.database import allocator

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

first = b"x" * 8_000_000
del first  # glibc takes it for the size that blocks have from now on
said = allocator.keep_large_apart() if "give" in sys.argv else True
before = resident()
blocks = [b"x" * 4_000_000 for _ in range(4)]
behind = b"x" * 100_000
del blocks
print(said, resident() - before)
"""


def growth(program: str, *arguments: str) -> int:
    """Bytes that a process of its own has more after it has had much in its memory."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    said, grown = done.stdout.split()
    assert said == "True"
    return int(grown)


@pytest.mark.skipif(sys.platform != "linux", reason="DuckDB has this allocator on Linux")
def test_what_was_freed_is_not_kept() -> None:
    assert growth(GROWTH, "give") < 8_000_000 < growth(GROWTH)
    assert growth(GROWTH, "once") < 8_000_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have their own ways")
def test_a_block_behind_large_ones_does_not_keep_their_memory() -> None:
    assert growth(KEPT, "give") < 1_000_000
    assert growth(KEPT) > 15_000_000


def test_where_the_c_library_has_no_such_function_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not allocator.keep_large_apart.__wrapped__()


def test_of_another_system_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("ctypes.CDLL", None)
    assert not allocator.keep_large_apart.__wrapped__()


def test_without_the_allocator_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "_duckdb")
    assert not allocator.give_back()
    assert not allocator.give_back_once()


def test_a_library_that_has_no_such_function_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_duckdb", _ctypes)
    assert not allocator.give_back()
