"""Mechanisms of a system, one after the other: putting them on, and trying out what they are to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Mechanisms = dict[str, str]
"""Why each of them is missing; empty where it is on."""


def put_on(mechanisms: Mechanisms, without: frozenset[str], name: str, act: Callable[[], object]) -> None:
    """Put one on by ``act``, unless it is one that has to go ``without``, and note what came of it."""
    if name in without:
        mechanisms[name] = "switched off"
        return
    try:
        act()
    except (OSError, ValueError) as error:
        mechanisms[name] = str(error)
    else:
        mechanisms[name] = ""


def tried(attempts: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Try everything. Maps each attempt to an empty text if it was refused, else to what it came to."""
    possible = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except (OSError, RuntimeError, ValueError, MemoryError):
            possible[name] = ""
        else:
            possible[name] = "possible"
    return possible
