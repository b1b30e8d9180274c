"""The environment that Binder installs, with every version pinned: ``python -m tests.pins > binder/environment.yml``.

It is read off the environment that runs this, so that what was tested is what is pinned.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

ENVIRONMENT: Final = Path(__file__).parents[1] / "binder" / "environment.yml"
PROJECT: Final = "scopebox"
ROOTS: Final = (f"{PROJECT}[lab]", "jupyter-server-proxy")  # by which what is served there is reached
PYTHON: Final = "3.11"
HEAD: Final = f"""\
# Written by python -m tests.pins: everything that scopebox[lab] and jupyter-server-proxy need, directly or not, as it was tested.
name: scopebox
channels:
  - conda-forge
dependencies:
  - python={PYTHON}
  - pip
  - pip:
"""


def needed(requirement: str) -> list[str]:
    """What an installed ``requirement`` needs in turn, as this machine's markers and the requirement's extras have it."""
    wanted = Requirement(requirement)
    found = [Requirement(text) for text in distribution(wanted.name).requires or ()]
    environments = [{"extra": extra} for extra in ("", *wanted.extras)]
    return [
        f"{entry.name}[{','.join(sorted(entry.extras))}]" if entry.extras else entry.name
        for entry in found
        if entry.marker is None or any(entry.marker.evaluate(one) for one in environments)
    ]


def closure(roots: Iterable[str]) -> dict[str, str]:
    """Every distribution that ``roots`` lead to, themselves too but for the project, with its installed version."""
    waiting, seen = list(roots), set[str]()
    versions: dict[str, str] = {}
    while waiting:
        requirement = waiting.pop()
        if requirement in seen:
            continue
        seen.add(requirement)
        waiting += needed(requirement)
        found = distribution(Requirement(requirement).name)
        versions[canonicalize_name(found.name)] = found.version
    versions.pop(PROJECT, None)
    return dict(sorted(versions.items()))


def pinned(text: str) -> dict[str, str]:
    """The pip packages of an environment file with their versions; anything but an exact pin is an error."""
    lists = [entry["pip"] for entry in yaml.safe_load(text)["dependencies"] if isinstance(entry, dict)]
    pairs = [line.partition("==") for entries in lists for line in entries]
    if loose := [name for name, equals, version in pairs if not (equals and version)]:
        raise ValueError(f"not pinned: {', '.join(loose)}")
    return {canonicalize_name(name): version for name, _, version in pairs}


def main() -> None:
    """Print the environment file."""
    if "{}.{}".format(*sys.version_info) != PYTHON:
        raise SystemExit(f"Binder runs Python {PYTHON}: read its pins off an environment of that version")
    sys.stdout.write(HEAD + "".join(f"      - {name}=={version}\n" for name, version in closure(ROOTS).items()))


if __name__ == "__main__":
    main()
