"""Binder starts the notebooks: from pins that fit, by steps that an ordinary user can follow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from scopebox.languages import LANGUAGES

from tests.jupyter_proxy import needs_the_proxy
from tests.pins import ENVIRONMENT, PYTHON, ROOTS, closure, pinned
from tests.requirements import missing

ROOT: Final = Path(__file__).parents[2]
ORDINARY: Final = 65534  # nobody, on every Unix
NEW_ENOUGH: Final = "import sys, venv; sys.exit(sys.version_info < (3, 11))"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    return pinned(ENVIRONMENT.read_text("utf-8"))


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = tmp_path_factory.mktemp("binder")
    shutil.copytree(ROOT / "binder", copy / "binder")
    command = ["--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan", str(copy)]
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", *command], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout + done.stderr


def test_repo2docker_builds_from_the_pinned_environment(dockerfile: str) -> None:
    assert '--file "binder/environment.yml"' in dockerfile


def test_repo2docker_runs_the_installation_of_the_project(dockerfile: str) -> None:
    assert "RUN ./binder/postBuild" in dockerfile


def test_repo2docker_takes_the_python_of_the_environment_file(dockerfile: str) -> None:
    assert f"- python={PYTHON}\n" in ENVIRONMENT.read_text("utf-8")
    assert f"conda environment for python={PYTHON}\n" in dockerfile


def test_every_pin_is_exact() -> None:
    with pytest.raises(ValueError, match="not pinned: httpx"):
        pinned("dependencies: [python=3.11, {pip: ['duckdb==2.0.0', 'httpx>=1']}]")


def test_the_pins_satisfy_what_the_project_asks_for(pins: dict[str, str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    test = [text for text in project["optional-dependencies"]["test"] if Requirement(text).name in ROOTS]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["lab"], *test]
    assert [text for text in wanted if not fits(Requirement(text), pins)] == []


def test_what_the_pinned_packages_need_is_pinned_as_well(pins: dict[str, str]) -> None:
    needs_the_proxy()
    needed = closure(ROOTS)
    assert set(needed) <= set(pins)
    asked = {
        str(requirement)
        for name in needed
        for requirement in map(Requirement, distribution(name).requires or ())
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not fits(requirement, pins) and distribution(name).version == pins[name]
    }
    assert asked == set()


def fits(requirement: Requirement, pins: dict[str, str]) -> bool:
    return requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0"), prereleases=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder, not in pytest's own: every other run of pytest takes the rights of other users to that away."""
    folder = Path(tempfile.mkdtemp(prefix="scopebox-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def as_ordinary_user(home: Path) -> Run:
    """Run a command in an empty home; where the tests run as root, as a user who has no rights."""
    user = ORDINARY if os.geteuid() == 0 else None
    if user:
        os.chown(home, ORDINARY, ORDINARY)
    passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    path = f"{home}/env/bin:{os.defpath}:/usr/local/bin"

    def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=cwd or home,
            env={"HOME": str(home), "PATH": path, **passed},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    return run


def interpreter(run: Run) -> str:
    """A Python that an ordinary user can start: the one of these tests may lie in somebody's home."""
    for name in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        try:
            run(name, "-c", NEW_ENOUGH)
        except (AssertionError, OSError):
            continue
        return name
    return missing("python", "there is no Python 3.11 that an ordinary user can start")


def newest_pip(environment: Path) -> None:
    """Install what Binder has by conda. A pip that comes with a Python may be so old that it takes twice as long to read the lists of packages."""
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"))
    subprocess.run([*pip, "install", "-qq", "--no-cache-dir", "pip"], check=True, timeout=300, umask=0o022)


@pytest.mark.slow
def test_the_steps_of_binder_work_for_an_ordinary_user(as_ordinary_user: Run, home: Path) -> None:
    source, pin_file = home / "source", home / "pins.txt"
    skipped = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "build", "dist")
    shutil.copytree(ROOT, source, ignore=skipped)
    pins = pinned(ENVIRONMENT.read_text("utf-8"))
    pin_file.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), "utf-8")
    if os.geteuid() == 0:
        for path in (source, pin_file, *source.rglob("*")):
            os.chown(path, ORDINARY, ORDINARY)

    as_ordinary_user(interpreter(as_ordinary_user), "-m", "venv", "--without-pip", str(home / "env"))
    newest_pip(home / "env")
    install = ("python", "-m", "pip", "install", "-qq", "--no-deps", "--no-cache-dir", "--no-compile")
    as_ordinary_user(*install, "--requirement", str(pin_file))
    built = as_ordinary_user("binder/postBuild", cwd=source).stdout
    assert [f"{language}: runs" for language in LANGUAGES] == built.splitlines()[-len(LANGUAGES) :]

    assert "No broken requirements" in as_ordinary_user("python", "-m", "pip", "check").stdout
    loaded = as_ordinary_user("python", "-c", "import scopebox, jupyterlab; print(scopebox.__file__)").stdout
    assert loaded.startswith(str(home / "env"))
