"""The long form: ``python -m tests.sweep``; every pattern and function on long texts. 1 if one of them is worse than linear."""

from __future__ import annotations

import sys
import time
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.sweep import factories, functions, growth, patterns

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = {
    "scopebox": ROOT / "kernel_ext" / "scopebox",
    "scopebox_widgets": ROOT / "widgets" / "scopebox_widgets",
}


def main() -> int:
    """Print what is worse than linear, and the totals; in a folder of its own, since some functions write a file of whatever name."""
    with TemporaryDirectory() as folder, chdir(folder):
        return _swept()


def _swept() -> int:
    start, wrong = time.monotonic(), 0
    used = {
        name: kinds for package, folder in SOURCES.items() for name, kinds in patterns.uses(folder, package).items()
    }
    compiled = patterns.compiled(functions.modules())
    for name, pattern in compiled.items():
        if said := patterns.slow(pattern, used.get(name, set()), growth.LONG):
            wrong += 1
            print(f"{name}: {said}")
    called, others = functions.found()
    for function in called:
        if said := functions.slow(function, growth.LONG):
            wrong += 1
            print(f"{function.name}: {said}")
    print(
        f"{len(compiled)} patterns and {len(called)} functions, {wrong} worse than linear; {len(others)} are not called"
    )
    print(f"{time.monotonic() - start:.0f} s")
    functions.close()
    factories.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
