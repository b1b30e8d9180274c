"""Cells that run in the background, while the notebook goes on."""

from __future__ import annotations

import contextvars
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from IPython.display import display

from scopebox.errors import CancelledRun, ScopeboxError
from scopebox.extension.printed import printed
from scopebox.extension.result import RunResult, result_of, result_view
from scopebox.views.parts import Block, Line, View, Viewed

if TYPE_CHECKING:
    from concurrent.futures import Future

    from scopebox.extension.extension import Extension
    from scopebox.languages import Language
    from scopebox.sandbox.options import LoadOptions
    from scopebox.sandbox.sandbox import Sandbox


class BackgroundRun(Viewed):
    """A cell in the background: ``done``, ``result()`` waits for its RunResult, ``cancel()`` stops it."""

    def __init__(self, box: Sandbox, name: str, language: Language, source: str, options: LoadOptions) -> None:
        self.name = name
        self._language = language
        self._box = box
        self._source = source
        self._options = options
        self._pieces: list[str] = []  # of what it printed
        self._future: Future[Extension] | None = None

    def start(self, *, live: bool) -> None:
        """Start it; ``live`` shows the outcome below the cell as soon as it is there."""
        options: LoadOptions = {**self._options, "on_print": self._pieces.append}
        work = self._box.aload(self._source, **options)
        self._future = self._box.pool.submit(work)
        if live:
            # The context knows the cell that started this, so that the outcome appears below it.
            context = contextvars.copy_context()
            self._future.add_done_callback(lambda _: context.run(display, self))

    @property
    def done(self) -> bool:
        """Whether it ended."""
        return self._future is not None and self._future.done()

    def result(self, timeout: float | None = None) -> RunResult:
        """Wait for the RunResult, at most ``timeout`` seconds (TimeoutError). What ended the cell is its ``error``."""
        if self._future is None:
            raise RuntimeError("It was not started")
        try:
            return self._future.result(timeout).result
        except ScopeboxError as error:
            return result_of(error, self.name, self._language)
        except CancelledError:
            cancelled = CancelledRun("The run was cancelled", extension=self.name)
            return RunResult(self.name, error=cancelled, language=self._language)

    def cancel(self) -> None:
        """Stop it; nothing of it stays."""
        if self._future is not None:
            self._future.cancel()

    def view(self) -> View:
        """Return what it printed by now, and the outcome or that it still runs."""
        done = self.done
        words = printed("".join(self._pieces)).removesuffix("\n")
        said = (Block(words),) if words else ()
        if not done:
            return View((*said, Line(f"{self.name} runs in the background", "muted")), self)
        outcome = result_view(self.result())
        return View((*said, *outcome.parts), outcome.value)

    def __repr__(self) -> str:
        return f"<BackgroundRun of {self.name}: {'ended' if self.done else 'running'}>"
