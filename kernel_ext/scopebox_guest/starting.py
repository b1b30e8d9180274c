"""What every process that runs guests does first: it imports what cells may need, and makes the engine of their language."""

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

# What Python imports only when it is first used; a guest finds no file any more.
IMPORTED_LATE: Final = (
    "_colorize",
    "_strptime",
    "_suggestions",
    "datetime",
    "decimal",
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_8",
    "linecache",
    "random",
    "re",
    "tokenize",
    "traceback",
    "unicodedata",
)


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
    """Import what is imported late, and settle what depends on files."""
    os.environ.clear()
    os.putenv("TZ", "UTC0")
    if hasattr(time, "tzset"):  # Windows has none, and a clock of its own
        time.tzset()
    for name in IMPORTED_LATE:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue  # newer or older Pythons have other helpers
    sys.stdin = sys.stdout = sys.stderr = None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
