"""Try what is published: ``python -m tests.wheel`` builds it and uses it in an empty environment, far from the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.pins import ENVIRONMENT, pinned

ROOT: Final = Path(__file__).parents[1]
TOUR: Final = ROOT / "notebooks" / "00-tour.ipynb"
PACKAGES: Final = ("scopebox", "scopebox_guest", "scopebox_widgets")
NEWER: Final = ("3.12", "3.13", "3.14", "3.15")
OF_JAVASCRIPT: Final = ("quickjs-ng", "tree-sitter", "tree-sitter-typescript")
FIRST: Final = """
import sys
from scopebox import Sandbox, Store
CELLS = {
    "python": "len(await exec('read-items', 'articles', {'query': {'limit': 2}}))",
    "js": "(await exec('read-items', 'articles', { query: { limit: 2 } })).length",
    "ts": "const items: unknown[] = await exec('read-items', 'articles', { query: { limit: 2 } });\\nitems.length",
}
MANIFEST = {"permissions": [{"permission": "read-items", "role": "reader"}]}
"""
LANGUAGES: Final = f"""{FIRST}
with Sandbox(Store.sample("blog")) as box:
    for language, source in CELLS.items():
        assert box.load(source, language=language, manifest=MANIFEST).result.value == 2, language
print(*CELLS, "run on Python", sys.version.split()[0])
"""
WITHOUT_JAVASCRIPT: Final = f"""{FIRST}
from scopebox.errors import IsolationError
with Sandbox(Store.sample("blog")) as box:
    for language, source in CELLS.items():
        try:
            value = box.load(source, language=language, manifest=MANIFEST).result.value
        except IsolationError as error:
            assert language != "python", error
            assert error.message.startswith("No JavaScript on this machine, because the package "), error.message
            assert "pip install" in error.hint, error.hint
        else:
            assert (language, value) == ("python", 2), language
print("Without the engine of JavaScript, Python runs on", sys.version.split()[0])
"""
FROM_ENVIRONMENT: Final = "import {0}, sys; assert {0}.__file__.startswith(sys.prefix), {0}.__file__"


def run(*command: str | Path, cwd: Path) -> None:
    """Run ``command`` without anything that would let it find the sources; end here if it fails."""
    print("$", *command, flush=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run(command, cwd=cwd, env=environment, check=True)


def build(folder: Path) -> Path:
    """Build the source distribution, from that the wheel, and return the wheel."""
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


def pip(python: Path, *arguments: str | Path, cwd: Path) -> None:
    """Let the pip of these tests work in the environment of ``python``: to install another one in each takes seconds."""
    run(sys.executable, "-m", "pip", "--python", python, *arguments, cwd=cwd)


def install(wheel: Path, folder: Path, base: str | Path, *more: str) -> Path:
    """Install ``wheel`` and ``more`` packages in a new environment made with ``base``; return its Python."""
    run(base, "-m", "venv", "--without-pip", folder / "environment", cwd=folder)
    python = folder / "environment" / "bin" / "python"
    pins = folder / "pins.txt"
    pins.write_text("".join(f"{name}=={version}\n" for name, version in pinned(ENVIRONMENT.read_text("utf-8")).items()))
    pip(python, "install", "-qq", "--no-compile", "--constraint", pins, wheel, *more, cwd=folder)
    return python


def others() -> list[Path]:
    """Return a Python of each newer version that is promised and can be had here, by itself or from pyenv."""
    found: dict[str, Path] = {}
    command = shutil.which("pyenv")
    root = (
        subprocess.run([command, "root"], capture_output=True, text=True, check=False).stdout.strip() if command else ""
    )
    for version in NEWER:
        on_path = shutil.which(f"python{version}")
        names = [Path(on_path)] if on_path else []
        for name in [*names, *(Path(root) / "versions").glob(f"{version}.*/bin/python")]:
            works = subprocess.run([name, "-c", "import venv"], capture_output=True, check=False)
            if works.returncode == 0:
                found.setdefault(version, name)
    return list(found.values())


def try_languages(python: Path, folder: Path) -> None:
    """Examine the isolation and run a cell of each language; then take the packages of JavaScript away, and run Python alone."""
    run(python, "-m", "scopebox", "doctor", cwd=folder)
    run(python, "-c", LANGUAGES, cwd=folder)
    pip(python, "uninstall", "-qq", "--yes", *OF_JAVASCRIPT, cwd=folder)
    run(python, "-m", "scopebox", "doctor", cwd=folder)
    run(python, "-c", WITHOUT_JAVASCRIPT, cwd=folder)


def try_others(wheel: Path, folder: Path) -> None:
    """Run extensions on every other Python."""
    for number, base in enumerate(others()):
        place = folder / f"other-{number}"
        place.mkdir()
        try_languages(install(wheel, place, base), place)


def main() -> None:
    """Build, install, import, run the tour and every language; then try the other Pythons."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        python = install(wheel, folder, sys.executable, "nbclient")  # runs the tour
        for package in PACKAGES:
            run(python, "-c", FROM_ENVIRONMENT.format(package), cwd=folder)
        if TOUR.exists():
            shutil.copy(TOUR, folder)
            run(python.with_name("jupyter"), "execute", TOUR.name, cwd=folder)
        try_languages(python, folder)
        try_others(wheel, folder)
    print("The wheel works in an empty environment.")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"failed: {error}") from None
