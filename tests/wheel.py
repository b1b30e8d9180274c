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


def install(wheel: Path, folder: Path) -> Path:
    """Install ``wheel`` and what runs notebooks in a new environment; return its Python."""
    run(sys.executable, "-m", "venv", folder / "environment", cwd=folder)
    python = folder / "environment" / "bin" / "python"
    pins = folder / "pins.txt"
    pins.write_text("".join(f"{name}=={version}\n" for name, version in pinned(ENVIRONMENT.read_text("utf-8")).items()))
    run(python, "-m", "pip", "install", "-qq", "--constraint", pins, wheel, "nbclient", cwd=folder)
    return python


def main() -> None:
    """Build, install, import, examine the isolation, run the tour."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = install(build(folder), folder)
        for package in PACKAGES:
            run(python, "-c", FROM_ENVIRONMENT.format(package), cwd=folder)
        run(python, "-m", "scopebox", "doctor", cwd=folder)
        if TOUR.exists():
            shutil.copy(TOUR, folder)
            run(python.with_name("jupyter"), "execute", TOUR.name, cwd=folder)
    print("The wheel works in an empty environment.")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"failed: {error}") from None
