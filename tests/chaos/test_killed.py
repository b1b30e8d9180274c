"""Processes that are killed, sockets that are cut: whoever waits is told, nothing is left, the next cell works."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from scopebox.errors import ExtensionError, IsolateDied, ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.zygote import Zygote
from scopebox.languages import LANGUAGES, LanguageName
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import Settings
from scopebox.store.store import Store

from tests.chaos.victim import BUSY, FORGET, MANIFEST, NAME
from tests.isolates import RAW_ENGINE
from tests.state import eventually, settled, state, works

ROUNDS: dict[LanguageName, int] = {"python": 40, "js": 20}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox with a pool of its own, whose zygote may be killed."""
    with Store.sample("blog") as store, Sandbox(store, settings=Settings(spares=1, wall=20.0)) as made:
        for language, source in BUSY.items():  # every thread that there will be has started
            made.load(source.replace("200", "10"), name=NAME, manifest=MANIFEST, language=language)
            made.unload(NAME)
            made.store.sql(FORGET)
            assert works(made, language)
        yield made


def _pids(box: Sandbox) -> list[int]:
    return [isolate.pid for isolate in box.pool.isolates if isolate.peer is not None]


def _zygote(box: Sandbox, language: LanguageName) -> int:
    zygote = box.pool._parts.of(LANGUAGES[language].engine).started
    assert isinstance(zygote, Zygote)
    return zygote._process.pid


def _kill_soon(box: Sandbox, seconds: float, pids: list[int] | None = None) -> threading.Thread:
    def work() -> None:
        if pids is None:
            eventually(lambda: bool(_pids(box)), wanted=True)
        time.sleep(seconds)
        for pid in _pids(box) if pids is None else pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _written_in_pairs(box: Sandbox) -> bool:
    """Whether every call that wrote two items wrote both."""
    rows = box.store.sql("select title from articles where title similar to '[ab][0-9]+'").fetchall()
    titles = sorted(title for (title,) in rows)
    return [title[1:] for title in titles if title[0] == "a"] == [title[1:] for title in titles if title[0] == "b"]


@pytest.mark.parametrize(("language", "rounds"), ROUNDS.items())
def test_a_guest_may_be_killed_at_any_moment(box: Sandbox, language: LanguageName, rounds: int) -> None:
    before = state(box.pool)
    moments = random.Random(1)
    killed = 0
    for _ in range(rounds):
        killer = _kill_soon(box, moments.uniform(0, 0.06))
        try:
            box.load(BUSY[language], name=NAME, manifest=MANIFEST, language=language)
        except ExtensionError as error:
            killed += "memory" in str(error) or "disposed" in str(error)
        killer.join()
        if NAME in box.extensions:
            box.unload(NAME)
        assert box.hooks == ()
        assert _written_in_pairs(box)
        box.store.sql(FORGET)
    assert killed > rounds // 2
    assert works(box, language)
    assert settled(box.pool, before) == before


@pytest.mark.parametrize("language", BUSY)
def test_the_zygote_may_be_killed_at_any_moment(box: Sandbox, language: LanguageName) -> None:
    before = state(box.pool)
    moments = random.Random(2)
    source = BUSY[language].replace("200", "50")  # without its zygote it goes on to its end
    for _ in range(6):
        assert works(box, language)
        killer = _kill_soon(box, moments.uniform(0, 0.05), [_zygote(box, language)])
        with suppress(ScopeboxError):
            box.load(source, name=NAME, manifest=MANIFEST, language=language)
        killer.join()
        assert _written_in_pairs(box)
        box.store.sql(FORGET)
        if NAME in box.extensions:
            box.unload(NAME)
        assert works(box, language)
    assert settled(box.pool, before) == before


def test_a_handler_whose_guest_is_killed_answers_and_its_hooks_are_gone(box: Sandbox) -> None:
    cell = """
async def slow(request):
    await exec("sleep", 5000)
async def h(payload, *rest):
    await exec("sleep", 5000)
await exec("register-endpoint", {"path": "/", "method": "GET", "handler": slow})
await exec("register-filter", {"event": "items.create", "handler": h})
"""
    box.load(cell, name=NAME)
    killer = _kill_soon(box, 0.1)
    assert box.request("GET", f"/{NAME}/").status_code == 500
    killer.join()
    assert box.hooks == ()
    assert box.items("articles").create([{"title": "written all the same"}])
    assert box.request("GET", f"/{NAME}/").status_code == 500
    assert box.extensions[NAME].describe_end()


def test_a_write_whose_filter_dies_leaves_nothing(box: Sandbox) -> None:
    box.load(
        "async def h(p, *r):\n    await exec('sleep', 5000)\nawait exec('register-filter', {'event': 'items.create', 'handler': h})",
        name=NAME,
    )
    killer = _kill_soon(box, 0.1)
    with pytest.raises(ScopeboxError):
        box.items("articles").create([{"title": "a1"}, {"title": "b1"}])
    killer.join()
    assert box.store.sql("select count(*) from articles where title in ('a1', 'b1')").fetchall() == [(0,)]


@pytest.mark.parametrize("cut", [0, 1, 4, 5, 6, 40, 70])
def test_a_socket_may_be_cut_in_the_middle_of_a_frame(cut: int) -> None:
    frame = '{"frame":"call","id":1,"inv":1,"type":"log","args":["half a message"],"line":0}'
    source = f"""
import os, socket, struct
body = {frame!r}.encode()
data = struct.pack("<IB", len(body), 0) + body
os.write(3, data[:{cut}])
os._exit(0)
"""
    pool = IsolatePool(Settings(spares=0), engine=RAW_ENGINE)
    try:
        with Sandbox(pool=pool) as box:
            box.load("1", name=NAME)
            before = state(pool)
            with pytest.raises(IsolateDied):
                box.load(source, name=NAME)
            assert len(box.log) == 0
            assert box.load("6 * 7", name=NAME).result.value == 42
            assert settled(pool, before) == before
    finally:
        pool.close()
