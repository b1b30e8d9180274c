"""What all views have in common: when they are built and drawn, and how an error of a handler gets to the eyes."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.errors import ScopeboxError
from scopebox.views.html import Markup, block, element, text

from scopebox_widgets.html import Html

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scopebox.sandbox.sandbox import Sandbox

MAX_MESSAGE_CHARACTERS: Final = 600  # characters of an error in the panel


class Voice:
    """The line in which the views say what happened; a screen reader reads it out."""

    def __init__(self) -> None:
        self.widget = Html()
        self._speaker: View | None = None
        self.say("")

    def say(self, words: str, speaker: View | None = None) -> None:
        """Say something in place of what was said before."""
        self._speaker = speaker
        self.widget.value = element(
            "p", text(words, MAX_MESSAGE_CHARACTERS), role="status", class_="sbx-status", data_sbx="status"
        )

    def fail(self, error: BaseException, speaker: View) -> None:
        """Say what went wrong."""
        self._speaker = speaker
        self.widget.value = element("div", failure(error), role="alert", class_="sbx-status", data_sbx="status")

    def turn(self, view: View) -> None:
        """Be silent about what other views said, now that ``view`` is shown.

        Not about what it said itself: a page sends a quick second turn of the tabs only when the first is answered, which can
        be after the click that was made in the tab.
        """
        if self._speaker is not view:
            self.say("")


def failure(error: BaseException) -> Markup:
    """Return an error as HTML: its message, and below it what would be right."""
    message = error.message if isinstance(error, ScopeboxError) else str(error) or type(error).__name__
    hint = error.hint if isinstance(error, ScopeboxError) else ""
    kind = getattr(error, "kind", "") or ("" if isinstance(error, ScopeboxError) else type(error).__name__)
    line = getattr(error, "line", 0)
    words = [f"{kind}: " if kind else "", text(message, MAX_MESSAGE_CHARACTERS), f" (line {line})" if line else ""]
    advice = element("span", text(hint, MAX_MESSAGE_CHARACTERS, lines=True), class_="sbx-hint") if hint else ""
    return element("p", element("strong", "✕ "), *words, advice, class_="sbx-error")


def next_step(words: str, cell: str) -> Markup:
    """Return what to do where there is nothing to see: a sentence, and a cell that a click selects whole."""
    return element("div", element("p", words, class_="sbx-empty"), block(cell), class_="sbx-next")


class View(ABC):
    """One tab. Its controls are made when it is first shown, and it is drawn only while it is shown."""

    title: str

    def __init__(self, box: Sandbox, voice: Voice) -> None:
        self.box = box
        self.voice = voice
        self.widget = widgets.VBox()
        self._stale = True
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    def build(self) -> list[widgets.Widget]:
        """Make the controls."""

    @abstractmethod
    def draw(self) -> None:
        """Bring what is shown up to date."""

    @abstractmethod
    def static(self) -> Markup:
        """Return the view as HTML that needs no kernel."""

    def choose(self, _extension: str) -> bool:
        """Show this extension from now on; False where the view does not show one at a time."""
        return False

    def show(self) -> None:
        """Draw if anything changed since the last time."""
        if not self.widget.children:
            self.widget.children = tuple(self.build())
        if self._stale:
            self._stale = False
            self.draw()

    def mark(self) -> None:
        """Note that what is shown is out of date."""
        self._stale = True

    def say(self, words: str) -> None:
        """Say what was done here."""
        self.voice.say(words, self)

    def fail(self, error: BaseException) -> None:
        """Say what went wrong here."""
        self.voice.fail(error, self)

    def guarded(self, handler: Callable[..., None]) -> Callable[..., None]:
        """Return ``handler`` such that an error appears in the panel: ipywidgets itself swallows it."""

        def call(*arguments: object) -> None:
            try:
                handler(*arguments)
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody clicked and has to see it
                self.fail(error)

        return call

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Run ``work`` beside whatever the main thread does; an error of it appears in the panel.

        Where no loop runs (a plain Python, a test) it is run to its end.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._shown(work))
            return
        task = loop.create_task(self._shown(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shown(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - as above
            self.fail(error)

    def close(self) -> None:
        """End what still runs."""
        for task in tuple(self._tasks):
            task.cancel()


def button(label: str, handler: Callable[[object], None], *, kind: str = "", tip: str = "") -> widgets.Button:
    """Return a button; ``kind`` is a style of ipywidgets (primary, warning …)."""
    made = widgets.Button(description=label, button_style=kind, tooltip=tip or label, layout={"width": "auto"})
    made.on_click(handler)
    return made


def offer(chooser: widgets.Dropdown, options: list[tuple[str, object]]) -> None:
    """Bring a chooser up to date and keep what is chosen; the first one, if that is gone."""
    if list(chooser.options) == options:
        return
    values = [value for _, value in options]
    kept = chooser.value if chooser.value in values else next(iter(values), None)
    chooser.options = options
    chooser.value = kept
