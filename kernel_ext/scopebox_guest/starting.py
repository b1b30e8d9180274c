"""What every process that runs guests does first: it settles what depends on files, and makes the engine of their language."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Engine

ENCODINGS: Final = (
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.utf_8",
)  # imported when they are first used; a guest finds no file any more


def load_engine(engine: str) -> Callable[[], Engine[Outcome, Calls, Printed]]:
    """Return the factory of an engine that comes along, by the name of its package, or of the one in a file."""
    if engine.isidentifier():
        return importlib.import_module(f"scopebox_guest.{engine}").make_engine  # type: ignore[no-any-return]
    spec = spec_from_file_location("engine", engine)
    if spec is None or spec.loader is None:
        raise ImportError(f"no engine in {engine}")
    module = module_from_spec(spec)
    sys.modules["engine"] = module
    spec.loader.exec_module(module)
    return module.make_engine  # type: ignore[no-any-return]


def preload() -> None:
    """Settle what depends on files, whatever the language."""
    os.environ.clear()
    os.putenv("TZ", "UTC0")
    if hasattr(time, "tzset"):  # Windows has none, and a clock of its own
        time.tzset()
    for name in ENCODINGS:
        importlib.import_module(name)
    sys.stdin = sys.stdout = sys.stderr = None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
