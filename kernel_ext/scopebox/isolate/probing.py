"""The probe: a real guest tries what it must not be able to do."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import IsolationError
from scopebox.isolate.report import IsolationReport

if TYPE_CHECKING:
    from scopebox.isolate.process import Starter

PROBE_SECONDS: Final = 10.0
READ_BYTES: Final = 64 * 1024
ROOT: Final = 0  # the user that limits on processes do not bind; Windows has none


async def probe(zygote: Starter) -> IsolationReport:
    """Fork a guest that tries out its confinement and ends, and return what it found. IsolationError if it does not answer."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours:
        with theirs:
            child = await zygote.fork(theirs, probe=True)
        try:
            said = await asyncio.wait_for(_read(ours), PROBE_SECONDS)
        except TimeoutError:
            said = b""
        child.kill()
    try:
        found = wire.decode_probed(said[wire.HEADER.size :])
    except ValueError:
        raise IsolationError("The guest that tries out the confinement did not answer") from None
    report = IsolationReport.of({**zygote.mechanisms, **found.mechanisms}, found.possible)
    return replace(report, administrator=getattr(os, "geteuid", lambda: -1)() == ROOT)


async def _read(channel: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    said = b""
    while data := await loop.sock_recv(channel, READ_BYTES):
        said += data
    return said
