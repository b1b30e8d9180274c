"""What every extension can do now, above the tabs: a row for each, which chooses it in the tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from ipywidgets.widgets.widget_string import HTMLStyle
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.text.visible import clean
from scopebox.views.html import Markup, badge, code, element, join, table, text
from scopebox.views.parts import counted

from scopebox_widgets import sentences
from scopebox_widgets.html import Html
from scopebox_widgets.view import button

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scopebox.extension.extension import Extension
    from scopebox.sandbox.sandbox import Sandbox

MAX_ABILITY_CHARACTERS: Final = 400  # characters of a sentence
FIRST_ROWS: Final = 6  # the newest extensions, before the rest is asked for


class Overview:
    """The summary, and a row for each of the newest extensions; the others come with a click. ``choose`` is called with a name."""

    def __init__(self, box: Sandbox, choose: Callable[[str], None]) -> None:
        self._box, self._choose = box, choose
        self._head = Html()
        self._rows: dict[str, Row] = {}
        self._look = Look()
        self._list = widgets.VBox()
        self._list.add_class("sbx-extensions")
        self._more = button("", lambda _: self._show_all())
        self._all = False
        self.widget = widgets.VBox([self._head, self._list, self._more])

    def draw(self) -> None:
        """Bring it up to date."""
        self._head.value = head(self._box)
        every = list(self._box.extensions.values())[::-1]
        shown = every if self._all else every[:FIRST_ROWS]
        names = [extension.name for extension in shown]
        if list(self._rows) != names:
            self._rows = {name: self._rows.get(name) or Row(name, self._choose, self._look) for name in names}
            self._list.children = tuple(row.widget for row in self._rows.values())
        for extension in shown:
            self._rows[extension.name].draw(extension)
        hidden = len(every) - len(shown)
        self._more.description = self._more.tooltip = f"{hidden:,} more"
        self._more.layout.display = None if hidden else "none"

    def _show_all(self) -> None:
        self._all = True
        self.draw()


class Look:
    """Layouts and styles that all rows share: a widget has several of its own otherwise, and each is sent to the page."""

    def __init__(self) -> None:
        self.plain, self.auto = widgets.Layout(), widgets.Layout(width="auto")
        self.button, self.words = widgets.ButtonStyle(), HTMLStyle()


class Row:
    """The name of an extension, which chooses it, and its sentence."""

    def __init__(self, name: str, choose: Callable[[str], None], look: Look) -> None:
        self._button = widgets.Button(
            description=sentences.short_name(name), tooltip=clean(name), layout=look.auto, style=look.button
        )
        self._button.on_click(lambda _: choose(name))
        self._words = Html(layout=look.plain, style=look.words)
        self.widget = widgets.HBox([self._button, self._words], layout=look.plain)
        self.widget.add_class("sbx-extension")

    def draw(self, extension: Extension) -> None:
        """Say what it can do now."""
        self._words.value = ability(extension)


def ability(extension: Extension) -> Markup:
    """Return the sentence of an extension, and a word of what is not ordinary about it."""
    parts: list[object] = [text(sentences.ability(extension), MAX_ABILITY_CHARACTERS)]
    if extension.language is not DEFAULT_LANGUAGE:
        parts += [" ", element("span", extension.language.title, class_="sbx-badge sbx-muted")]  # no state, so no sign
    if not extension.alive:
        parts += [" ", badge("ended", "bad")]
    return join(parts)


def summary(box: Sandbox) -> str:
    """Return in one sentence what the sandbox holds."""
    known, running = sentences.totals(box.extensions.values())
    if not known:
        return "The sandbox is empty: run a %%sandbox cell."
    registered = sentences.listed(
        [
            counted(len(box.endpoints), "endpoint"),
            counted(len(box.hooks), "hook"),
            counted(len(box.operations), "operation"),
        ]
    )
    refused = sum(_refused(box.extensions.values()))
    said = f" {counted(refused, 'call')} refused." if refused else ""
    return f"{counted(known, 'extension')}, {running} running, with {registered}.{said}"


def _refused(extensions: Iterable[Extension]) -> Iterable[int]:
    for entry in extensions:
        yield sum(grant.refused for grant in entry.grants.values()) + sum(entry.grants.undeclared.values())


def head(box: Sandbox) -> Markup:
    """Return title and summary."""
    return join([element("h2", "Sandbox"), element("p", summary(box), data_sbx="summary")])


def static(box: Sandbox) -> Markup:
    """Return title, summary and what each extension can do as HTML that needs no kernel."""
    rows = [(code(entry.name), ability(entry)) for entry in box.extensions.values()]
    drawn = table("What each extension can do now", ("Extension", "Can do"), rows, empty="") if rows else ""
    return join([head(box), drawn])
