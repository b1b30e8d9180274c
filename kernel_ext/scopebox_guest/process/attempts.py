"""What a portable guest tries, on whatever system, to learn what it can do. Run for the doctor, and to prove the profile of macOS."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox_guest.process.mechanisms import tried

if TYPE_CHECKING:
    from collections.abc import Callable

POSIX: Final = os.name == "posix"


def attempts(program: str, folder: str, host: int) -> dict[str, Callable[[], object]]:
    """Return everything that is tried, by what it is. Each raises if it is refused.

    ``program`` is the file of the interpreter, ``folder`` one that this user may write to, ``host`` the process that started this one.
    """
    tries: dict[str, Callable[[], object]] = {
        "open a file": lambda: os.close(os.open(program, os.O_RDONLY)),
        "list a directory": lambda: os.listdir(folder),  # noqa: PTH208 - nothing but the system call
        "create a file": lambda: _create(Path(folder) / f"scopebox-attempt-{os.getpid()}"),
        "open a TCP socket": _listen,
        "run a program": lambda: _run(program),
        "start a thread": _thread,
    }
    if POSIX:  # Windows has no signals, and would end the process
        tries["signal the host"] = lambda: os.kill(host, 0)
    return tries


def run(program: str, folder: str, host: int) -> dict[str, str]:
    """Try everything. Maps each attempt to an empty text if it was refused, else to what it came to."""
    return tried(attempts(program, folder, host))


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    path.unlink()


def _listen() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)


def _run(program: str) -> None:
    arguments = [program, "-I", "-S", "-c", ""]
    quoted = [f'"{each}"' if sys.platform == "win32" else each for each in arguments]
    if os.spawnv(os.P_WAIT, program, quoted):  # noqa: S606 - the interpreter itself
        raise PermissionError


def _thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
