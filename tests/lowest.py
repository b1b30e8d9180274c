"""Try the lower bounds of pyproject.toml: ``python -m tests.lowest`` installs them in an environment of their own, and runs what depends on them.

A bound that is wrong is a hole that nothing else sees: everybody here has newer versions. ``--python PATH`` takes another Python,
``--newest`` the newest versions instead.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[1]
# What runs the tests has no bound to be tried: it comes as it is.
TOOLS: Final = ("hypothesis", "nbclient", "nbconvert", "packaging", "pandas", "pyarrow", "pytest")
# The tests of what each dependency is used for: frames, requests and HTTP, the language, the store, YAML, the notebook and the panel.
FILES: Final = (
    "tests/unit/guest/test_wire.py",
    "tests/unit/guest/driver",
    "tests/unit/guest/python",
    "tests/unit/guest/javascript",
    "tests/unit/isolate/test_isolate.py",
    "tests/unit/network",
    "tests/unit/server",
    "tests/unit/urls",
    "tests/unit/notebook",
    "tests/unit/store",
    "tests/unit/widgets",
    "tests/behaviour/test_execution_types.py",
    "tests/behaviour/test_sandbox.py",
)


def dependencies() -> list[Requirement]:
    """Return what scopebox needs on this machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = [Requirement(text) for text in project["dependencies"]]
    return [each for each in found if each.marker is None or each.marker.evaluate()]


def lowest(requirement: Requirement) -> str:
    """Return the lower bound of a dependency as the one version that is wanted."""
    bound = next(each.version for each in requirement.specifier if each.operator == ">=")
    return f"{requirement.name}=={bound}"


def main() -> int:
    """Install and run; the status is that of the tests."""
    parser = argparse.ArgumentParser(prog="python -m tests.lowest", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--newest", action="store_true")
    options, rest = parser.parse_known_args()
    wanted = [str(each) if options.newest else lowest(each) for each in dependencies()]
    print(*wanted, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        subprocess.run([options.python, "-m", "venv", environment], check=True)
        python = environment / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-qq", "--no-compile", *wanted, *TOOLS], check=True)
        # For what it says of itself, its entry points above all; its modules are those of the clone.
        subprocess.run([python, "-m", "pip", "install", "-qq", "--no-compile", "--no-deps", ROOT], check=True)
        paths = os.pathsep.join(str(ROOT / each) for each in ("kernel_ext", "widgets", "."))
        command = [python, "-m", "pytest", "-q", *(rest or FILES)]
        variables = {**os.environ, "PYTHONPATH": paths}
        return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
