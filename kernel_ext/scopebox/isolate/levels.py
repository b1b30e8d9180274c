"""The levels of isolation: what each is made of, what it means, and which one is good enough to load an extension."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from scopebox.errors import IsolationError
from scopebox.vocabulary import FULL, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

# From the best to none. The first whose mechanisms all work is the one that is reached.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "seccomp+landlock": ("seccomp", "landlock"),
    "seccomp": ("seccomp",),
    "landlock+rlimits": ("landlock", "rlimits"),
    "rlimits": ("rlimits",),
    "language": (),
}

PORTABLE: Final = (
    "language"  # what a portable isolate reaches, whatever else its system has: nobody outside bears it out
)
ON_LINUX: Final = 'To run extensions isolated, open scopebox in a container (README, "On a laptop"), on Windows also in WSL 2, or on Binder.'
FILTERS: Final = (
    "For a better level a process has to be let add filters of its own (seccomp): Docker, Podman and containerd do by default, Kubernetes with "
    "seccompProfile: RuntimeDefault; docs/teaching-on-a-hub.md has more."
)
NEWER: Final = "Landlock needs Linux 5.13 or newer with landlock among its security modules (lsm=), and a container engine of 2022 or newer."
SYSTEMS: Final = {"darwin": "macOS", "win32": "Windows"}


def reached(missing: Mapping[str, str]) -> str:
    """Return the level for the mechanisms, each with why it is missing, empty if it is not."""
    return next(level for level, needs in NEEDS.items() if all(not missing.get(need, "unknown") for need in needs))


def is_enough(level: str, accepted: str) -> bool:
    """Whether ``level`` is ``accepted`` or a better one."""
    order = list(NEEDS)
    return order.index(level) <= order.index(accepted)


def too_low(level: str, accepted: str, missing: Mapping[str, str]) -> IsolationError:
    """Return the error for a load at ``level``, below the accepted one: what is missing, and how to go on without it."""
    return IsolationError(
        f"The isolation of this machine reaches only {level!r}, and nothing below {accepted!r} is accepted. "
        f"Missing: {wanting(accepted, missing)}",
        hint=f"{remedy(missing)}\n{_how_to_accept(level)}",
    )


def portable_refused(accepted: str) -> IsolationError:
    """Return the error for a load where only portable isolates can be had, and ``accepted`` is a better level."""
    return IsolationError(
        f"Extensions are isolated on Linux, and this is {SYSTEMS.get(sys.platform, sys.platform)}: only the level '{PORTABLE}' can be had "
        f"here, and nothing below '{accepted}' is accepted",
        hint=f"Everything else works here. {ON_LINUX}\n"
        f"For code that you wrote yourself you can do without. {_how_to_accept(PORTABLE)}",
    )


def not_loaded(level: str) -> str:
    """Return what follows from a level that nobody accepted, and the lines that accept it."""
    return (
        f'No extension is loaded at the level {level!r} unless it is accepted: in a notebook by %config ScopeboxMagics.isolation = "{level}", '
        f'for everybody on a hub by c.ScopeboxMagics.isolation = "{level}" in /etc/ipython/ipython_config.py.'
    )


def remedy(missing: Mapping[str, str]) -> str:
    """Return how a better level is had where these mechanisms are missing, each with the reason, empty if it is not."""
    if "language" in missing:
        return ON_LINUX
    return FILTERS if missing.get("seccomp") else NEWER


def _how_to_accept(level: str) -> str:
    return (
        f"What you give up by accepting it: {LEVELS[level]}\n"
        f'To accept it in a notebook, before the first cell: %config ScopeboxMagics.isolation = "{level}"\n'
        f'Without a notebook: Sandbox(settings=Settings(isolation="{level}")), or python -m scopebox serve --isolation {level}'
    )


def wanting(accepted: str, missing: Mapping[str, str]) -> str:
    """Return what is missing for a level, each mechanism with the reason."""
    named = ", ".join(f"{need} ({missing[need]})" for need in NEEDS[accepted] if missing.get(need))
    return named or "nothing that is known"


def caution(level: str) -> str:
    """Return what every result at ``level`` says; empty where the kernel is a boundary, and where nothing ran."""
    return "" if not level or is_enough(level, FULL) else f"Isolation: {level}. {LEVELS[level]}"
