"""Servers and clients in processes of their own, each with the scopebox of a tree. They end when their standard input does."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Stage

ROOT: Final = Path(__file__).parents[1]
END_SECONDS: Final = 10.0
PACKAGES: Final = ("kernel_ext", "widgets")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and the token that requests bring."""

    host: str
    port: int
    token: str


def address(url: str, token: str) -> Address:
    """The address of a server that speaks plain HTTP."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise SystemExit(
            f"{url} is not the address of a server that speaks plain HTTP, for example http://127.0.0.1:8055"
        )
    return Address(parts.hostname, parts.port or 80, token)


def environment(tree: Path) -> dict[str, str]:
    """What a process of a tree runs with; the benchmarks themselves are always these here."""
    folders = [*(str(tree / package) for package in PACKAGES), str(ROOT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


@cache
def compiled(tree: Path) -> Path:
    """Return a tree whose modules are compiled, as those of a package that was installed are: else a process that may not write bytecode compiles them at each start."""
    for package in PACKAGES:
        compileall.compile_dir(tree / package, quiet=2)
    return tree


@contextmanager
def running(module: str, *options: str, tree: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A Python that runs a module of this package and is spoken with in lines."""
    command = [sys.executable, "-m", module, *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment(tree)) as process:
        try:
            yield process
        finally:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True, slots=True)
class Served:
    """A server of this package on ``items`` items, 0 for those of the run. Called with the stage it starts, and says where it is."""

    module: str
    token: str = ""
    tree: Path = ROOT
    items: int = 0

    def __call__(self, stage: Stage) -> Address:
        """Start it; it ends with the stage."""
        items = str(self.items or stage.size.items)
        process = stage.enter(running(self.module, "--items", items, tree=self.tree))
        assert process.stdout
        said = process.stdout.readline()
        if not said:
            raise RuntimeError(f"{self.module} of {self.tree} did not start")
        found = json.loads(said)
        if not Path(found["home"]).is_relative_to(self.tree):
            raise RuntimeError(f"a process of {self.tree} took the scopebox of {found['home']}")
        return address(found["url"], self.token)


def serve_until_closed(url: str, home: Path) -> None:
    """Say where a server is, and of which tree, and wait for its end; for the process that is one."""
    sys.stdout.write(f"{json.dumps({'url': url, 'home': str(home.resolve())})}\n")
    sys.stdout.flush()
    sys.stdin.read()


def items_asked() -> int:
    """How many items a process that is a server was asked to have."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, required=True)
    return int(parser.parse_args().items)
