"""Tools that some tests need and not every machine has: without one they are skipped, and where it is required they fail.

``python -m tests.requirements`` says what is skipped here, in a line for each tool.

``SCOPEBOX_REQUIRE=node,npm,chromium`` names what is required, as continuous integration does for what it installs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final, NoReturn

import pytest

VARIABLE: Final = "SCOPEBOX_REQUIRE"
TOOLS: Final = ("node", "npm", "chromium", "python")
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
# What is looked for, what is skipped without it, and how it is had on Debian.
SKIPPED: Final = (
    (CHROMIUM, "the journeys in JupyterLab (tests/browser)", "chromium"),
    (("node", "nodejs"), "the tests with clients from npm (tests/clients)", "nodejs"),
    (("npm",), "the same, and those of published packages (tests/behaviour/test_published_packages.py)", "npm"),
    (("qemu-system-aarch64",), "the confinement on aarch64 (make arm64, by hand)", "qemu-system-arm"),
)


def required() -> frozenset[str]:
    """Return the tools that are required; UsageError for a name that is none of theirs."""
    names = frozenset(name.strip() for name in os.environ.get(VARIABLE, "").split(",")) - {""}
    if unknown := sorted(names.difference(TOOLS)):
        raise pytest.UsageError(f"{VARIABLE}: {unknown[0]!r} is not one of {', '.join(TOOLS)}")
    return names


def missing(tool: str, reason: str) -> NoReturn:
    """Skip with the reason; fail where ``tool`` is required."""
    if tool in required():
        pytest.fail(f"{reason}; {VARIABLE} requires {tool}")
    pytest.skip(reason)


def program(tool: str, *names: str, why: str) -> str:
    """Return the path of a program, by the first of its names that is there."""
    found = next(filter(None, map(shutil.which, names or (tool,))), None)
    return found if found is not None else missing(tool, why)


def node(*oldest: int, why: str) -> str:
    """Return the path of node, of this version or a newer one."""
    path = program("node", why=why)
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, said.removeprefix("v").split(".")[: len(oldest)])) < oldest:
        missing("node", f"{why}: node {'.'.join(map(str, oldest))} or newer, and this is {said}")
    return path


def skipped() -> list[str]:
    """Return what is skipped on this machine for want of a tool, a line for each."""
    return [
        f"Not tried here: {what}, since {names[0]} is missing (on Debian: apt-get install {package})"
        for names, what, package in SKIPPED
        if not any(map(shutil.which, names))
    ]


if __name__ == "__main__":
    print(*skipped(), sep="\n", end="\n" if skipped() else "")
