"""The folder in which the clients are installed, once for all tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from scopebox import Sandbox, Store

from tests.requirements import missing, node, program

HERE: Final = Path(__file__).parent
OLDEST_NODE: Final = 18
INSTALL: Final = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--legacy-peer-deps",
    "--engine-strict=false",
    "--prefer-offline",
)
Run = Callable[..., str]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the clients in it, as the lock file says."""
    node(OLDEST_NODE, why="node is needed to run clients from npm")
    npm = program("npm", why="npm is needed to install clients")
    target = tmp_path_factory.mktemp("clients")
    for path in (*HERE.glob("*.json"), *HERE.glob("*.mjs"), HERE / ".npmrc"):
        shutil.copy(path, target)
    done = subprocess.run([npm, *INSTALL], cwd=target, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        missing("npm", f"npm could not install the clients: {done.stderr.strip()[-300:]}")
    return target


@pytest.fixture(scope="session")
def run(folder: Path) -> Run:
    """Return what runs a script, or a program of a package, and returns what it wrote."""

    def running(name: str, *arguments: str) -> str:
        binary = folder / "node_modules" / ".bin" / name
        command = [str(binary)] if binary.exists() else ["node", name]
        done = subprocess.run(
            [*command, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{name}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    return running


@pytest.fixture
def url() -> Iterator[str]:
    """Return the address of the sample, served."""
    with Store.sample() as store, Sandbox(store) as box:
        yield box.serve().url
