"""A portable guest: an interpreter of its own that the host started, on systems without a zygote. Nothing but the language confines it.

Started by its file path with ``-I -S`` and an empty environment. On standard input comes a JSON object with ``paths``, ``engine``, ``types`` and ``without``
as for a zygote, ``probe`` (try out the confinement, and end), ``folder`` (where that is tried), and ``channel`` and ``lifeline``
(descriptors), or on Windows ``share`` (the channel, in base64). What keeps it from getting ready it says on standard output.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Final, NoReturn

if __name__ == "__main__":
    gc.disable()  # until all is imported, none of which is ever given back
    OPTIONS = json.load(sys.stdin.buffer)
    sys.path += OPTIONS["paths"]

from msgspec import convert

from scopebox_guest.driver.channel import Channel
from scopebox_guest.driver.driver import Driver
from scopebox_guest.process import origins, portable_confinement
from scopebox_guest.process.memory_reserve import RESERVED_BYTES
from scopebox_guest.starting import load_engine, preload
from scopebox_guest.wire import BROKEN, OUT_OF_MEMORY, CallTypes, Probed, Ready, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHANNEL: Final = 3  # where a guest has its channel, whatever number it came under
LIFELINE: Final = 4
ABOVE_DESCRIPTORS: Final = 64  # more than a new interpreter ever opens, and numbers are given from below
MAX_REASON: Final = 2_000  # characters


def ready(options: Mapping[str, object]) -> Callable[[], NoReturn]:
    """Do everything that can fail, confine this process as its system can, and return what serves."""
    program, folder, host = sys.executable, str(options["folder"]), os.getppid()
    channel, lifeline = _descriptors(options)
    probe = bool(options["probe"])
    if probe or sys.platform == "darwin":  # nothing can be imported later
        from scopebox_guest.process import attempts  # noqa: PLC0415 - a twentieth of the start, which most do not need
    preload()
    engine = load_engine(str(options["engine"]))()
    engine.warm_up(failures=True)
    types = convert(options["types"], CallTypes)
    without = convert(options["without"], frozenset[str])
    ends = _end_with_host(lifeline)
    origins.forget()
    gc.collect()
    gc.freeze()
    gc.enable()
    mechanisms = portable_confinement.confine(without, program, folder, host) | ends

    def serve() -> NoReturn:
        if probe:
            channel._send(pack(Probed(mechanisms, attempts.run(program, folder, host))))
            os._exit(0)
        driver = Driver(channel, engine, types)
        channel._send(pack(Ready(mechanisms, RESERVED_BYTES)))
        driver._serve()

    return serve


def _descriptors(options: Mapping[str, object]) -> tuple[Channel, int | None]:
    """Return the channel and the lifeline, and have no other descriptor above the standard ones; Windows inherits none."""
    if "share" in options:
        return Channel(socket.fromshare(b64decode(str(options["share"])))), None  # type: ignore[attr-defined]
    lifeline = os.dup(convert(options["lifeline"], int))
    while lifeline <= LIFELINE:  # else it would be overwritten
        lifeline = os.dup(lifeline)
    os.dup2(convert(options["channel"], int), CHANNEL)
    os.dup2(lifeline, LIFELINE)
    os.closerange(LIFELINE + 1, ABOVE_DESCRIPTORS)
    return Channel(socket.socket(fileno=CHANNEL)), LIFELINE


def _end_with_host(lifeline: int | None) -> dict[str, str]:
    if lifeline is None:  # the host has put this process into a job
        return {}
    from scopebox_guest.process.host_end import end_with  # noqa: PLC0415 - it needs modules that Windows lacks

    end_with(lifeline)
    return {"host_end": ""}


def main(options: Mapping[str, object]) -> NoReturn:
    """Be a guest, or tell the host why not. Nothing that goes wrong may run on."""
    said = sys.stdout.buffer
    try:
        serve = ready(options)
    except BaseException as error:  # noqa: BLE001 - see above
        said.write(f"{type(error).__name__}: {error}"[:MAX_REASON].encode())
        said.flush()
        os._exit(BROKEN)
    try:
        for standard in range(CHANNEL):
            os.close(standard)
        serve()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 - see above
        os._exit(BROKEN)


if __name__ == "__main__":
    main(OPTIONS)
