"""The end of a portable guest together with its host, also while it is inside one call of C that never comes back to the interpreter.

The guest holds the end of a pipe that nobody ever reads from, and a thread of it waits to write more than goes in. When the host is gone, in whatever way,
nobody can read any more, and the system ends whoever writes then, by a signal (``SIGPIPE``): no interpreter has to run for that.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import time
from typing import Final

CHUNK: Final = bytes(2**20)  # more than goes into a pipe
PAUSE_SECONDS: Final = 0.0005
PAUSES: Final = 2000


def end_with(lifeline: int) -> None:
    """Have this process end when the other end of ``lifeline`` is closed, whatever it does from the return on. RuntimeError if no thread can be started."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it
    os.set_blocking(lifeline, True)
    _thread.start_new_thread(_write, (lifeline,))
    for _ in range(PAUSES):
        if not select.select((), (lifeline,), (), 0)[1]:  # it is full, so the thread is writing
            return
        time.sleep(PAUSE_SECONDS)


def _write(lifeline: int) -> None:
    try:
        while True:
            os.write(lifeline, CHUNK)
    finally:  # where a system sends no signal, it says at least that nobody reads
        os._exit(0)
