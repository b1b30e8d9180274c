"""The garbage collector, which imports wake again and again: they make many objects, and leave no garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def collector_paused() -> Iterator[None]:
    """Import without the collector: it would look through all that the kernel holds, once for each round of new objects."""
    if not gc.isenabled():  # the user's choice, or that of another thread that imports
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
