"""What a cell shows while it runs: what it prints, as it comes, and until then, if it runs long, a line that says so.

A display can be changed, but not taken away: one that is emptied stays in the saved notebook. So what goes away is all that the cell
shows, and the line is there only for cells that show nothing before it. It goes when the cell ends, or when anybody prints.
"""

from __future__ import annotations

import contextvars
import sys
import threading
import time
import uuid
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Self, TextIO

from IPython.display import clear_output, publish_display_data

from scopebox.extension.printed import PrintedText
from scopebox.journal.views import calls_text
from scopebox.views.parts import Line, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.sandbox.sandbox import Sandbox

DELAY_SECONDS: Final = 0.5  # seconds before the line is shown
PERIOD_SECONDS: Final = 0.25  # between two changes of the line
PRINTS_SECONDS: Final = 0.1  # between two looks at what was printed


class LiveLine:
    """A block of code during which a cell runs. ``printed`` takes what it prints, ``rest`` shows what is left of that in the end.

    Only a kernel has a front end that can take the line away again. A ``quiet`` cell shows nothing of what it prints.
    """

    def __init__(self, shell: InteractiveShell, box: Sandbox, name: str, *, quiet: bool = False) -> None:
        self._box = box
        self._name = name
        self._quiet = quiet
        self._mark = box.trace.last
        self._started = time.monotonic()
        self._pieces: SimpleQueue[str] = SimpleQueue()
        self._text = PrintedText()
        self._ended = threading.Event()
        self._line = _Line(is_all(cell_of(shell)))
        # The context knows the cell that is running, so that what is shown appears below it.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._watch,), name="scopebox-live", daemon=True)

    def __enter__(self) -> Self:
        self._line.begin()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._line.end()

    def printed(self, text: str) -> None:
        """Take a piece of what the cell prints. Any thread."""
        if not self._quiet:
            self._pieces.put(text)

    def rest(self, text: str) -> None:
        """Show what is left to be shown of all that the cell printed."""
        if not self._quiet:
            sys.stdout.write(self._text.rest(text))

    def _watch(self) -> None:
        shown = 0.0
        while not self._ended.wait(PRINTS_SECONDS):
            self._show_pieces()
            now = time.monotonic() - self._started
            if now >= max(DELAY_SECONDS, shown + PERIOD_SECONDS):
                self._line.show(self._bundle)
                shown = now
        self._show_pieces()

    def _show_pieces(self) -> None:
        pieces: list[str] = []
        try:
            while True:
                pieces.append(self._pieces.get_nowait())
        except Empty:
            text = self._text.first("".join(pieces))
        if text:
            sys.stdout.write(text)  # which takes the line away
            sys.stdout.flush()

    def _bundle(self) -> dict[str, str]:
        calls = [record for record in self._box.trace.since(self._mark) if record.extension == self._name]
        facts = [f"{self._name} runs for {time.monotonic() - self._started:.0f} s", calls_text(calls)]
        view = View((Line(" · ".join(filter(None, [*facts, "interrupt the kernel to stop it"])), "muted"),))
        return {"text/plain": view.text(), "text/html": view.html()}


class _Line:
    """The line itself. While it may be shown, it stands in front of what is printed, by whomever, and goes before that is shown."""

    def __init__(self, wanted: bool) -> None:  # noqa: FBT001 - the one thing to say of it
        self._wanted = wanted
        self._shown = False
        self._id = uuid.uuid4().hex
        self._lock = threading.RLock()
        self._context = contextvars.copy_context()
        self._streams: list[tuple[str, _Watched]] = []

    def begin(self) -> None:
        """Watch what is printed."""
        if self._wanted:
            self._streams = [(name, _Watched(getattr(sys, name), self._leave)) for name in ("stdout", "stderr")]
            for name, stream in self._streams:
                setattr(sys, name, stream)

    def show(self, made: Callable[[], dict[str, str]]) -> None:
        """Show the line, or bring it up to date, unless something else was printed."""
        with self._lock:
            if self._wanted:
                publish_display_data(made(), transient={"display_id": self._id}, update=self._shown)  # type: ignore[no-untyped-call]
                self._shown = True

    def end(self) -> None:
        """Take the line away, and watch no longer."""
        with self._lock:
            self._wanted = False
            if self._shown:
                clear_output()  # type: ignore[no-untyped-call]
                self._shown = False
        for name, stream in self._streams:
            if getattr(sys, name) is stream:
                setattr(sys, name, stream.stream)

    def _leave(self) -> None:
        """Let what is printed now take the place of the line."""
        with self._lock:
            self._wanted = False
            if self._shown:
                self._context.copy().run(clear_output, wait=True)
                self._shown = False


class _Watched:
    """A stream that tells of what is written before it is."""

    def __init__(self, stream: TextIO, before: Callable[[], None]) -> None:
        self.stream = stream
        self._before = before

    def write(self, text: str) -> int:
        """Write text."""
        if text:
            self._before()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


def is_all(cell: str) -> bool:
    """Whether a cell is one magic of ours and nothing else, so that nothing stands above the line."""
    code = cell.strip()
    return code.startswith("%%sandbox") or (code.startswith("%sandbox") and "\n" not in code)


def cell_of(shell: InteractiveShell) -> str:
    """Return the cell that runs, as it was sent to the kernel; empty where there is no kernel."""
    if not hasattr(shell, "kernel"):
        return ""
    content = shell.get_parent().get("content", {})  # type: ignore[attr-defined]
    return str(content.get("code", ""))
