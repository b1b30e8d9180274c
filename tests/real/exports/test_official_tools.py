"""Exported folders by the official tools: the schema of a Directus, ``directus-extension validate``, and ``build``."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox import Sandbox, Store

from tests.real.exports import cells
from tests.real.exports.cells import Cell
from tests.real.exports.sides import FIELDS
from tests.requirements import missing, node, program
from tests.unit.directus.export import cells as others

TOOLS = Path(__file__).parent / "tools"
OLDEST = (20, 19)  # versions of node that the tools run on
FOREIGN = "http://127.0.0.1:9"
CELLS = (
    *(cells.API[place] for place in (0, 7, 8, 10)),  # of each type and language; each takes a build of some seconds
    *cells.SHIM,
    cells.STUBBED[0],
    Cell("@acme/directus-extension-exported-python", others.PYTHON, "python"),
)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the official tools installed."""
    why = "node and npm are needed for the official tools of a Directus"
    node(*OLDEST, why=why)
    npm = program("npm", why=why)
    target = tmp_path_factory.mktemp("tools") / "tools"
    shutil.copytree(TOOLS, target, ignore=shutil.ignore_patterns("node_modules"))
    install = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]
    done = subprocess.run(install, cwd=target, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        missing("npm", f"npm could not install the official tools: {done.stderr.strip()[-300:]}")
    return target


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Every cell, exported: the folder of each package by its name."""
    target = tmp_path_factory.mktemp("exports")
    with Store.sample() as store, Sandbox(store) as box:
        for name, fields in FIELDS.items():
            store.create_collection(name, fields)
        found: dict[str, Path] = {}
        for number, cell in enumerate(CELLS):
            source = cell.source.replace("FOREIGN", FOREIGN)
            box.load(source, name=cell.name, language=cell.language)
            report = box.export(cell.name, target / str(number))
            found.update({package.name: package.folder for package in report.packages})
        yield found


@pytest.fixture(scope="module")
def checked(tools: Path, folders: dict[str, Path]) -> dict[str, dict[str, object]]:
    """What the tools say of each folder."""
    command = ["node", str(tools / "check.mjs"), *map(str, folders.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {entry["folder"]: entry for entry in found}


def test_packages_of_all_three_types_are_among_them(folders: dict[str, Path]) -> None:
    names = set(folders)
    assert len(names) == len(CELLS) + 2 * sum(cell.split for cell in CELLS)  # a mixed cell becomes three
    assert "@acme/directus-extension-exported-python" in names


@pytest.mark.parametrize("what", ["schema", "validate", "build"])
def test_every_export_passes(checked: dict[str, dict[str, object]], what: str) -> None:
    assert {folder: said[what] for folder, said in checked.items() if said[what]} == {}


def test_a_build_gives_what_was_shipped(checked: dict[str, dict[str, object]]) -> None:
    for folder, said in checked.items():
        dist = said["dist"]
        assert isinstance(dist, dict)
        assert {name: difference for name, difference in dist.items() if difference} == {}, folder
