"""Memory that one large call has given up is there for the next one."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from scopebox.isolate.pool import IsolatePool

from tests.isolates import Guest

COUNT = "(() => { const rows = []; for (let i = 0; i < 4000; i++) rows.push({ title: 'Thing ' + i, views: i }); return rows.length; })()"
MANY_PAGES = 100  # of 4 KiB; the objects alone take more


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this library of C has no such setting")
def test_freed_memory_is_kept_for_the_next_call(pool: IsolatePool) -> None:
    guest = Guest(pool, language="js")

    def new_pages() -> int:
        before = _faults(guest.isolate.pid)
        assert guest.value(COUNT) == 4000
        return _faults(guest.isolate.pid) - before

    assert new_pages() > MANY_PAGES
    assert min(new_pages() for _ in range(5)) < MANY_PAGES


def _faults(pid: int) -> int:
    """Return how many pages a process was given so far."""
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[7])
