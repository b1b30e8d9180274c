"""Least privilege: what each manifest asks for beyond what the runs so far needed. Suggested, never applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.extension.least_privilege import MAX_REQUESTS, changes, suggest
from scopebox.views.html import Markup, badge, code, element, join

from scopebox_widgets.html import Html
from scopebox_widgets.permissions import EMPTY
from scopebox_widgets.results import changed
from scopebox_widgets.view import View, next_step, offer

if TYPE_CHECKING:
    from scopebox.extension.least_privilege import Suggestion


MAX_STATIC_EXTENSIONS: Final = 6  # extensions that are shown without a kernel


class LeastPrivilege(View):
    """The suggestion for one extension at a time."""

    title = "Least privilege"

    def build(self) -> list[widgets.Widget]:
        """Make the chooser, the suggestion, and the manifest to copy."""
        self._chooser = widgets.Dropdown(description="Extension", layout=widgets.Layout(width="min(100%, 46em)"))
        self._words = Html()
        self._copy = widgets.Textarea(description="To copy", rows=6, layout=widgets.Layout(width="min(100%, 60em)"))
        self._chooser.observe(self.guarded(lambda _: self._show()), "value")
        return [self._chooser, self._words, self._copy]

    def draw(self) -> None:
        """Bring chooser and suggestion up to date."""
        offer(self._chooser, [(name, name) for name in self.box.extensions])
        self._show()

    def choose(self, extension: str) -> bool:
        """Show the suggestion for this extension."""
        self.show()
        self._chooser.value = extension
        return True

    def _show(self) -> None:
        extension = self.box.extensions.get(self._chooser.value or "")
        self._copy.layout.display = "none"
        self._chooser.layout.display = None if extension else "none"
        if extension is None:
            self._words.value = next_step("No extension is loaded. Run a cell like this one:", EMPTY)
            return
        found = suggest(extension, self.box.trace, dropped=self.box.trace.dropped)
        self._words.value = element("div", shown(found), data_sbx="least")
        if found.difference:
            self._copy.layout.display = None
            self._copy.value = found.manifest.toml(found.language.name)

    def static(self) -> Markup:
        """Return the suggestions for the newest extensions, in a sentence each."""
        every, trace = list(self.box.extensions.values()), list(self.box.trace)
        found = [
            suggest(entry, trace, dropped=self.box.trace.dropped, requests=MAX_REQUESTS // MAX_STATIC_EXTENSIONS)
            for entry in every[-MAX_STATIC_EXTENSIONS:]
        ]
        said = [element("li", code(entry.extension), ": ", entry.summary, " ", entry.basis) for entry in found]
        if len(every) > MAX_STATIC_EXTENSIONS:
            said.append(element("li", f"{len(every) - MAX_STATIC_EXTENSIONS:,} older extensions are not shown."))
        return element("ul", *said) if said else element("p", "No extension is loaded.")


def shown(found: Suggestion) -> Markup:
    """Return a suggestion: what it says, on what it rests, and the difference."""
    parts: list[object] = [
        element("h3", f"{found.summary[:1].upper()}{found.summary[1:]}"),
        element(
            "p", found.basis, " Nothing is changed by itself: copy the new manifest into the cell.", class_="sbx-note"
        ),
    ]
    said = [join([badge("never used", "warn"), " ", code(entry.permission)]) for entry in found.unused]
    said += [
        join([badge("could be narrower", "warn"), " ", code(line, 400)])
        for before, after in found.narrower
        for line in changes(before, after)
    ]
    parts += [element("ul", *(element("li", line) for line in said))] if said else []
    parts += [element("p", note, class_="sbx-note") for note in found.notes]
    if found.difference:
        parts += [element("p", "The manifest would change like this:"), changed(found.difference)]
    return join(parts)
