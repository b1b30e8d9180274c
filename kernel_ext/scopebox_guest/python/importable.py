"""The names that a cell can import, and those of Python that it has as they are, for completion and help: all that the host asks of this language."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from scopebox_guest.python.builtin_names import FUNCTIONS, TYPES
from scopebox_guest.python.facades.registry import build_modules
from scopebox_guest.python.guards import Guards
from scopebox_guest.python.guest_state import GuestState

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain_builtins() -> frozenset[str]:
    """Return the names of the builtins that are Python's own."""
    return frozenset(f"{TYPES} {FUNCTIONS}".split())


def importable_names() -> Mapping[str, tuple[str, ...]]:
    """Return the public members of every module by its dotted name. The modules are made for that, and nothing of them is called."""
    state = GuestState()
    modules = build_modules(state, Guards(state), Random())  # noqa: S311 - nothing is drawn from it
    return {name: tuple(n for n in vars(module) if not n.startswith("_")) for name, module in modules.items()}
