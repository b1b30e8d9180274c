"""Permissions: what an extension asked for, what it was given and what it used, and the switches of the optional part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.views.html import Markup, badge, block, code, element, join, scroll, state_badge, table, text
from scopebox.views.parts import counted
from scopebox.vocabulary import GRANT_STATES

from scopebox_widgets import sentences
from scopebox_widgets.html import Html
from scopebox_widgets.view import View, button

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.grants.grants import Grant

HEADERS: Final = ("Permission", "What it allows", "Exactly", "State", "Used", "Refused")
MAX_URLS: Final = 10  # URLs of a permission that are listed before the rest folds away
MAX_STATIC_EXTENSIONS: Final = 30  # extensions that are shown without a kernel
ACTS: Final = "A change acts on the next call; calls under way keep their decision."


class Permissions(View):
    """The permissions of one extension at a time; the newest one, until another is chosen."""

    title = "Permissions"

    def build(self) -> list[widgets.Widget]:
        """Make the chooser, the two groups and the switch that takes everything back."""
        self._chooser = widgets.Dropdown(description="Extension", layout=widgets.Layout(width="min(100%, 34em)"))
        self._head, self._required = Html(), Html()
        self._optional = widgets.VBox()
        self._foot = Html()
        self._switches: dict[str, Switch] = {}
        self._drawn: Extension | None = None
        self._chosen = False
        self._revoke = button("Revoke all optional", self.guarded(self._on_revoke))
        self._chooser.observe(self.guarded(self._on_choose), "value")
        return [self._chooser, self._head, self._required, self._optional, self._revoke, self._foot]

    def draw(self) -> None:
        """Show the chosen extension as it is now."""
        names = tuple(self.box.extensions)
        self._choose(names)
        extension = self.box.extensions.get(self._chooser.value or "")
        for part in (self._chooser, self._optional, self._required):
            part.layout.display = None if extension else "none"
        if extension is None:
            self._head.value = element("p", "No extension is loaded. Run a %%sandbox cell.", class_="sbx-empty")
            self._foot.value, self._revoke.layout.display, self._drawn = "", "none", None
            return
        self._head.value = heading(extension)
        self._required.value = self._locked(extension)
        self._draw_switches(extension)
        self._foot.value = footnotes(extension)

    def _choose(self, names: tuple[str, ...]) -> None:
        """Follow the newest extension until the user chooses one."""
        if tuple(self._chooser.options) == names:
            return
        kept = self._chooser.value if self._chosen and self._chooser.value in names else None
        following, self._chosen = self._chosen and kept is not None, True
        self._chooser.options = names
        self._chooser.value = kept or (names[-1] if names else None)
        self._chosen = following

    def _on_choose(self, _change: object) -> None:
        if not self._chosen:
            self._chosen = True
            self.draw()

    def _locked(self, extension: Extension) -> Markup:
        rows = [self._row(grant) for grant in extension.grants.values() if grant.state == "required"]
        caption = "Required: running the cell grants these. Refusing one means not running the extension."
        return scroll(
            "Required permissions", table(caption, HEADERS, rows, empty="It requires nothing."), class_="sbx-whole"
        )

    def _row(self, grant: Grant) -> tuple[object, ...]:
        return (
            code(grant.permission.permission), said(grant),
            element("div", exactly(self.box.store.access, grant), class_="sbx-exactly"),
            state_badge(GRANT_STATES[grant.state]), f"{grant.used:,}", f"{grant.refused:,}",
        )  # fmt: skip

    def _draw_switches(self, extension: Extension) -> None:
        optional = {name: grant for name, grant in extension.grants.items() if grant.state in ("granted", "denied")}
        if self._drawn is not extension or set(self._switches) != set(optional):
            self._switches = {name: Switch(self, extension.name, name) for name in optional}
            self._drawn = extension
            title = Html(_optional_title(len(optional)))
            self._optional.children = (title, *(switch.widget for switch in self._switches.values()))
        for name, grant in optional.items():
            self._switches[name].draw(grant)
        granted = any(grant.state == "granted" for grant in optional.values())
        self._revoke.layout.display = None if optional else "none"
        self._revoke.disabled = not granted

    def decide(self, extension: str, name: str, *, granted: bool) -> None:
        """Grant or deny an optional permission, and write down that it was done here."""
        grants = self.box.extensions[extension].grants
        (grants.grant if granted else grants.deny)(name)
        done = "granted" if granted else "denied"
        self.record(extension, f"The panel {done} {name}; it acts on the next call")
        self.voice.say(f"{name} is {done} for {extension}. {ACTS}")

    def record(self, extension: str, message: str) -> None:
        """Write a line of the log, on the thread where the log is written."""
        self.box.log.write("info", extension, message)

    def _on_revoke(self, _button: object) -> None:
        extension = self.box.extensions[self._chooser.value]
        names = [name for name, grant in extension.grants.items() if grant.state == "granted"]
        for name in names:
            extension.grants.deny(name)
        self.record(extension.name, f"The panel denied all that is optional: {', '.join(names)}")
        self.voice.say(f"Everything optional is denied for {extension.name}. {ACTS}")
        self.draw()

    def static(self) -> Markup:
        """Return all extensions, one after the other."""
        every = tuple(self.box.extensions.values())
        rest = (
            f"{len(every) - MAX_STATIC_EXTENSIONS:,} more extensions are not shown."
            if len(every) > MAX_STATIC_EXTENSIONS
            else ""
        )
        return join([*(self._static(extension) for extension in every[:MAX_STATIC_EXTENSIONS]), rest])

    def _static(self, extension: Extension) -> Markup:
        rows = [self._row(grant) for grant in extension.grants.values() if grant.state != "built-in"]
        permissions = table("Permissions", HEADERS, rows, empty="It asks for nothing but what is built in.")
        return join([heading(extension), permissions, footnotes(extension)])


class Switch:
    """The checkbox of one optional permission, with everything that is needed to decide beside it."""

    def __init__(self, view: Permissions, extension: str, name: str) -> None:
        self._view, self._extension, self._name = view, extension, name
        self._box = widgets.Checkbox(description=f"Allow {name}", indent=False)
        self._box.layout.width = "12em"
        self._box.layout.flex = "0 0 auto"
        self._words = Html(layout=widgets.Layout(flex="1 1 20em"))
        self._drawing = False
        self._box.observe(view.guarded(self._on_toggle), "value")
        self.widget = widgets.HBox([self._box, self._words])
        self.widget.add_class("sbx-optional")

    def draw(self, grant: Grant) -> None:
        """Show the state of the permission."""
        self._drawing = True
        self._box.value = grant.state == "granted"
        self._drawing = False
        counts = f"Used {counted(grant.used, 'time')}, refused {counted(grant.refused, 'time')}."
        state = element("p", state_badge(GRANT_STATES[grant.state]), " ", counts, class_="sbx-counts")
        self._words.value = element(
            "div",
            element("div", said(grant)),
            exactly(self._view.box.store.access, grant),
            state,
            class_="sbx-words",
            data_sbx_permission=self._name,
        )

    def _on_toggle(self, _change: object) -> None:
        if self._drawing:
            return
        try:
            self._view.decide(self._extension, self._name, granted=self._box.value)
        finally:
            grants = self._view.box.extensions[self._extension].grants
            self.draw(grants[self._name])


def _optional_title(number: int) -> Markup:
    words = f"Optional: denied until ticked. {ACTS}" if number else "It asks for nothing optional."
    return element("h4", words, class_="sbx-group")


def heading(extension: Extension) -> Markup:
    """Return name, state and the sentence of an extension."""
    state = badge("running", "ok") if extension.alive else badge("ended", "bad")
    spoken = element("span", extension.language.title, class_="sbx-note")
    name = element("h3", code(extension.name), " ", spoken, " ", state)
    return join([name, element("p", text(sentences.ability(extension), 1_200), class_="sbx-ability")])


def said(grant: Grant) -> Markup:
    """Return what a permission means, and what its author says about it."""
    reason = grant.permission.reason
    claim = element("span", "The author claims: ", element("q", reason), class_="sbx-claim") if reason else ""
    return join([element("span", text(sentences.meaning(grant), 400)), claim])


def exactly(access: object, grant: Grant) -> Markup:
    """Return the narrowest form of a permission: methods and URLs, or the role and what it may do."""
    permission = grant.permission
    parts: list[object] = []
    if permission.permission == "request":
        urls = sentences.ordered_urls(permission)
        parts.append(element("span", sentences.methods(permission), class_="sbx-methods"))
        parts += [element("span", code(url, 200), class_="sbx-url") for url in urls[:MAX_URLS]]
        if len(urls) > MAX_URLS:
            rest = join(element("span", code(url, 200), class_="sbx-url") for url in urls[MAX_URLS:])
            parts.append(element("details", element("summary", f"{len(urls) - MAX_URLS} more"), rest))
        warned = sentences.warning(permission)
        if warned:
            parts.append(element("span", badge(warned, "warn")))
    elif permission.role is not None:
        parts.append(element("span", "role ", code(permission.role)))
        parts.append(element("span", text(sentences.reach(access, permission), 800), class_="sbx-note"))  # type: ignore[arg-type]
    return element("div", *parts, class_="sbx-exactly")


def footnotes(extension: Extension) -> Markup:
    """Return what is built in, what changed in the manifest, and what was refused because it was never asked for."""
    built_in = [grant for grant in extension.grants.values() if grant.state == "built-in"]
    names = [
        f"{grant.permission.permission} ({grant.used:,})" if grant.used else grant.permission.permission
        for grant in built_in
    ]
    parts = [element("p", "Built in, for every extension: ", ", ".join(names), ".", class_="sbx-note")]
    parts += [
        element("div", badge("changed entry", "warn"), block(note, 1_500), class_="sbx-changed")
        for note in extension.grants.notes
    ]
    parts += [undeclared(extension, name, number) for name, number in extension.grants.undeclared.items()]
    return join(parts)


def undeclared(extension: Extension, name: str, number: int) -> Markup:
    """Return what to do about calls that the manifest does not ask for: no tick allows them, an entry would."""
    words = f" {name}, {counted(number, 'time')}. The manifest does not ask for it, so no tick can allow it."
    newest = (record for record in reversed(list(extension.services.trace)) if record.reason == "undeclared")
    own = (record.hint for record in newest if record.extension == extension.name and record.type.endswith(name))
    hint = next(own, "")
    return element("div", element("p", badge("refused, undeclared", "bad"), words), block(hint, 600) if hint else "")
