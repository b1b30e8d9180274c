"""A call of ``exec``, there and back.

Whether two processes that take turns share a core or not changes the time of a round trip several times over, and the
scheduler decides it anew in every run. So both placements are measured, and in each of them both sides are placed alike.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.guest import NAME, operation, plain_box
from benchmarks.measure import Pair, Row, Stage, Target, reported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MESSAGE: Final = b"." * 64  # as long as the frame of a short log message
ECHO: Final = """
import socket, sys
end = socket.socket(fileno=int(sys.argv[1]))
while message := end.recv(4096):
    end.sendall(message)
"""


@dataclass(frozen=True, slots=True)
class Echo:
    """One end of a socketpair, and the process that echoes at the other."""

    end: socket.socket
    pid: int

    def round_trips(self, repeat: int) -> float:
        """Seconds of one round trip."""
        begin = time.perf_counter()
        for _ in range(repeat):
            self.end.sendall(MESSAGE)
            self.end.recv(4096)
        return (time.perf_counter() - begin) / repeat


@contextmanager
def other_process() -> Iterator[Echo]:
    """A second Python that echoes."""
    near, far = socket.socketpair()
    command = [sys.executable, "-I", "-c", ECHO, str(far.fileno())]
    with near, subprocess.Popen(command, pass_fds=[far.fileno()]) as process:
        far.close()
        yield Echo(near, process.pid)
        near.close()
        process.wait()


@contextmanager
def placed(pid: int, *, together: bool) -> Iterator[None]:
    """Keep our threads on one core, and the process ``pid`` on the same or on another; where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    ours, theirs = min(cores), min(cores) if together else max(cores)
    threads = [thread.native_id for thread in threading.enumerate() if thread.native_id]
    for thread in threads:
        os.sched_setaffinity(thread, {ours})
    os.sched_setaffinity(pid, {theirs})
    try:
        yield
    finally:
        for task in (*threads, pid):
            with suppress(ProcessLookupError):  # it may have ended in the meantime
                os.sched_setaffinity(task, cores)


def logger(stage: Stage) -> tuple[Callable[[Mapping[str, object]], float], int]:
    """The extension that logs, and the process it is in."""
    box = stage.shared(plain_box)
    run = operation(box, "log", 'await exec("log", "Hello, world!")')
    isolate = box.extensions[NAME.format("log")].isolate
    assert isolate
    return run, isolate.pid


def echo(stage: Stage) -> Echo:
    """The echo that the rows share."""
    return stage.enter(other_process())


def log(together: bool, stage: Stage) -> Pair:  # noqa: FBT001 - bound by the rows
    """A warm ``log``, as the extension sees it, beside a bare ping-pong."""
    (run, pid), other, repeat = stage.shared(logger), stage.shared(echo), stage.size.repeat

    def ours() -> float:
        with placed(pid, together=together):
            return run({"repeat": repeat})

    def reference() -> float:
        with placed(other.pid, together=together):
            return other.round_trips(repeat)

    return Pair(reported(ours), reported(reference))


PING_PONG: Final = "ping-pong over a bare socketpair"
ROWS: Final = (
    Row("calls.log-apart", 'a warm `exec("log")`, on two cores', PING_PONG, partial(log, False), Target("ratio", 3)),
    Row("calls.log-together", 'a warm `exec("log")`, on one core', PING_PONG, partial(log, True), Target("ratio", 3)),
)
