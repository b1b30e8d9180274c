"""A call of ``exec``, there and back."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from benchmarks.guest import operation, plain_box
from benchmarks.measure import Pair, Row, Stage, Target, reported

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE: Final = b"." * 64  # as long as the frame of a short log message
ECHO: Final = """
import socket, sys
end = socket.socket(fileno=int(sys.argv[1]))
while message := end.recv(4096):
    end.sendall(message)
"""


@contextmanager
def other_process() -> Iterator[socket.socket]:
    """One end of a socketpair whose other end is echoed by a second Python."""
    near, far = socket.socketpair()
    command = [sys.executable, "-I", "-c", ECHO, str(far.fileno())]
    with near, subprocess.Popen(command, pass_fds=[far.fileno()]) as process:
        far.close()
        yield near
        near.close()
        process.wait()


def log(stage: Stage) -> Pair:
    """A warm ``log``, as the extension sees it, beside a bare ping-pong."""
    repeat = stage.size.repeat
    run = operation(stage.shared(plain_box), "log", 'await exec("log", "Hello, world!")')
    end = stage.enter(other_process())

    def ping_pong() -> float:
        begin = time.perf_counter()
        for _ in range(repeat):
            end.sendall(MESSAGE)
            end.recv(4096)
        return (time.perf_counter() - begin) / repeat

    return Pair(reported(lambda: run({"repeat": repeat})), reported(ping_pong))


ROWS: Final = (Row("calls.log", 'a warm `exec("log")`', "ping-pong over a bare socketpair", log, Target("ratio", 3)),)
