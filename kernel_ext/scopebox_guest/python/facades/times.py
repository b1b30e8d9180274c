"""Clocks and dates: datetime, time."""

from __future__ import annotations

# strptime imports this at its first use, when no file can be opened any more
import _strptime  # type: ignore[import-not-found]  # noqa: F401
import datetime as dt
import time

from scopebox_guest.python.stand_ins import Module, members


def time_modules() -> dict[str, Module]:
    """The façades of this module. A guest waits by a call of the host, never by a sleep of its own."""
    return {
        "datetime": Module("datetime", members(dt, "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo")),
        "time": Module("time", members(time, "monotonic time")),
    }
