"""Permissions: what an extension asked for, what it was given and what it used, and the switches of the optional part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.grants.sentences import shown_url
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.views.html import Markup, badge, block, code, element, join, scroll, state_badge, table, text
from scopebox.views.parts import counted

from scopebox_widgets import sentences
from scopebox_widgets.fields import label_of
from scopebox_widgets.html import Html
from scopebox_widgets.view import View, button, next_step

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.grants.grants import Grant
    from scopebox.store.access import Access

MAX_URLS: Final = 10  # URLs of a permission that are listed before the rest folds away
MAX_URL_CHARACTERS: Final = 300  # of one of them: a host has 253
MAX_STATIC_EXTENSIONS: Final = 30  # extensions that are shown without a kernel
ACTS: Final = "A change acts on the next call; calls under way keep their decision."
REQUIRED: Final = "Running the cell grants these. Refusing one means not running the extension."
EMPTY: Final = """%%sandbox hello
# /// sandbox
# permissions = [{ permission = "request", allowedUrls = ["https://example.com/*"], optional = true }]
# ///
await exec("log", "hello")"""


class Permissions(View):
    """The permissions of one extension at a time: the newest one that waits for a decision, until another is chosen."""

    title = "Permissions"

    def build(self) -> list[widgets.Widget]:
        """Make the chooser, the two groups and the switch that takes everything back."""
        self._chooser = widgets.Dropdown(description="Extension", layout=widgets.Layout(width="min(100%, 46em)"))
        self._head, self._required = Html(), Html()
        self._optional = widgets.VBox()
        self._foot = Html()
        self._switches: dict[str, Switch] = {}
        self._drawn: Extension | None = None
        self._chosen = self._offering = False
        self._revoke = button("Revoke all optional", self.guarded(self._on_revoke))
        self._chooser.observe(self.guarded(self._on_choose), "value")
        return [self._chooser, self._head, self._required, self._optional, self._revoke, self._foot]

    def draw(self) -> None:
        """Show the chosen extension as it is now."""
        self._choose(tuple(self.box.extensions))
        extension = self.box.extensions.get(self._chooser.value or "")
        for part in (self._chooser, self._optional, self._required):
            part.layout.display = None if extension else "none"
        if extension is None:
            self._head.value = next_step("No extension is loaded. Run a cell like this one:", EMPTY)
            self._foot.value, self._revoke.layout.display, self._drawn = "", "none", None
            return
        self._head.value = heading(extension)
        self._required.value = self._locked(extension)
        self._draw_switches(extension)
        self._foot.value = footnotes(extension)

    def _choose(self, names: tuple[str, ...]) -> None:
        """Follow what waits for a decision, else the newest extension, until the user chooses one."""
        if tuple(self._chooser.options) == names:
            return
        kept = self._chooser.value if self._chosen and self._chooser.value in names else None
        waiting = [name for name in names if sentences.waiting(self.box.extensions[name])]
        self._offering = True
        self._chooser.options = names
        self._chooser.value = kept or next(reversed(waiting or names), None)
        self._chosen, self._offering = kept is not None, False

    def choose(self, extension: str) -> bool:
        """Show this extension from now on."""
        self.show()
        self._chooser.value = extension
        self._on_choose()
        return True

    def _on_choose(self, *_change: object) -> None:
        if not self._offering:
            self._chosen = True
            self.draw()

    def _locked(self, extension: Extension) -> Markup:
        grants = [grant for grant in extension.grants.values() if grant.state == "required"]
        if not grants:
            return element("p", "It requires nothing.", class_="sbx-empty")
        caption = join(["Required ", element("span", REQUIRED, class_="sbx-note")])
        return scroll("Required permissions", self._table(caption, grants), class_="sbx-whole")

    def _table(self, caption: Markup | str, grants: list[Grant]) -> Markup:
        """Return permissions as a table; how often they were used and refused only where that happened."""
        counts = [("Used", [grant.used for grant in grants]), ("Refused", [grant.refused for grant in grants])]
        counts = [(head, numbers) for head, numbers in counts if any(numbers)]
        rows = [
            (_sentence(grant), scope(self.box.store.access, grant), _state(grant),
             *(f"{numbers[row]:,}" if numbers[row] else "" for _, numbers in counts))
            for row, grant in enumerate(grants)
        ]  # fmt: skip
        return table(caption, ("Permission", "Scope", "State", *(head for head, _ in counts)), rows, empty="")

    def _draw_switches(self, extension: Extension) -> None:
        optional = {name: grant for name, grant in extension.grants.items() if grant.state in ("granted", "denied")}
        if self._drawn is not extension or set(self._switches) != set(optional):
            self._switches = {name: Switch(self, extension.name, name, grant) for name, grant in optional.items()}
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
        self.say(f"{name} is {done} for {extension}. {ACTS}")

    def record(self, extension: str, message: str) -> None:
        """Write a line of the log, on the thread where the log is written."""
        self.box.log.write("info", extension, message)

    def _on_revoke(self, _button: object) -> None:
        extension = self.box.extensions[self._chooser.value]
        names = [name for name, grant in extension.grants.items() if grant.state == "granted"]
        for name in names:
            extension.grants.deny(name)
        self.record(extension.name, f"The panel denied all that is optional: {', '.join(names)}")
        self.say(f"Everything optional is denied for {extension.name}. {ACTS}")
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
        grants = [grant for grant in extension.grants.values() if grant.state != "built-in"]
        nothing = element("p", "It asks for nothing but what is built in.", class_="sbx-empty")
        permissions = self._table("Permissions", grants) if grants else nothing
        name = element("h4", code(extension.name))
        return join([name, heading(extension), permissions, footnotes(extension)])


class Switch:
    """The checkbox of one optional permission, whose label is what it allows, with everything that is needed to decide below it."""

    def __init__(self, view: Permissions, extension: str, name: str, grant: Grant) -> None:
        self._view, self._extension, self._name = view, extension, name
        self._box = widgets.Checkbox(description=label_of(sentences.meaning(grant)), indent=False)
        self._state, self._facts = Html(), Html()
        self._facts.add_class("sbx-facts")
        self._drawing = False
        self._box.observe(view.guarded(self._on_toggle), "value")
        self.widget = widgets.HBox([self._box, self._state, self._facts])
        self.widget.add_class("sbx-optional")

    def draw(self, grant: Grant) -> None:
        """Show the state of the permission."""
        self._drawing = True
        self._box.value = grant.state == "granted"
        self._drawing = False
        for mark, wanted in (("sbx-yes", grant.state == "granted"), ("sbx-no", grant.decided and not grant.allowed)):
            (self.widget.add_class if wanted else self.widget.remove_class)(mark)
        self._state.value = element(
            "p", code(self._name), " ", state_badge(grant.words), class_="sbx-state", data_sbx_permission=self._name
        )
        said = claim(grant)
        rows = [scope(self._view.box.store.access, grant, folded=True), *([said] if said else [])]
        counts = element("span", counts_of(grant), class_="sbx-counts") if grant.used or grant.refused else ""
        self._facts.value = join([*rows[:-1], element("div", rows[-1], counts, class_="sbx-last")])

    def _on_toggle(self, _change: object) -> None:
        if self._drawing:
            return
        try:
            self._view.decide(self._extension, self._name, granted=self._box.value)
        finally:
            grants = self._view.box.extensions[self._extension].grants
            self.draw(grants[self._name])


def _optional_title(number: int) -> Markup:
    if not number:
        return element("p", "It asks for nothing optional.", class_="sbx-empty")
    note = element("span", f"Denied until ticked. {ACTS}", class_="sbx-note")
    return element("div", element("h3", "Optional"), note, class_="sbx-group")


def heading(extension: Extension) -> Markup:
    """Return the sentence of an extension, its language where that is not the default one, and whether it ended."""
    parts: list[object] = [text(sentences.ability(extension), 1_200)]
    if extension.language is not DEFAULT_LANGUAGE:
        parts += [" ", element("span", f"Written in {extension.language.title}.", class_="sbx-note")]
    if not extension.alive:
        parts += [" ", badge("ended", "bad")]
    return element("p", *parts, class_="sbx-ability")


def counts_of(grant: Grant) -> str:
    """Return how often a permission was used and refused; what never happened is left out."""
    return " · ".join(
        f"{word} {number:,}" for word, number in (("used", grant.used), ("refused", grant.refused)) if number
    )


def claim(grant: Grant) -> Markup | None:
    """Return what the author of an extension says about a permission, as a claim."""
    reason = grant.permission.reason
    return element("span", element("q", reason), ", says the author", class_="sbx-claim") if reason else None


def _sentence(grant: Grant) -> Markup:
    return join([text(sentences.meaning(grant), 400), " ", code(grant.permission.permission), claim(grant) or ""])


def _state(grant: Grant) -> Markup:
    if grant.state != "required":
        return state_badge(grant.words)
    return element("span", grant.words.word, class_="sbx-locked")


def scope(access: Access, grant: Grant, *, folded: bool = False) -> Markup:
    """Return the narrowest form of a permission: URLs and methods, or what its role may do, in one line if ``folded``."""
    permission = grant.permission
    parts: list[object] = []
    if permission.permission == "request":
        urls = [shown_url(url) for url in sentences.ordered_urls(permission)]
        parts += [code(url, MAX_URL_CHARACTERS) for url in urls[:MAX_URLS]]
        parts.append(code(sentences.methods(permission)))
        if len(urls) > MAX_URLS:
            rest = (element("div", code(url, MAX_URL_CHARACTERS)) for url in urls[MAX_URLS:])
            parts.append(element("details", element("summary", f"{len(urls) - MAX_URLS} more"), *rest))
    elif permission.role is not None:
        said = sentences.reach(access, permission)
        reach = text(said, 800)
        line = element("details", element("summary", reach, title=said[:800]), class_="sbx-reach")
        parts.append(line if folded else element("span", reach))
    warned = sentences.warning(access, permission)
    if warned:
        parts.insert(1 if permission.permission == "request" else 0, badge(warned, "warn"))
    return element("div", *parts, class_="sbx-scope")


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
