"""What a real isolate cannot do: the probe that doctor runs."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import IsolationError
from scopebox.isolate.report import IsolationReport

if TYPE_CHECKING:
    from scopebox.isolate.pool import IsolatePool
    from scopebox.isolate.zygote import Zygote


PROBE_SECONDS: Final = 10.0


CHUNK: Final = 64 * 1024


def examine(pool: IsolatePool) -> IsolationReport:
    """Have a guest of ``pool`` try what it must not do, and return the full report. Not on the loop thread."""
    return pool.run(pool.probe())


async def probe(zygote: Zygote) -> IsolationReport:
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
    return IsolationReport.of({**zygote.mechanisms, **found.mechanisms}, found.possible)


async def _read(channel: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    said = b""
    while data := await loop.sock_recv(channel, CHUNK):
        said += data
    return said
