"""Cells that run in the background, while the notebook goes on."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import CancelledError
from io import BytesIO
from typing import TYPE_CHECKING

from IPython.display import display

from scopebox.errors import CancelledRun, ScopeboxError
from scopebox.extension.printed import printed
from scopebox.extension.result import RunResult, result_of, result_view
from scopebox.journal.outcomes import Outcome, pack
from scopebox.views.parts import Block, Line, View, Viewed

if TYPE_CHECKING:
    from concurrent.futures import Future

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
        self._heard = BytesIO()  # what it printed, while it runs: UTF-8
        self._cut: RunResult | None = None  # what is left of it once it was cancelled
        self._cutting = threading.Lock()
        self._future: Future[RunResult] | None = None

    def start(self, *, live: bool) -> None:
        """Start it; ``live`` shows the outcome below the cell as soon as it is there."""
        options: LoadOptions = {**self._options, "on_print": self._hear}
        self._future = self._box.pool.submit(self._run(options))
        if live:
            # The context knows the cell that started this, so that the outcome appears below it.
            context = contextvars.copy_context()
            self._future.add_done_callback(lambda _: context.run(display, self))

    def _hear(self, text: str) -> None:
        self._heard.write(text.encode())

    async def _run(self, options: LoadOptions) -> RunResult:
        """Run to the end. What it printed is the result's from then on: this keeps nothing of it, and nothing of the extension."""
        try:
            return (await self._box.aload(self._source, **options)).result
        except asyncio.CancelledError:  # there is no result
            self._cut_off()
            raise
        finally:
            self._heard = BytesIO()

    @property
    def done(self) -> bool:
        """Whether it ended."""
        return self._future is not None and self._future.done()

    def result(self, timeout: float | None = None) -> RunResult:
        """Wait for the RunResult, at most ``timeout`` seconds (TimeoutError). What ended the cell is its ``error``."""
        if self._future is None:
            raise RuntimeError("It was not started")
        try:
            return self._future.result(timeout)
        except ScopeboxError as error:
            return result_of(error, self.name, self._language)
        except CancelledError:
            return self._cut_off()

    def _cut_off(self) -> RunResult:
        """Return what is left of it: what it had printed when the first asked, who may be here before the loop has cancelled it."""
        with self._cutting:
            if self._cut is None:
                heard, self._heard = self._heard.getvalue(), BytesIO()
                kept = self._box.services.outcomes.keep(Outcome(printed=pack(heard)))
                cancelled = CancelledRun("The run was cancelled", extension=self.name)
                characters = len(heard.decode())
                self._cut = RunResult(
                    self.name, kept=kept, printed=characters, error=cancelled, language=self._language
                )
            return self._cut

    def cancel(self) -> None:
        """Stop it; nothing of it stays."""
        if self._future is not None:
            self._future.cancel()

    def view(self) -> View:
        """Return what it printed by now, and the outcome or that it still runs."""
        if not self.done:
            running = Line(f"{self.name} runs in the background", "muted")
            return View((*_said(self._heard.getvalue().decode()), running), self)
        result = self.result()
        outcome = result.kept.outcome
        said = () if outcome is None else _said(outcome.printed)
        shown = result_view(result)
        return View((*said, *shown.parts), shown.value)

    def __repr__(self) -> str:
        return f"<BackgroundRun of {self.name}: {'ended' if self.done else 'running'}>"


def _said(text: str) -> tuple[Block, ...]:
    """Return what is shown of printed text, nothing where there is none."""
    words = printed(text).removesuffix("\n")
    return (Block(words),) if words else ()
