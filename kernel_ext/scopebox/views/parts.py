"""Views: a few kinds of parts, each with a plain and an HTML form."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from scopebox.text.visible import clean, escape
from scopebox.views.style import STYLE, outermost

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE: Final = 2_000  # characters of a line that are shown
BLOCK: Final = 20_000  # characters of a block
CELL: Final = 300  # characters of a table's cell
COLUMN: Final = 60  # the widest column of a table as plain text

Tone = Literal["plain", "muted", "warning", "refused", "failed"]
# Every tone has a sign, so that nothing is said by colour alone.
_SIGNS: Final[dict[Tone, str]] = {"plain": "", "muted": "", "warning": "! ", "refused": "✕ ", "failed": "✕ "}


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
        lines = escape(self.words, LINE, lines=True).replace("\n", "<br>")
        return f'<p class="sbx-{self.tone}">{_SIGNS[self.tone]}{lines}</p>'


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
        """Return a block that the keyboard can scroll."""
        label = f'<p class="sbx-muted">{escape(self.label)}</p>' if self.label else ""
        framed = ' class="sbx-framed"' if self.label else ""
        return f'{label}<pre tabindex="0"{framed}>{escape(self.words, self.limit, lines=True)}</pre>'


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
        if not self.url.startswith("http://127.0.0.1:"):
            raise ValueError("Only addresses of the sandbox's own server are linked")
        url = html.escape(self.url)
        return f'<p>{escape(self.words)} <a href="{url}" target="_blank" rel="noopener">{url}</a></p>'


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first column names its row.

    ``more`` counts the rows that are left out, and ``rest`` is the word for them. ``code`` are the numbers of the columns with code
    or data, ``wide`` those whose text is never shortened to a glance.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    more: int = 0
    rest: str = "more"
    empty: str = "none"
    code: Sequence[int] = ()
    wide: Sequence[int] = ()

    def text(self) -> str:
        """Return columns of text, or one line where there are no rows."""
        if not self.rows:
            return f"{clean(self.caption)}: {clean(self.empty)}"
        lines = [[clean(cell, self._limit(at)) for at, cell in enumerate(row)] for row in (self.columns, *self.rows)]
        widths = [min(COLUMN, max(map(len, column))) for column in zip(*lines, strict=True)]
        drawn = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in lines
        ]
        return "\n".join(
            [clean(self.caption), *(f"  {line}" for line in drawn), *([f"  {self._rest()}"] if self.more else [])]
        )

    def html(self) -> str:
        """Return a table with caption and headings."""
        if not self.rows:
            return f'<p class="sbx-muted">{escape(self.caption)}: {escape(self.empty)}</p>'
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "".join(f"<tr>{''.join(self._cell(at, cell) for at, cell in enumerate(row))}</tr>" for row in self.rows)
        rest = f'<p class="sbx-muted">{escape(self._rest())}</p>' if self.more else ""
        caption = f"<caption>{escape(self.caption)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"

    def _cell(self, at: int, cell: object) -> str:
        words = escape(cell, self._limit(at), lines=at in self.wide)
        kind = ' class="sbx-code"' if at in self.code else ""
        return f'<th scope="row"{kind}>{words}</th>' if at == 0 else f"<td{kind}>{words}</td>"

    def _limit(self, at: int) -> int:
        return BLOCK if at in self.wide else CELL

    def _rest(self) -> str:
        return f"… {self.more:,} {self.rest}"


@dataclass(frozen=True, slots=True)
class View:
    """Parts, one below the other. ``value`` is what they show, as data, for whoever wants to go on with it."""

    parts: tuple[Part, ...]
    value: object = field(default=None)

    def text(self) -> str:
        """Return the view as plain text."""
        return "\n".join(part.text() for part in self.parts)

    def html(self) -> str:
        """Return the view as HTML that needs neither script nor kernel."""
        return STYLE + outermost("".join(part.html() for part in self.parts), "sbx-out")

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()


class Viewed:
    """Something that a notebook shows as a view; ``repr`` stays a single line."""

    __slots__ = ()

    def view(self) -> View:
        """Return what is shown."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self.view().html()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # A class with a repr of its own has no other way to a longer text/plain.
        del include, exclude
        return {"text/plain": self.view().text()}


def _indented(words: str) -> str:
    return "\n".join(f"  {line}" for line in words.split("\n"))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def took(seconds: float | None) -> str:
    """Return a duration for people, nothing for none."""
    if seconds is None:
        return ""
    if seconds < 0.01:  # noqa: PLR2004 - ten milliseconds
        return f"{seconds * 1_000:.1f} ms"
    return f"{seconds * 1_000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
