"""``-p tests.pauses``: random pauses wherever a thread hands something to another, which is where a busy machine makes them.

A test that takes for settled what is only about to be then fails within minutes, on a quiet machine. The main thread is never paused.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import random
import threading
import time
from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")
OFTEN: Final = 0.3  # the probability where something ends, or a thread begins
SELDOM: Final = 0.01  # before a step of a loop, of which there are many
LONGEST: Final = 0.04  # seconds
MAIN: Final = threading.main_thread().ident
_chance: Final = random.Random(int(os.environ.get("SCOPEBOX_PAUSES", "1")))


def _pause(probability: float) -> None:
    if threading.get_ident() != MAIN and _chance.random() < probability:
        time.sleep(_chance.uniform(0, LONGEST))


def _paused(function: Callable[P, T], *, before: float = 0.0, after: float = 0.0) -> Callable[P, T]:
    @wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> T:
        _pause(before)
        try:
            return function(*args, **options)
        finally:
            _pause(after)

    return call


def pytest_configure() -> None:
    future = concurrent.futures.Future
    for owner, name, before, after in (
        (future, "set_result", 0.0, OFTEN),
        (future, "set_exception", 0.0, OFTEN),
        (threading.Event, "set", 0.0, OFTEN),
        (threading.Thread, "run", OFTEN, OFTEN),
        (asyncio.Handle, "_run", SELDOM, 0.0),
    ):
        setattr(owner, name, _paused(getattr(owner, name), before=before, after=after))
