"""The end of a portable guest together with its host, also while it is inside one call of C that never comes back to the interpreter.

The guest holds one end of a socket on which nothing is ever sent. When the host is gone, in whatever way, the kernel tells whoever owns that end, by a
signal, and what handles it is a function of C that ends the process: no interpreter has to run for that. Where a system turns out not to
send it, the guest has so much processor time, and a thread that gives it more while the host is there.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import socket
import threading
import time
from typing import Final

PROOF_SECONDS: Final = 0.5  # that the signal may take
LOOK_SECONDS: Final = 0.25
ALLOWED_SECONDS: Final = 2  # of processor time, between two looks at the host


def end_with(lifeline: socket.socket, *, by_signal: bool = True) -> None:
    """Have this process end when the other end of ``lifeline`` is closed. OSError if the system has no means for that."""
    lifeline.setblocking(False)
    by_signal = by_signal and signals_arrive()
    if by_signal:
        libc = ctypes.CDLL(None)
        libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
        libc.signal(signal.SIGIO, ctypes.cast(libc._exit, ctypes.c_void_p))
        _ask_for_signals(lifeline)
    else:
        _allow_time()
        threading.Thread(target=_look, args=(lifeline, os.getppid()), daemon=True).start()
    if _is_closed(lifeline):  # since before it was asked for
        os._exit(0)
    if by_signal:
        lifeline.detach()  # it stays open, whoever forgets the object


def signals_arrive() -> bool:
    """Try whether this system sends the signal."""
    seen: list[int] = []
    ours, theirs = socket.socketpair()
    before = signal.signal(signal.SIGIO, lambda number, _: seen.append(number))
    with ours, theirs:
        try:
            _ask_for_signals(ours)
        except OSError:
            return False
        finally:
            theirs.close()
        end = time.monotonic() + PROOF_SECONDS
        while not seen and time.monotonic() < end:
            time.sleep(0.001)
    signal.signal(signal.SIGIO, before)
    return bool(seen)


def _ask_for_signals(end: socket.socket) -> None:
    fcntl.fcntl(end, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)


def _is_closed(lifeline: socket.socket) -> bool:
    try:
        return not lifeline.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _allow_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + ALLOWED_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _look(lifeline: socket.socket, host: int) -> None:
    while not _is_closed(lifeline) and os.getppid() == host:
        _allow_time()
        time.sleep(LOOK_SECONDS)
    os._exit(0)
