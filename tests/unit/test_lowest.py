"""The environment of the lower bounds has all that the tests which run in it import, and nothing of it is unbounded."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import lowest

OWN = {"benchmarks", "notebooks", "scopebox", "scopebox_guest", "scopebox_widgets", "tests"}


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports, also where a function does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - OWN - set(sys.stdlib_module_names)


def installed() -> set[str]:
    """Return the distributions that come with what is installed, by their canonical names."""
    found: set[str] = set()
    left = [*(each.name for each in lowest.dependencies()), *lowest.TOOLS]
    while left:
        name = canonicalize_name(left.pop())
        if name not in found:
            found.add(name)
            needs = [Requirement(text) for text in requires(name) or ()]
            left += [each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found


def test_what_the_tests_import_is_installed() -> None:
    provides, there = packages_distributions(), installed()
    for name in lowest.FILES:
        place = lowest.ROOT / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            for module in imported(path):
                assert there.intersection(map(canonicalize_name, provides[module])), f"{path} imports {module}"


def test_every_dependency_has_a_lower_bound() -> None:
    assert all("==" in lowest.lowest(each) for each in lowest.dependencies())
