"""What is published holds the three packages and nothing else, and the layers depend on each other one way only."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from packaging.requirements import Requirement

from tests.wheel import OF_JAVASCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = {
    "scopebox": ROOT / "kernel_ext" / "scopebox",
    "scopebox_guest": ROOT / "kernel_ext" / "scopebox_guest",
    "scopebox_widgets": ROOT / "widgets" / "scopebox_widgets",
}
EDGE: Final = ("kernel_ext/scopebox/notebook/", "kernel_ext/scopebox/__init__.py")
NOT_OURS: Final = {".git", ".venv", ".hypothesis", ".work", "node_modules", "__pycache__", "build", "dist"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def in_wheel(published: Path) -> list[str]:
    return zipfile.ZipFile(next(published.glob("*.whl"))).namelist()


def test_the_wheel_holds_the_three_packages_and_nothing_else(in_wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in in_wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(SOURCES)


def test_the_wheel_holds_every_file_of_the_packages(in_wheel: list[str]) -> None:
    wanted = {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in SOURCES.items()
        for path in folder.rglob("*")
        if path.is_file() and not NOT_OURS & set(path.parts)
    }
    assert "scopebox_guest/javascript/glue.js" in wanted
    assert wanted <= set(in_wheel)


@pytest.mark.parametrize(
    ("system", "machine", "has_javascript"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("linux", "riscv64", False),
        ("darwin", "arm64", False),
        ("darwin", "x86_64", False),
        ("win32", "AMD64", False),
    ],
)
def test_an_install_asks_for_the_engine_of_javascript_only_where_it_can_be_had(
    system: str, machine: str, has_javascript: bool
) -> None:
    environment = {"sys_platform": system, "platform_machine": machine}
    wanted = {each.name for each in requirements() if each.marker is None or each.marker.evaluate(environment)}
    assert {"msgspec", "RestrictedPython"} <= wanted
    assert set(OF_JAVASCRIPT) & wanted == (set(OF_JAVASCRIPT) if has_javascript else set())


def test_packages_without_a_promise_for_their_next_version_have_an_upper_bound() -> None:
    bounds = {each.name: {one.operator for one in each.specifier} for each in requirements()}
    assert {name: bounds[name] for name in OF_JAVASCRIPT} == {name: {">=", "<"} for name in OF_JAVASCRIPT}


def requirements() -> list[Requirement]:
    """What the project depends on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


@pytest.mark.parametrize("package", SOURCES)
def test_every_package_is_marked_as_typed(in_wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in in_wheel


def test_the_source_distribution_can_be_tested(published: Path) -> None:
    with tarfile.open(next(published.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "Makefile",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        ".ci/run",
        "tests/unit/test_packaging.py",
        "binder/postBuild",
    }
    assert wanted <= names
    assert not {name for name in names if name.partition("/")[0] in NOT_OURS}


def python_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if not NOT_OURS & set(path.relative_to(ROOT).parts))


@functools.cache
def imported(path: Path) -> set[str]:
    """The modules that a source file imports anywhere in it, by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports by full name only"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports_of(package: str) -> dict[str, set[str]]:
    """Per file of ``package``, what it imports."""
    return {path.relative_to(ROOT).as_posix(): imported(path) for path in python_files(SOURCES[package])}


def users(package: str, *modules: str) -> set[str]:
    """The files of ``package`` that import one of ``modules`` or something below it."""
    return {
        file
        for file, names in imports_of(package).items()
        if any(name == module or name.startswith(f"{module}.") for name in names for module in modules)
    }


def test_the_engine_does_not_depend_on_the_widgets() -> None:
    assert {file for file in users("scopebox", "scopebox_widgets", "ipywidgets") if not file.startswith(EDGE)} == set()


def test_the_edge_loads_without_the_widgets() -> None:
    code = "import sys; sys.modules |= {'ipywidgets': None, 'scopebox_widgets': None}; import scopebox.notebook"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_guest_knows_nothing_of_the_host_but_the_frames() -> None:
    others = {
        f"{file}: {name}"
        for file, names in imports_of("scopebox_guest").items()
        for name in names
        if name.partition(".")[0] in {"scopebox", "scopebox_widgets", "duckdb", "httpx", "IPython", "asyncio"}
        and not name.startswith("scopebox_guest.wire")
    }
    assert others == set()


def test_only_the_edge_knows_the_notebook() -> None:
    assert {file for file in users("scopebox", "IPython", "ipykernel") if not file.startswith(EDGE)} == set()


def test_importing_the_engine_brings_no_notebook_along() -> None:
    code = "import sys, scopebox; scopebox.Sandbox; print(*{'IPython', 'ipykernel', 'ipywidgets', 'scopebox_widgets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_no_file_names_a_place_on_the_machine_that_it_was_written_on() -> None:
    places = [os.fsencode(place) for place in (ROOT, sys.prefix)]
    found = {path for path in files() if any(place in path.read_bytes() for place in places)}
    assert found == set()


def files() -> Iterator[Path]:
    """Every file of the project; caches and environments are none."""
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in NOT_OURS and not name.endswith("_cache")]
        yield from (Path(folder) / name for name in names)
