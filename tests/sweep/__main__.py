"""The long form: ``python -m tests.sweep``; every pattern and function on long texts. 1 if one of them is worse than linear."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.sweep import factories, functions, growth, patterns

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = {
    "scopebox": ROOT / "kernel_ext" / "scopebox",
    "scopebox_widgets": ROOT / "widgets" / "scopebox_widgets",
}

Looked = tuple[str, Callable[[], str]]  # a name, and what says where that is worse than linear


def uses() -> dict[str, set[str]]:
    """Return how the patterns of the product are used, by module and name."""
    return {
        name: kinds for package, folder in SOURCES.items() for name, kinds in patterns.uses(folder, package).items()
    }


def main() -> int:
    """Print what is worse than linear, and the totals; in a folder of its own, since some functions write a file of whatever name."""
    with TemporaryDirectory() as folder, chdir(folder):
        return _swept()


def _swept() -> int:
    start, used = time.monotonic(), uses()
    compiled = patterns.compiled(functions.modules())
    called, others = functions.found()
    looks: list[Looked] = [
        *((name, partial(patterns.slow, one, used.get(name, set()), growth.LONG)) for name, one in compiled.items()),
        *((one.name, partial(functions.slow, one, growth.LONG)) for one in called),
    ]
    wrong = _looked_at(looks)
    print(
        f"{len(compiled)} patterns and {len(called)} functions, {wrong} worse than linear; {len(others)} are not called"
    )
    print(f"{time.monotonic() - start:.0f} s")
    return 1 if wrong else 0


def _looked_at(looks: list[Looked]) -> int:
    """Print what is found, as soon as it is, and return how often; every processor looks at one after the other."""
    wrong, context = 0, multiprocessing.get_context("fork")
    with ProcessPoolExecutor(mp_context=context, initializer=_begin, initargs=(looks,)) as pool:
        for name, said in pool.map(_look, range(len(looks))):
            if said:
                wrong += 1
                print(f"{name}: {said}", flush=True)
    return wrong


_looks: list[Looked] = []


def _begin(looks: list[Looked]) -> None:
    """Begin a process: what the functions print is seen nowhere, and what they were given is closed at the end."""
    _looks.extend(looks)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    Finalize(None, _end, exitpriority=0)


def _end() -> None:
    functions.close()
    factories.close()


def _look(at: int) -> tuple[str, str]:
    name, said = _looks[at]
    return name, said()


if __name__ == "__main__":
    sys.exit(main())
