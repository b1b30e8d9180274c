"""What a guest says of its confinement is compared with what the zygote proved, and with what the kernel says of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import IsolationError
from scopebox.isolate.process_facts import ProcessFacts, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN: Final = "/proc hides the process of the isolate, so that only its own word says that it is confined"
FILTER_MODE: Final = "2"  # of seccomp
PROC_MECHANISMS: Final = ("seccomp", "no_new_privs", "capabilities")  # what /proc tells


def inspect(pid: int, said: Mapping[str, str], proven: Mapping[str, str]) -> Mapping[str, str]:
    """Return the mechanisms of a guest that hold, each with why it is missing, empty if it is not.

    Where /proc does not show the process, the mechanisms that only it could show count as missing. IsolationError if the guest
    says something else than the zygote proved, if the kernel does not bear it out, or if it has ended.
    """
    differ = {
        name: said.get(name, "not reported") for name, why in proven.items() if said.get(name, "not reported") != why
    }
    if differ:
        told = ", ".join(f"{name} ({why or 'there'})" for name, why in differ.items())
        raise _refused(f"an isolate says otherwise than the zygote that made it: {told}")
    status = status_of(pid)
    if _has_ended(pid, status):
        raise _refused("an isolate ended before it could be looked at")
    if status is None:
        return {**said, **{name: said.get(name) or HIDDEN for name in PROC_MECHANISMS}}
    wrong = [name for name, holds in _seen(status).items() if not said.get(name, "not reported") and not holds]
    if wrong:
        raise _refused(f"the kernel does not bear out that these are in force: {', '.join(wrong)}")
    return dict(said)


def _has_ended(pid: int, status: Mapping[str, str] | None) -> bool:
    if status is not None:
        return status.get("State", "").startswith("Z")
    try:
        ProcessFacts(pid).clock()  # which those have that /proc hides, too
    except ProcessLookupError:
        return True
    return False


def _seen(status: Mapping[str, str]) -> dict[str, bool]:
    return {
        "seccomp": status.get("Seccomp") == FILTER_MODE and _has_filter_of_its_own(status),
        "no_new_privs": status.get("NoNewPrivs") == "1",
        "capabilities": not status.get("CapEff", "?").strip("0"),
    }


def _has_filter_of_its_own(status: Mapping[str, str]) -> bool:
    """Whether it has a filter that its zygote has not: one of a container counts for nothing. Before Linux 5.9 none are counted."""
    theirs, zygote = status.get("Seccomp_filters"), status_of(status["PPid"]) or {}
    return theirs is None or int(theirs) > int(zygote.get("Seccomp_filters", theirs))


def _refused(why: str) -> IsolationError:
    return IsolationError(
        f"No isolate can be trusted: {why}",
        hint="Nothing was loaded. %sandbox doctor, or python -m scopebox doctor, shows what holds on this machine.",
    )
