"""The limits of one extension."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one extension: seconds of processor time, seconds in all, MiB of memory."""

    busy: float
    wall: float
    memory: int
