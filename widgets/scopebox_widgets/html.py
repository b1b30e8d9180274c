"""The only place that makes HTML. Every text and every attribute value is shortened, made visible and escaped here.

Elements are built from the inside out, and only what :func:`element` returned goes in as markup::

    element("p", "Grants ", element("code", permission), class_="sbx-note")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.text.visible import escape
from scopebox.views.style import outermost
from traitlets import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEXT: Final = 300  # characters of a foreign text where nothing else is said
# Attributes that a browser would follow or run.
_REFUSED: Final = ("on", "href", "src", "style", "action", "formaction", "srcdoc", "xlink")


class Markup(str):
    """HTML that this module made."""

    __slots__ = ()


class Html(widgets.HTML):  # type: ignore[misc]
    """HTML on the page: whatever it is given stands in an element in which text is text."""

    @validate("value")
    def _framed(self, proposal: dict[str, str]) -> str:
        return outermost(proposal["value"]) if proposal["value"] else ""


def text(value: object, limit: int = TEXT, *, lines: bool = False) -> Markup:
    """Return foreign text as HTML, with at most ``limit`` characters of it; with ``lines`` its line feeds stay."""
    return Markup(escape(value, limit, lines=lines))


def join(parts: Iterable[object]) -> Markup:
    """Return ``parts`` one after the other; what is no markup becomes text."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """Return an element. Attribute names lose a final ``_``, ``_`` within becomes ``-``; None and False leave one out.

    ValueError for attributes that a browser would follow or run: foreign text could reach them.
    """
    written = [f"<{tag}"]
    for name, value in attributes.items():
        key = name.rstrip("_").replace("_", "-")
        if key.startswith(_REFUSED):
            raise ValueError(f"{key} is not for views; placing is done by classes and geometry")
        if value is not None and value is not False:
            written.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    return Markup(f"{''.join(written)}>{join(children)}</{tag}>")


def placed(tag: str, left: float, top: float, width: float, *children: object, **attributes: object) -> Markup:
    """Return an element at a place: ``left`` and ``width`` in percent, ``top`` in pixels. The only inline styles there are."""
    inner = element(tag, *children, **attributes)
    style = f' style="left:{left:.2f}%;top:{top:.0f}px;width:{width:.2f}%"'
    return Markup(f"<{tag}{style}{inner[len(tag) + 1 :]}")


def code(value: object, limit: int = TEXT) -> Markup:
    """Return foreign text as code."""
    return element("code", text(value, limit))


def block(value: object, limit: int = 4_000) -> Markup:
    """Return foreign text of several lines as it stands; the keyboard can scroll it."""
    return element("pre", text(value, limit, lines=True), tabindex="0", class_="sbx-block")


def badge(word: str, kind: str) -> Markup:
    """Return a state: a sign and a word, so that it never depends on colour. Kinds: ok, warn, bad, muted, info."""
    sign = {"ok": "✓", "warn": "!", "bad": "✕", "muted": "·", "info": "•"}[kind]
    return element("span", element("span", sign, aria_hidden="true"), " ", word, class_=f"sbx-badge sbx-{kind}")


def table(caption: object, headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> Markup:
    """Return a table whose first column heads its rows; ``empty`` says what its being empty means."""
    drawn = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    if not drawn:
        drawn = [element("tr", element("td", empty, colspan=len(headers), class_="sbx-empty"))]
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in headers)))
    return element("table", element("caption", caption), head, element("tbody", *drawn), class_="sbx-table")


def scroll(label: str, *children: object, class_: str = "") -> Markup:
    """Return a region that scrolls, also by keyboard, named ``label``."""
    return element(
        "div", *children, class_=f"sbx-scroll {class_}".strip(), tabindex="0", role="region", aria_label=label
    )
