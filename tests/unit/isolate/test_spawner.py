"""Portable isolates: interpreters of their own, which nothing but the language confines, made here by force."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from scopebox.errors import IsolateDied, IsolationError, LimitError
from scopebox.isolate import spawner
from scopebox.isolate.levels import caution
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.report import STOPS_PORTABLE
from scopebox.languages import language_of
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import Settings
from scopebox.vocabulary import LEVELS

from tests.isolates import RAW_ENGINE, SETTINGS, UNCONFINED, Guest, Peer, guest_of_pool, until
from tests.state import descendants, eventually

ENDLESS_CALL = "sum(iter(int, 1))"  # one call of C that never comes back to the interpreter
BUSY = ["while True: pass", ENDLESS_CALL]


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolatePool]:
    made = IsolatePool(UNCONFINED, engine=RAW_ENGINE, portable=True)
    yield made
    made.close()


guest = guest_of_pool


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


# what it can do


def test_a_cell_runs_and_calls(guest: Guest) -> None:
    assert guest.value("(await exec('echo', 1, 'ä'))[1] * 2") == "ää"
    assert guest.failure("1 / 0").kind == "ZeroDivisionError"
    assert guest.value("1 + 1") == 2


def test_the_language_is_that_of_every_isolate() -> None:
    settings = Settings(spares=1, isolation="language")
    pool = IsolatePool(settings, portable=True)
    with Sandbox(pool=pool, settings=settings) as box:
        result = box.load("import datetime, random\ndatetime.date(2026, 1, 2).isoformat()").result
        assert result.value == "2026-01-02"
        assert result.isolation == "language"
        assert caution("language") in result.warnings
        with pytest.raises(Exception, match="open"):
            box.load("open('/etc/passwd')")
    pool.close()


def test_it_knows_nothing_of_the_host(guest: Guest) -> None:
    assert guest.value("import os, sys\n[dict(os.environ), sys.path, sys.executable, sys.argv]") == [{}, [], "", [""]]
    assert guest.value("import os\n[number for number in range(64) if os.path.exists(f'/proc/self/fd/{number}')]") == [
        3,
        4,
    ]


# the level


def test_where_it_is_not_accepted_nothing_is_started_and_the_error_says_what_can_be_done() -> None:
    pool, before = IsolatePool(Settings(spares=1), portable=True), descendants()
    with Sandbox(pool=pool) as box:
        for language in ("python", "js"):
            with pytest.raises(IsolationError, match="nothing below 'seccomp' is accepted") as caught:
                box.load("1 + 1", language=language)
            for remedy in (
                "container",
                "WSL 2",
                "Binder",
                '%config ScopeboxMagics.isolation = "language"',
                LEVELS["language"],
            ):
                assert remedy in caught.value.hint
        with pytest.raises(IsolationError):
            _ = box.isolation
        pool.run(pool.refill())
        assert pool.known_isolation is None
        assert descendants() <= before
    pool.close()


def test_the_doctor_says_what_each_layer_is_worth_also_where_it_is_not_accepted() -> None:
    pool = IsolatePool(SETTINGS, portable=True)
    report = pool.examine()
    assert report.level == "language"
    assert {each.name: each.active for each in report.mechanisms} == {
        "language": True, "watch": True, "limits": True, "host_end": True, "profile": False, "job": False,
    }  # fmt: skip
    assert set(STOPS_PORTABLE) == {each.name for each in report.mechanisms}
    assert {"open a file", "open a TCP socket", "signal the host"} <= set(report.possible)
    assert "only macOS has profiles" in str(report)
    assert "Not refused: open a file" in str(report)
    assert report.engines == {"javascript": ""}
    assert "JavaScript and TypeScript work here: a guest of that engine tried the same, and could do no more." in str(
        report
    )
    pool.close()


def test_javascript_runs_in_one_on_linux() -> None:
    pool = IsolatePool(UNCONFINED, portable=True)
    assert Guest(pool, language="js").value("[1, 2].map((each) => each * 2)") == [2, 4]
    pool.close()


def test_elsewhere_there_is_no_javascript_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = IsolatePool(UNCONFINED, portable=True)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(IsolationError) as caught:
        pool.run(pool.acquire(Peer(), memory=64, language=language_of("js")))
    assert caught.value.message == "No JavaScript on this system yet"
    assert "Python cells run here all the same." in caught.value.hint
    pool.close()


# limits, from outside


@pytest.mark.parametrize("source", BUSY)
def test_processor_time_is_limited_whatever_the_code_does(guest: Guest, source: str) -> None:
    error = guest.error(source, busy=0.1)
    assert isinstance(error, LimitError)
    assert (error.kind, error.message) == ("busy", "Script execution timed out.")
    guest.pool.run(until(lambda: guest.peer.exits))
    assert gone(guest.isolate.pid)


def test_a_cell_that_waits_too_long_is_ended(guest: Guest) -> None:
    error = guest.error("await exec('never')", wall=0.2)
    assert isinstance(error, LimitError)
    assert error.kind == "wall"


def test_a_flood_of_memory_ends_it(guest: Guest) -> None:
    error = guest.error("held = []\nwhile True: held.append(bytearray(2 ** 20))")
    assert isinstance(error, LimitError)
    assert error.kind == "memory"
    assert "--memory" in error.hint


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import os\nos._exit(5)", "exit status 5"),
        ("import os\nos.abort()", "SIGABRT"),
        ("import os\nos.close(3)\nawait exec('echo')", ""),
    ],
)
def test_an_isolate_that_ends_by_itself_says_how(guest: Guest, source: str, told: str) -> None:
    error = guest.error(source)
    assert isinstance(error, IsolateDied)
    assert told in str(error)


def test_it_can_start_no_process_that_is_not_an_administrators(guest: Guest) -> None:
    limits = "import resource\n[resource.getrlimit(each)[0] for each in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]"
    assert guest.value(limits) == [0, 0, 0]


# beginning and end


def test_a_spare_is_ready_for_the_next_and_a_closed_pool_leaves_nothing() -> None:
    before = descendants()
    settings = Settings(spares=1, isolation="language")
    pool = IsolatePool(settings, portable=True)
    with Sandbox(pool=pool, settings=settings) as box:
        box.load("1 + 1", name="one")
        pool.run(pool.settle())
        (spare,) = pool._parts.of("python").spares
        box.load("1 + 1", name="two")
        assert spare.peer is not None
    pool.close()
    assert eventually(lambda: descendants() - before, set[int]()) == set()


def test_an_engine_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    engine = tmp_path / "engine.py"
    engine.write_text("def make_engine():\n    raise ValueError('the clock is broken')\n")
    pool = IsolatePool(UNCONFINED, engine=str(engine), portable=True)
    with pytest.raises(IsolationError, match="ValueError: the clock is broken"):
        Guest(pool)
    pool.close()


def test_an_interpreter_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = IsolatePool(UNCONFINED, portable=True)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(IsolationError, match=r"No isolate can be started: .*/nowhere/python"):
        Guest(pool)
    assert not pool.isolates
    pool.close()


HOST = """
import sys, time, threading
sys.path[:0] = {path!r}
from scopebox.isolate.pool import IsolatePool
from tests.isolates import RAW_ENGINE, UNCONFINED, Guest
pool = IsolatePool(UNCONFINED, engine=RAW_ENGINE, portable=True)
guest = Guest(pool)
threading.Thread(target=lambda: guest.load({source!r}, busy=600, wall=600), daemon=True).start()
while not guest.isolate.invocations:
    time.sleep(0.01)
print(guest.isolate.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("source", ["await exec('never')", *BUSY], ids=["waiting", "looping", "in one call"])
def test_a_killed_host_takes_its_guest_with_it(source: str) -> None:
    script = HOST.format(path=[path for path in sys.path if path], source=source)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert not gone(pid)
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: gone(pid), True)


def test_an_interpreter_that_cannot_be_told_what_it_is_to_be_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: subprocess.Popen[bytes], _: object) -> None:
        assert process.stdin is not None
        process.stdin.close()
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(spawner, "_tell", refuse)
    pool, before = IsolatePool(UNCONFINED, portable=True), descendants()
    _ = pool.loop
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(IsolationError, match=r"No isolate can be started: .*Broken pipe"):
        Guest(pool)
    assert eventually(lambda: descendants() - before, set[int]()) == set()
    assert eventually(lambda: len(list(Path("/proc/self/fd").iterdir())) <= descriptors, True)
    pool.close()
