"""The live line: a cell that runs long says so, in one line that goes away when the cell ends.

A display can be changed, but not taken away: one that is emptied stays in the saved notebook. So what goes away is all that the cell
shows, and the line is there only for cells that show nothing before it.
"""

from __future__ import annotations

import contextvars
import threading
import time
import uuid
from typing import TYPE_CHECKING, Final, Self

from IPython.display import clear_output, publish_display_data

from scopebox.journal.views import calls_text
from scopebox.views.parts import Line, View

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.sandbox.sandbox import Sandbox

DELAY_SECONDS: Final = 0.5  # seconds before anything is shown
PERIOD_SECONDS: Final = 0.25


class LiveLine:
    """A block of code during which the line may be shown. Only a kernel has a front end that can take it away again."""

    def __init__(self, shell: InteractiveShell, box: Sandbox, name: str) -> None:
        self._box = box
        self._name = name
        self._mark = box.trace.last
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._id = uuid.uuid4().hex
        # The context knows the cell that is running, so that the line appears below it.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._show,), name="scopebox-live", daemon=True)
        self._wanted = is_all(_cell_of(shell))

    def __enter__(self) -> Self:
        if self._wanted:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._wanted:
            self._thread.join()

    def _show(self) -> None:
        if self._ended.wait(DELAY_SECONDS):
            return
        self._publish(self._bundle(), update=False)
        while not self._ended.wait(PERIOD_SECONDS):
            self._publish(self._bundle(), update=True)
        clear_output()  # type: ignore[no-untyped-call]

    def _bundle(self) -> dict[str, str]:
        calls = [record for record in self._box.trace.since(self._mark) if record.extension == self._name]
        facts = [f"{self._name} runs for {time.monotonic() - self._started:.0f} s", calls_text(calls)]
        view = View((Line(" · ".join(filter(None, [*facts, "interrupt the kernel to stop it"])), "muted"),))
        return {"text/plain": view.text(), "text/html": view.html()}

    def _publish(self, bundle: dict[str, str], *, update: bool) -> None:
        publish_display_data(bundle, transient={"display_id": self._id}, update=update)  # type: ignore[no-untyped-call]


def is_all(cell: str) -> bool:
    """Whether a cell is one magic of ours and nothing else, so that nothing stands above the line."""
    code = cell.strip()
    return code.startswith("%%sandbox") or (code.startswith("%sandbox") and "\n" not in code)


def _cell_of(shell: InteractiveShell) -> str:
    """Return the cell that runs, as it was sent to the kernel; empty where there is no kernel."""
    if not hasattr(shell, "kernel"):
        return ""
    content = shell.get_parent().get("content", {})  # type: ignore[attr-defined]
    return str(content.get("code", ""))
