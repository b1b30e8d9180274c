"""The only place that makes HTML. Every text and every attribute value is shortened, made visible and escaped here.

Elements are built from the inside out, and only what :func:`element` returned goes in as markup::

    element("p", "Grants ", element("code", permission), class_="sbx-note")
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scopebox.text.visible import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.vocabulary import StateTone, StateWords

TEXT_CHARACTERS: Final = 300  # of a foreign text where nothing else is said
BLOCK_CHARACTERS: Final = 4_000
# Attributes that a browser would follow or run.
_REFUSED: Final = ("on", "href", "src", "style", "action", "formaction", "srcdoc", "xlink")
# On this machine, or behind a hub: on its host, or at the path of a page that this host serves.
_OWN_SERVER: Final = re.compile(
    r"(?:http://127\.0\.0\.1:[0-9]{1,5}|(?:https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?)?(?:/[\w.~@%+-]{1,200}){1,10}/proxy/[0-9]{1,5})(?=/|\Z)"
)


class Markup(str):
    """HTML that this module made."""

    __slots__ = ()


def text(value: object, limit: int = TEXT_CHARACTERS, *, lines: bool = False) -> Markup:
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
        key = _attribute(name)
        if value is not None and value is not False:
            written.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    return Markup(f"{''.join(written)}>{join(children)}</{tag}>")


@lru_cache(maxsize=256)
def _attribute(name: str) -> str:
    key = name.rstrip("_").replace("_", "-")
    if key.startswith(_REFUSED):
        raise ValueError(f"{key} is not for views; placing is done by classes and geometry")
    return key


def placed(tag: str, left: float, top: float, width: float, *children: object, **attributes: object) -> Markup:
    """Return an element at a place: ``left`` and ``width`` in percent, ``top`` in pixels."""
    return _styled(element(tag, *children, **attributes), f"left:{left:.2f}%;top:{top:.0f}px;width:{width:.2f}%")


def indented(pixels: int, tag: str, *children: object, **attributes: object) -> Markup:
    """Return an element whose content begins ``pixels`` to the right."""
    return _styled(element(tag, *children, **attributes), f"padding-left:{pixels}px")


def wrapping(tag: str, *children: object, **attributes: object) -> Markup:
    """Return an element that keeps its lines and breaks long ones, also where styles of a sheet are taken away."""
    return _styled(element(tag, *children, **attributes), "white-space:pre-wrap")


def _styled(drawn: Markup, style: str) -> Markup:
    """Return an element with styles of its own, in which nothing foreign stands."""
    end = min(at for at in (drawn.find(" "), drawn.find(">")) if at > 0)
    return Markup(f'{drawn[:end]} style="{style}"{drawn[end:]}')


def link(url: str) -> Markup:
    """Return a link that opens beside the notebook; ValueError for anything but the sandbox's own server."""
    if not _OWN_SERVER.match(url):
        raise ValueError("Only addresses of the sandbox's own server are linked")
    written = escape(url)
    return Markup(f'<a href="{written}" target="_blank" rel="noopener">{written}</a>')


def code(value: object, limit: int = TEXT_CHARACTERS) -> Markup:
    """Return foreign text as code."""
    return element("code", text(value, limit))


def block(value: object, limit: int = BLOCK_CHARACTERS) -> Markup:
    """Return foreign text of several lines as it stands; the keyboard can scroll it."""
    return element("pre", text(value, limit, lines=True), tabindex="0", class_="sbx-block")


def badge(word: str, kind: StateTone) -> Markup:
    """Return a state: a sign and a word, so that it never depends on colour. Kinds: ok, warn, bad, muted, info."""
    sign = {"ok": "✓", "warn": "!", "bad": "✕", "muted": "·", "info": "•"}[kind]
    return element("span", element("span", sign, aria_hidden="true"), " ", word, class_=f"sbx-badge sbx-{kind}")


def state_badge(state: StateWords) -> Markup:
    """Return a state of the vocabulary."""
    return badge(state.word, state.tone)


def table(caption: object, headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> Markup:
    """Return a table whose first column heads its rows; ``empty`` stands in its place where there are none."""
    drawn = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    if not drawn:
        return element("p", caption, ": ", empty, class_="sbx-empty")
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in headers)))
    return element("table", element("caption", caption), head, element("tbody", *drawn), class_="sbx-table")


def scroll(label: str, *children: object, class_: str = "") -> Markup:
    """Return a region that scrolls, also by keyboard, named ``label``."""
    return element(
        "div", *children, class_=f"sbx-scroll {class_}".strip(), tabindex="0", role="region", aria_label=label
    )
