"""What the doctor says at each level of isolation: ``python -m tests.doctors`` plays machines that lack something, on this one.

It is what the operator of a hub reads of ``python -m scopebox doctor``; docs/teaching-on-a-hub.md says what to make of it. On the
machines that are no Linux nothing runs: what their guests would say is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Final

from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.report import STOPS_PORTABLE, IsolationReport
from scopebox.settings import Settings

HUBS: Final[Mapping[str, tuple[str, ...]]] = {
    "a Linux that has everything": (),
    "a Linux without landlock": ("landlock",),
    "a Linux without seccomp": ("seccomp",),
    "a Linux without seccomp and landlock": ("seccomp", "landlock"),
    "a Linux that confines nothing": ("seccomp", "landlock", "rlimits"),
}
OTHERS: Final[Mapping[str, Mapping[str, str]]] = {
    "macOS": {"job": "only Windows has them"},
    "macOS, where the profile does not hold": {
        "profile": "it was taken, and does not hold: a guest could open a file",
        "job": "only Windows has them",
    },
    "Windows": {
        "limits": "this system has none that a process can set for itself",
        "profile": "only macOS has profiles",
    },
}
TRIED: Final = ("open a file", "list a directory", "create a file", "open a TCP socket", "run a program")


def examined(without: tuple[str, ...] = (), *, portable: bool = False) -> IsolationReport:
    """Return what the doctor finds on this machine ``without`` some of its mechanisms, or with portable isolates."""
    with closing(IsolatePool(Settings(spares=0), without=without, portable=portable)) as pool:
        return pool.examine()


def played(missing: Mapping[str, str]) -> IsolationReport:
    """Return what the doctor would say of portable isolates with all mechanisms but these."""
    mechanisms = {name: missing.get(name, "") for name in STOPS_PORTABLE}
    holds = {"profile": TRIED, "job": ("run a program",)}
    refused = {each for name, tries in holds.items() if not mechanisms[name] for each in tries}
    possible = {each: "" if each in refused else "possible" for each in (*TRIED, "start a thread")}
    return replace(IsolationReport.of(mechanisms, possible), engines={"javascript": "No JavaScript on this system yet"})


def reports() -> Iterator[tuple[str, IsolationReport]]:
    """Say what the doctor says on each machine."""
    for name, without in HUBS.items():
        yield name, examined(without)
    yield "a Linux with portable isolates", examined(portable=True)
    for name, missing in OTHERS.items():
        yield name, played(missing)


if __name__ == "__main__":
    for title, report in reports():
        print(f"=== {title}\n\n{report}\n")
