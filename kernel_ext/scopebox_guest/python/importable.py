"""The names that a cell can import, for whoever completes them: the one thing of this language that the host asks for."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from scopebox_guest.python.facades.registry import build_modules
from scopebox_guest.python.guards import Guards
from scopebox_guest.python.guest_state import GuestState

if TYPE_CHECKING:
    from collections.abc import Mapping


def importable_names() -> Mapping[str, tuple[str, ...]]:
    """Return the public members of every module by its dotted name. The modules are made for that, and nothing of them is called."""
    state = GuestState()
    modules = build_modules(state, Guards(state), Random())  # noqa: S311 - nothing is drawn from it
    return {name: tuple(n for n in vars(module) if not n.startswith("_")) for name, module in modules.items()}
