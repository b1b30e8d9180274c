"""A JavaScript guest tries what it must not do, and a Python guest holds nothing of the engine beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scopebox_guest
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.probing import probe
from scopebox.isolate.report import IsolationReport
from scopebox.languages import LANGUAGES

from tests.isolates import SETTINGS, UNCONFINED, Guest

GLUE = (Path(scopebox_guest.__file__).parent / "javascript" / "glue.js").read_bytes()
KEPT_TEXT = b"[object FinalizationRegistry]"  # of the glue, in its bytecode as well
TRACES = (b"JS_NewRuntime", b"JS_EvalThis", b"ts_parser_new", KEPT_TEXT, max(GLUE.splitlines(), key=len).strip())
assert KEPT_TEXT in GLUE


def battery(pool: IsolatePool, language: str = "js") -> IsolationReport:
    """Return what a guest of that language finds possible when it tries everything out."""

    async def work() -> IsolationReport:
        return await probe(await pool._zygote(LANGUAGES[language].engine))  # type: ignore[index] # the names of languages

    return pool.run(work())


def test_everything_that_a_javascript_guest_tries_is_refused_at_the_full_level() -> None:
    pool = IsolatePool(SETTINGS)
    try:
        report, in_python = battery(pool), battery(pool, "python")
        assert report.possible == ()
        assert report.level == "seccomp+landlock"
        assert all(each.active for each in report.mechanisms)
        assert report.attempts.keys() == in_python.attempts.keys()
        assert len(report.attempts) > 20
        assert pool.examine().engines == {"javascript": ""}
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("without", "possible"), [("landlock", ()), ("seccomp", ("open a UDP socket",))], ids=["landlock", "seccomp"]
)
def test_a_mechanism_that_is_missing_in_a_javascript_guest_is_told(without: str, possible: tuple[str, ...]) -> None:
    pool = IsolatePool(UNCONFINED, without=[without])
    try:
        report, in_python = battery(pool), battery(pool, "python")
        assert set(possible) <= set(report.possible)
        assert report.possible == in_python.possible
        assert {each.name for each in report.mechanisms if not each.active} == {without}
        assert pool.examine().engines == {"javascript": ""}  # nothing that the report of Python guests does not say
    finally:
        pool.close()


@pytest.fixture(scope="module")
def readable() -> Iterator[IsolatePool]:
    """A pool whose guests this user may look into, and in which JavaScript has run."""
    made = IsolatePool(SETTINGS, without=["dumpable"])
    guest = Guest(made, language="ts")
    assert guest.load("1 as number").failure is None
    guest.end()
    yield made
    made.close()


def memory(pid: int) -> Iterator[bytes]:
    """Yield what stands in each part of a process's memory that can be read."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            bounds, access, *_, name = line.split(maxsplit=5) + [""] * (6 - len(line.split(maxsplit=5)))
            if "r" in access and name not in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                start, _, end = bounds.partition("-")
                file.seek(int(start, 16))
                yield file.read(int(end, 16) - int(start, 16))


def found(pid: int) -> set[bytes]:
    return {trace for part in memory(pid) for trace in TRACES if trace in part}


def test_nothing_of_the_engine_stands_in_the_memory_of_a_python_guest(readable: IsolatePool) -> None:
    guest, other = Guest(readable), Guest(readable, language="js")
    try:
        assert guest.value("1 + 1") == 2
        assert found(guest.isolate.pid) == set()
        assert len(found(other.isolate.pid)) >= 3  # where it is there, it is found
    finally:
        guest.end()
        other.end()
