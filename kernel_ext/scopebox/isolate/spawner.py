"""Portable isolates: an interpreter of its own for each guest, started where no zygote can be had. Nothing but the language confines them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from base64 import b64encode
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import IsolationError
from scopebox.isolate.engines import NO_ISOLATE
from scopebox.isolate.guest_modules import guest_directory, module_paths
from scopebox.isolate.measured import MeasuredFacts, MeasuredLimits
from scopebox.isolate.process import StarterEndedError
from scopebox.isolate.windows_job import Job
from scopebox.vocabulary import CALL_TYPES

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable, Mapping

MAX_REASON: Final = 8_000  # bytes that a guest may say of why it cannot get ready
WINDOWS: Final = "win32"
ENVIRONMENT: Final = ("SYSTEMROOT",)  # what Python needs of it to start on Windows


class SpawnedGuest:
    """One guest in an interpreter of its own. Killing it is safe from any thread and at any time, also when it has ended already.

    ``lifeline`` is the end of a pipe whose other end the guest has: it ends when this one is closed, as it is when the host ends in whatever way.
    ``job`` is the same on Windows.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        engine: str,
        loop: asyncio.AbstractEventLoop,
        lifeline: FileIO | None,
        job: Job | None,
    ) -> None:
        """OSError if it is gone, RuntimeError if no thread can wait for it."""
        self.pid = process.pid
        self.engine = engine
        self.reason = ""
        self.facts = MeasuredFacts(process.pid)
        self.limits = MeasuredLimits(self.facts, job)
        self._process = process
        self._loop = loop
        self._lifeline = lifeline
        self._job = job
        self._ended = False
        self._status: int | None = None
        self._on_exit: Callable[[int | None], None] | None = None
        threading.Thread(target=self._wait, name="scopebox-guest", daemon=True).start()

    def kill(self) -> None:
        """Kill the process, if it has not ended."""
        with suppress(OSError):  # it ends by itself at this moment
            self._process.kill()

    def listen(self, on_exit: Callable[[int | None], None]) -> None:
        """Have ``on_exit`` called on the loop, once, with the exit status."""
        self._on_exit = on_exit
        if self._ended:
            on_exit(self._status)

    def inspect(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the guest says of its mechanisms: it has shown what it could, and nobody else can tell."""
        return {**said, **_of_host()}

    def _wait(self) -> None:
        """Wait for the end, on a thread of its own: what it says before it is ready, then its status."""
        assert self._process.stdout is not None
        with self._process.stdout as said:
            reason = said.read(MAX_REASON).decode("utf-8", "replace").strip()
        status = self._process.wait()
        if self._lifeline is not None:
            self._lifeline.close()
        if self._job is not None:
            self._job.close()
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            self._loop.call_soon_threadsafe(self._end, status, reason)

    def _end(self, status: int, reason: str) -> None:
        self.reason = reason
        self._status = status
        self._ended = True
        if self._on_exit is not None:
            self._on_exit(status)


class Spawner:
    """Starts guests that are interpreters of their own; a zygote for systems that have none. On the loop thread.

    ``engine`` and ``without`` are those of the zygote.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, engine: str, without: frozenset[str]) -> None:
        self.alive = True
        self.mechanisms = _of_host()
        self._loop = loop
        self._engine = engine
        self._guests: set[SpawnedGuest] = set()
        self._options = {
            "paths": module_paths(engine),
            "engine": engine,
            "types": json.loads(wire.encode(CALL_TYPES)),
            "without": sorted(without),
            "folder": tempfile.gettempdir(),  # where a guest that tries out its confinement tries to write
        }

    async def started(self) -> None:
        """Do nothing: each guest starts by itself."""

    async def fork(self, channel: socket.socket, *, probe: bool = False) -> SpawnedGuest:
        """Return a new guest whose end of the channel is ``channel``; with ``probe`` it tries out its confinement and ends."""
        if not self.alive:
            raise StarterEndedError("No more guests are started")
        try:
            guest = self._spawned(channel, probe)
        except (OSError, RuntimeError) as error:
            raise IsolationError(f"{NO_ISOLATE}{error}") from error
        self._guests = {each for each in self._guests if not each._ended} | {guest}  # noqa: SLF001 - of this module
        return guest

    def _spawned(self, channel: socket.socket, probe: bool) -> SpawnedGuest:  # noqa: FBT001 - as above
        windows = sys.platform == WINDOWS
        ours, theirs = (None, None) if windows else _pipe()
        try:
            process = _interpreter([] if theirs is None else [channel.fileno(), theirs])
            job = None
            try:
                job = Job(process) if windows else None
                places = (
                    {"channel": channel.fileno(), "lifeline": theirs}
                    if theirs is not None
                    else {"share": b64encode(channel.share(process.pid)).decode()}  # type: ignore[attr-defined]
                )
                guest = SpawnedGuest(process, self._engine, self._loop, ours, job)
                _tell(process, {**self._options, **places, "probe": probe})
            except BaseException:
                process.kill()
                raise
        except BaseException:
            if ours is not None:
                ours.close()
            raise
        finally:
            if theirs is not None:
                os.close(theirs)
        return guest

    def close(self) -> None:
        """End all its guests."""
        self.alive = False
        for guest in self._guests:
            guest.kill()


def _of_host() -> Mapping[str, str]:
    """Return the mechanisms that the host sees to, each with why it is missing, empty if it is not."""
    return {"job": "", "host_end": ""} if sys.platform == WINDOWS else {"job": "only Windows has them"}


def _pipe() -> tuple[FileIO, int]:
    """Return the end of a pipe that is closed once, whoever closes it, and the number of the other one."""
    ours, theirs = os.pipe()
    return FileIO(ours), theirs


def _interpreter(descriptors: list[int]) -> subprocess.Popen[bytes]:
    """Start an interpreter that knows nothing of this one but the descriptors that it is given."""
    windows = sys.platform == WINDOWS
    # In a virtual environment of Windows the executable is a launcher, and the interpreter a process of it.
    executable = getattr(sys, "_base_executable", sys.executable) if windows else sys.executable
    return subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [executable, "-I", "-S", str(guest_directory() / "portable.py")],
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} if windows else {},
        cwd=Path(executable).anchor,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        pass_fds=descriptors,
        start_new_session=not windows,
    )


def _tell(process: subprocess.Popen[bytes], options: Mapping[str, object]) -> None:
    """Send a new interpreter what it is to be; a pipe takes that at once."""
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(json.dumps(options).encode())
