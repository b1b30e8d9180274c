"""``print``: collected, cut at the limit that the host set, and sent in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox_guest.driver import values
from scopebox_guest.driver.calls import named
from scopebox_guest.wire import Output, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.driver import Driver, Run

PIECE = 10_000  # characters of one frame: JSON may write each as six bytes
ENOUGH = 8_000  # characters that are sent without waiting for more
NOTE = 100  # characters kept free for the line that says what was cut


class Printed:
    """The printed text of one extension. A cell or handler has ``_limit`` characters; the rest is counted and dropped."""

    __slots__ = ("_driver", "_limit", "_run", "_size", "_texts")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._run: Run | None = None
        self._texts: list[str] = []
        self._size = 0
        self._limit = 0

    def _write(self, run: Run, text: str) -> None:
        """Keep text, or send what is kept if that is enough for a frame."""
        if not text.isascii():
            text = values.clean(text)
        room = self._limit - NOTE - run._printed
        run._printed += len(text)
        if room <= 0:
            return
        if run is not self._run:
            self._flush()
            self._run = run
        text = text[:room]
        self._texts.append(text)
        self._size += len(text)
        if self._size >= ENOUGH:
            self._flush()

    def _flush(self) -> None:
        """Send all that is kept."""
        if not self._size or self._run is None:
            return
        text = "".join(self._texts)
        self._texts.clear()
        self._size = 0
        for start in range(0, len(text), PIECE):
            self._driver._channel._send(pack(Output(self._run._number, text[start : start + PIECE])))

    def _finish(self, run: Run) -> None:
        """Send the rest of a cell or handler that ended, and say how much was cut."""
        cut = run._printed - (self._limit - NOTE)
        if cut > 0:
            run._printed = 0
            self._write(run, f"\n… {cut:,} more characters were printed and cut\n")
        self._flush()
        if self._run is run:
            self._run = None


def make_print(driver: Driver) -> Callable[..., None]:
    """Return the function ``print`` of one extension."""

    def write(*objects: object, sep: str | None = " ", end: str | None = "\n", flush: bool = False) -> None:
        for name, text in (("sep", sep), ("end", end)):
            if text is not None and not isinstance(text, str):
                raise TypeError(f"{name} must be None or a string, not {type(text).__name__}")
        text = (" " if sep is None else sep).join([str(each) for each in objects]) + ("\n" if end is None else end)
        driver._output._write(driver._current_run("print()"), text)
        if flush:
            driver._output._flush()

    return named("print", write)
