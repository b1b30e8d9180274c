"""The limits of a sandbox, with their defaults and their documented ranges."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from scopebox.errors import SettingsError
from scopebox.text.literals import inline
from scopebox.text.messages import hint, quote
from scopebox.vocabulary import FULL, LEVELS


class Range(NamedTuple):
    """The smallest and the largest value of a limit, and what it limits."""

    smallest: float
    largest: float
    meaning: str


RANGES: Final = {
    "busy": Range(0.01, 10, "seconds of processor time a guest may use between two replies of the host"),
    "chain_busy": Range(
        0.01, 60, "seconds of processor time that all guests of one chain, and the host for them, may use"
    ),
    "wall": Range(0.01, 300, "seconds a cell or a handler may take, sleeping included"),
    "memory": Range(8, 1024, "MiB a guest may take on top of what a ready guest has"),
    "spares": Range(0, 8, "ready guests that are kept for the next load"),
    "stdout": Range(1024, 16 * 2**20, "bytes of printed text kept of one cell or handler"),
    "log_length": Range(100, 64_000, "characters of one log message"),
    "logs_per_second": Range(10, 100_000, "log messages an extension may send in a second"),
    "log_capacity": Range(100, 1_000_000, "log records kept, the oldest go first"),
    "trace_capacity": Range(100, 1_000_000, "trace records kept, the oldest go first"),
    "outstanding": Range(1, 1_000, "calls of one guest that may wait for an answer at the same time"),
    "registrations": Range(1, 10_000, "endpoints, hooks and operations one extension may register"),
    "depth": Range(1, 50, "callbacks into guests that may be nested in one chain"),
    "fan_out": Range(1, 1_000_000, "callbacks into guests that one chain may cause in all"),
    "chain_bytes": Range(
        2**16,
        2**30,
        "bytes of items that one chain may write; of what the notebook writes itself, those that filters add",
    ),
    "stored_bytes": Range(
        2**16,
        2**30,
        "bytes of memory that all that extensions have stored may take, in a store in memory; what the notebook and clients write is not counted",
    ),
    "request_seconds": Range(0.1, 300, "seconds one request may take, redirects included"),
    "request_bytes": Range(1024, 64 * 2**20, "decoded bytes of one response"),
    "redirects": Range(0, 20, "redirects that one request may follow"),
    "body_bytes": Range(1024, 8 * 2**20, "bytes of the body of one HTTP request; a Directus calls it MAX_PAYLOAD_SIZE"),
    "settle": Range(0, 60, "seconds the notebook waits for the actions that it caused"),
}


ISOLATION: Final = "isolation"  # the one setting that is no limit, and so has no range
_OF_ISOLATION: Final = "the lowest level of isolation at which an extension is loaded"


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The limits of a sandbox; ``RANGES`` documents unit, meaning and range of each.

    ``isolation`` is the lowest level of isolation at which an extension is loaded, one of ``seccomp+landlock``, ``seccomp``,
    ``landlock+rlimits``, ``rlimits`` and ``language``. The best that the machine offers is used in any case.

    A value outside its range raises :class:`~scopebox.errors.tree.SettingsError`, which names the range.
    """

    busy: float = 1.0
    chain_busy: float = 10.0
    wall: float = 10.0
    memory: int = 64
    spares: int = 1
    stdout: int = 1 * 2**20
    log_length: int = 10_000
    logs_per_second: int = 2_000
    log_capacity: int = 10_000
    trace_capacity: int = 10_000
    outstanding: int = 100
    registrations: int = 1_000
    depth: int = 10
    fan_out: int = 20_000
    chain_bytes: int = 8 * 2**20
    stored_bytes: int = 16 * 2**20
    request_seconds: float = 10.0
    request_bytes: int = 8 * 2**20
    redirects: int = 5
    body_bytes: int = 1 * 2**20
    settle: float = 2.0
    isolation: str = FULL

    def __repr__(self) -> str:
        lines = [
            f"    {entry.name}={inline(getattr(self, entry.name))},  # {_meaning(entry.name)}" for entry in fields(self)
        ]
        return "\n".join(["Settings(", *lines, ")"])

    def __post_init__(self) -> None:
        for entry in fields(self):
            check(entry.name, getattr(self, entry.name))


def _meaning(name: str) -> str:
    return _OF_ISOLATION if name == ISOLATION else RANGES[name].meaning


def check(name: str, value: object, called: str = "") -> None:
    """Raise :class:`SettingsError` unless ``value`` lies in the documented range of the limit ``name``, or is a level.

    ``called`` is what it is called where it was given, if it is not that.
    """
    if name == ISOLATION:
        _check_level(value)
        return
    limit, called = RANGES[name], called or name
    whole = isinstance(Settings.__dataclass_fields__[name].default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"{called} has to be {kind}, not {inline(value)}", hint=f"{called}: {limit.meaning}.")
    if not limit.smallest <= value <= limit.largest:
        raise SettingsError(
            f"{called} has to lie between {limit.smallest:g} and {limit.largest:g}, not {inline(value)}",
            hint=f"{called}: {limit.meaning}.",
        )


def _check_level(value: object) -> None:
    if isinstance(value, str) and value in LEVELS:
        return
    raise SettingsError(
        f"isolation has to be one of {', '.join(LEVELS)}, not {quote(value)}",
        hint=hint(str(value), LEVELS, f"It is {_OF_ISOLATION}."),
    )
