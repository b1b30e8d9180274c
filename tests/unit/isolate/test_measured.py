"""What every system shows of a process: its clock, whether it waits, its size; and that a process which is gone is an OSError."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from scopebox.isolate.measured import MeasuredFacts, MeasuredLimits

from tests.state import eventually

MIB = 2**20


@pytest.fixture
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-I", "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_clock_of_a_process_goes_on_while_it_works() -> None:
    facts = MeasuredFacts(os.getpid())
    before = facts.clock()
    assert eventually(lambda: facts.clock() > before, True)
    assert facts.size_bytes() > MIB


def test_one_that_waits_sleeps(waiting: subprocess.Popen[bytes]) -> None:
    assert eventually(MeasuredFacts(waiting.pid).sleeps, True)


def test_one_that_is_gone_is_an_error_of_the_system(waiting: subprocess.Popen[bytes]) -> None:
    facts = MeasuredFacts(waiting.pid)
    limits = MeasuredLimits(facts)
    limits.allow_memory(1)
    waiting.kill()
    waiting.wait()
    assert facts.sleeps()
    for look in (facts.clock, facts.size_bytes, limits.exceeded, lambda: MeasuredFacts(waiting.pid)):
        with pytest.raises(OSError):
            look()


def test_memory_is_limited_by_a_look_and_by_the_system_where_it_can(waiting: subprocess.Popen[bytes]) -> None:
    told: list[int] = []

    class System:
        def allow_memory(self, size: int) -> None:
            told.append(size)

    limits = MeasuredLimits(MeasuredFacts(waiting.pid), System())
    assert not limits.exceeded()  # before anything was allowed
    limits.allow_memory(1000 * MIB)
    assert not limits.exceeded()
    limits.allow_memory(1000)
    assert limits.exceeded()
    assert told == [1000 * MIB, 1000]
