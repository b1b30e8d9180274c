"""Printed text: collected, cut at the limit that the host set, and sent in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest.driver import values
from scopebox_guest.wire import Output, pack

if TYPE_CHECKING:
    from scopebox_guest.driver.channel import Channel
    from scopebox_guest.driver.run import Run

MAX_FRAME_CHARACTERS: Final = 10_000  # of one frame: JSON may write each as six bytes
SENT_FROM_CHARACTERS: Final = 8_000  # that many are sent without waiting for more
NOTE_CHARACTERS: Final = 100  # kept free for the line that says what was cut


class Printed:
    """The printed text of one extension. A cell or handler has ``_limit`` characters; the rest is counted and dropped."""

    __slots__ = ("_channel", "_limit", "_run", "_size", "_texts")

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._run: Run | None = None
        self._texts: list[str] = []
        self._size = 0
        self._limit = 0

    def _write(self, run: Run, text: str) -> None:
        """Keep text, or send what is kept if that is enough for a frame."""
        if not text.isascii():
            text = values.clean(text)
        room = self._limit - NOTE_CHARACTERS - run._printed
        run._printed += len(text)
        if room <= 0:
            return
        if run is not self._run:
            self._flush()
            self._run = run
        text = text[:room]
        self._texts.append(text)
        self._size += len(text)
        if self._size >= SENT_FROM_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        """Send all that is kept."""
        if not self._size or self._run is None:
            return
        text = "".join(self._texts)
        self._texts.clear()
        self._size = 0
        for start in range(0, len(text), MAX_FRAME_CHARACTERS):
            self._channel._send(pack(Output(self._run._number, text[start : start + MAX_FRAME_CHARACTERS])))

    def _finish(self, run: Run) -> None:
        """Send the rest of a cell or handler that ended, and say how much was cut."""
        cut = run._printed - (self._limit - NOTE_CHARACTERS)
        if cut > 0:
            run._printed = 0
            self._write(run, f"\n… {cut:,} more characters were printed and cut\n")
        self._flush()
        if self._run is run:
            self._run = None
