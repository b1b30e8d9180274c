"""Views: a few kinds of parts, each with a plain and an HTML form.

The module is longer than the house rule because a part is a few lines, in two forms that have to say the same, and all of them share the
limits of what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from scopebox.text.visible import clean, visible_lines
from scopebox.views.html import Markup, element, indented, join, link, text, wrapping
from scopebox.views.style import outermost, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE: Final = 2_000  # characters of a line that are shown
BLOCK: Final = 20_000  # characters of a block
CELL: Final = 300  # characters of a table's cell
COLUMN: Final = 60  # the widest column of a table as plain text
WRAPPED: Final = 48  # characters of a line in a column that goes on below
BLOCK_LINES: Final = 40  # of a block that are not folded
BLOCK_WIDTH: Final = 100  # characters that a line on the screen has room for
INDENT: Final = 12  # pixels that a level is indented by

Tone = Literal["plain", "muted", "done", "warning", "refused", "failed"]
# Every tone has a sign, so that nothing is said by colour alone.
_SIGNS: Final[dict[Tone, str]] = {
    "plain": "",
    "muted": "",
    "done": "✓ ",
    "warning": "! ",
    "refused": "✕ ",
    "failed": "✕ ",
}


class Part(Protocol):
    """One thing that is shown."""

    def text(self) -> str:
        """Return it as plain text."""
        ...

    def html(self) -> str:
        """Return it as HTML, everything foreign escaped."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or a few lines that belong together."""

    words: str
    tone: Tone = "plain"

    def text(self) -> str:
        """Return the sentence behind its sign."""
        return _SIGNS[self.tone] + clean(self.words, LINE, lines=True)

    def html(self) -> str:
        """Return a paragraph."""
        lines = Markup(text(self.words, LINE, lines=True).replace("\n", "<br>"))
        return element("p", _SIGNS[self.tone], lines, class_=f"sbx-{self.tone}")


@dataclass(frozen=True, slots=True)
class Block:
    """Text that keeps its lines: data, code, logs."""

    words: str
    label: str = ""
    limit: int = BLOCK

    def text(self) -> str:
        """Return the text below its label."""
        words = clean(self.words, self.limit, lines=True)
        return f"{clean(self.label)}:\n{_indented(words)}" if self.label else words

    def html(self) -> str:
        """Return the first lines, and the others to be opened."""
        lines = clean(self.words, self.limit, lines=True).split("\n")
        first = _fitting(lines)
        rest = len(lines) - first
        more = element("details", element("summary", f"{rest:,} more lines"), self._pre(lines[first:])) if rest else ""
        drawn = join([self._pre(lines[:first]), more])
        if not self.label:
            return drawn
        label = element("span", self.label, class_="sbx-muted")
        return element("div", label, element("div", drawn, class_="sbx-framed"), class_="sbx-labelled")

    def _pre(self, lines: Sequence[str]) -> Markup:
        words = text("\n".join(lines), 2 * self.limit, lines=True)
        return wrapping("pre", words)


@dataclass(frozen=True, slots=True)
class Paste:
    """A line to be pasted into a cell, which a click selects; ``words`` say what for."""

    words: str
    line: str

    def text(self) -> str:
        """Return the words and the line."""
        return f"{clean(self.words)}: {clean(self.line, LINE)}"

    def html(self) -> str:
        """Return a paragraph."""
        return element(
            "p", self.words, ": ", element("code", text(self.line, LINE), class_="sbx-paste"), class_="sbx-muted"
        )


@dataclass(frozen=True, slots=True)
class Link:
    """An address of our own, never one of an extension."""

    words: str
    url: str

    def text(self) -> str:
        """Return the words and the address."""
        return f"{self.words} {self.url}"

    def html(self) -> str:
        """Return a link that opens beside the notebook."""
        return element("p", self.words, " ", link(self.url))


class Indented(NamedTuple):
    """The cell of a table that stands some levels below the one above."""

    level: int
    words: str

    def __str__(self) -> str:
        return "· " * self.level + self.words


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first column names its row.

    ``more`` counts the rows that are left out, and ``rest`` is the word for them. ``code`` are the numbers of the columns with code
    or data, ``wide`` those whose text is never shortened to a glance, ``wrapped`` those that go on below, as plain text, where they
    are long, ``tight`` those of a page whose cells are never broken.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    more: int = 0
    rest: str = "more"
    empty: str = "none"
    code: Sequence[int] = ()
    wide: Sequence[int] = ()
    wrapped: Sequence[int] = ()
    tight: Sequence[int] = ()

    def text(self) -> str:
        """Return columns of text, or one line where there are no rows."""
        if not self.rows:
            return f"{clean(self.caption)}: {clean(self.empty)}"
        lines = [
            line
            for row in (self.columns, *self.rows)
            for line in zip_longest(*(self._lines(at, cell) for at, cell in enumerate(row)), fillvalue="")
        ]
        widths = [min(COLUMN, max(map(len, column))) for column in zip(*lines, strict=True)]
        drawn = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in lines
        ]
        caption = [clean(self.caption)] if self.caption else []
        return "\n".join([*caption, *(f"  {line}" for line in drawn), *([f"  {self._rest()}"] if self.more else [])])

    def _lines(self, at: int, cell: object) -> list[str]:
        words = clean(cell, self._limit(at))
        return wrap(words, WRAPPED, break_on_hyphens=False) or [""] if at in self.wrapped else [words]

    def html(self) -> str:
        """Return a table with caption and headings."""
        if not self.rows:
            return element("p", self.caption, ": ", self.empty, class_="sbx-muted")
        caption = element("caption", self.caption) if self.caption else ""
        numbers = {at for row in self.rows for at, cell in enumerate(row) if at and isinstance(cell, int | float)}
        heads = (
            element("th", name, scope="col", class_="sbx-number" if at in numbers else None)
            for at, name in enumerate(self.columns)
        )
        head = element("thead", element("tr", *heads))
        rows = (element("tr", *(self._cell(at, cell) for at, cell in enumerate(row))) for row in self.rows)
        drawn = element("table", caption, head, element("tbody", *rows))
        return join([drawn, element("p", self._rest(), class_="sbx-muted") if self.more else ""])

    def _cell(self, at: int, cell: object) -> str:
        level, cell = (cell.level, cell.words) if isinstance(cell, Indented) else (0, cell)
        words = text(cell, self._limit(at), lines=at in self.wide)
        number = at and isinstance(cell, int | float)
        kind = "sbx-code" if at in self.code else "sbx-number" if number else "sbx-tight" if at in self.tight else None
        if level:
            return indented(level * INDENT, "td", words, class_=kind)
        return element("td", words, class_=kind) if at else element("th", words, scope="row", class_=kind)

    def _limit(self, at: int) -> int:
        return BLOCK if at in self.wide else CELL

    def _rest(self) -> str:
        return f"… {self.more:,} {self.rest}"


@dataclass(frozen=True, slots=True)
class Fold:
    """A part below its heading, which HTML opens on a click; plain text has all of it."""

    words: str
    part: Part

    def text(self) -> str:
        """Return the heading and the part."""
        return f"{clean(self.words)}\n{self.part.text()}"

    def html(self) -> str:
        """Return an element that opens and closes without a script."""
        return element("details", element("summary", text(self.words)), Markup(self.part.html()))


class Displayed:
    """Something that a notebook shows as HTML, with the styles that it needs."""

    __slots__ = ()

    def html(self) -> str:
        """Return HTML that needs neither script nor kernel, and can be read without any style."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        page = self.html()
        return style_of(page) + page


@dataclass(frozen=True, slots=True)
class View(Displayed):
    """Parts, one below the other. ``value`` is what they show, as data, for whoever wants to go on with it."""

    parts: tuple[Part, ...]
    value: object = field(default=None)

    def text(self) -> str:
        """Return the view as plain text. Whatever a part forgets, nothing in it rules a terminal."""
        return visible_lines("\n".join(part.text() for part in self.parts))

    def html(self) -> str:
        """Return the view as one element."""
        return outermost("".join(part.html() for part in self.parts), "sbx-out")

    def __repr__(self) -> str:
        return self.text()


class Viewed(Displayed):
    """Something that a notebook shows as a view; ``repr`` stays a single line."""

    __slots__ = ()

    def view(self) -> View:
        """Return what is shown."""
        raise NotImplementedError

    def html(self) -> str:
        """Return the view as one element."""
        return self.view().html()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # A class with a repr of its own has no other way to a longer text/plain.
        del include, exclude
        return {"text/plain": self.view().text()}


def _fitting(lines: Sequence[str]) -> int:
    """Return how many of the lines are shown at once; a long one takes as much room as several."""
    room = BLOCK_LINES
    for number, line in enumerate(lines):
        room -= 1 + len(line) // BLOCK_WIDTH
        if room < 0:
            return max(1, number)
    return len(lines)


def _indented(words: str) -> str:
    return "\n".join(f"  {line}" for line in words.split("\n"))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"


def took(seconds: float | None) -> str:
    """Return a duration for people, nothing for none."""
    if seconds is None:
        return ""
    if seconds < 0.01:  # noqa: PLR2004 - ten milliseconds
        return f"{seconds * 1_000:.1f} ms"
    return f"{seconds * 1_000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
