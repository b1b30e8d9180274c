"""Items as tables of HTML: what fits on a screen at once, the rest to be opened, all of it bounded."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeGuard

from scopebox.text.literals import json_inline
from scopebox.text.visible import shorten
from scopebox.views.html import BLOCK_CHARACTERS, Markup, element, join, text
from scopebox.views.parts import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROWS: Final = 20  # at once
MORE_ROWS: Final = 80  # that open on a click
COLUMNS: Final = 9  # a table with more fields shows one less, and how many are left
CELL: Final = 80  # characters of a cell
WHOLE: Final = 200  # characters of a value that the pointer brings up
MAX_FIELDS: Final = 100  # of a single item
_PARTS: Final = 2  # values of a related item that stand for it

Item = dict[str, object]


def is_items(value: object) -> TypeGuard[list[Item]]:
    """Whether ``value`` is a list of objects."""
    return isinstance(value, list) and bool(value) and all(is_item(entry) for entry in value[: ROWS + MORE_ROWS])


def is_item(value: object) -> TypeGuard[Item]:
    """Whether ``value`` is one object."""
    return isinstance(value, dict) and bool(value)


def items_table(items: Sequence[Item]) -> Markup:
    """Return a list of items with a row each: the first ones, the next ones folded, and how many are left out.

    Their first fields are shown, in the order in which they come.
    """
    first, next_ones = items[:ROWS], items[ROWS : ROWS + MORE_ROWS]
    names = list(dict.fromkeys(name for item in (*first, *next_ones) for name in islice(item, MAX_FIELDS)))
    shown = names if len(names) <= COLUMNS else names[: COLUMNS - 1]
    count = len(items)
    parts: list[object] = [_table(counted(count, "item"), names, shown, first)]
    if next_ones:
        words = f"{len(next_ones):,} more"
        parts.append(element("details", element("summary", words), _table(words, names, shown, next_ones)))
    rest = count - ROWS - MORE_ROWS
    if rest > 0:
        parts.append(element("p", f"… {rest:,} more", class_="sbx-muted"))
    return join(parts)


def item_table(item: Mapping[str, object]) -> Markup:
    """Return one item: a row for each field."""
    rows = [
        element("tr", element("th", text(name, CELL), scope="row"), _cell(value, wide=True))
        for name, value in islice(item.items(), MAX_FIELDS)
    ]
    rest = len(item) - MAX_FIELDS
    head = element("thead", element("tr", element("th", "Field", scope="col"), element("th", "Value", scope="col")))
    more = element("p", f"… {rest:,} more fields", class_="sbx-muted") if rest > 0 else ""
    return join([element("table", head, element("tbody", *rows)), more])


def _table(caption: str, names: Sequence[str], shown: Sequence[str], items: Sequence[Item]) -> Markup:
    heads = [element("th", text(name, CELL), scope="col") for name in shown]
    hidden = names[len(shown) :]
    if hidden:
        words = shorten(", ".join(hidden), WHOLE)
        heads.append(element("th", f"+{len(hidden):,} fields", scope="col", class_="sbx-muted", title=words))
    rows = (element("tr", *(_cell(item[name]) if name in item else element("td") for name in shown)) for item in items)
    return element(
        "table", element("caption", caption), element("thead", element("tr", *heads)), element("tbody", *rows),
    )  # fmt: skip


def _cell(value: object, *, wide: bool = False) -> Markup:
    match value:
        case None:
            return element("td", element("span", "null", class_="sbx-muted"))
        case bool() | int() | float():
            return element("td", json_inline(value), class_=None if wide or isinstance(value, bool) else "sbx-number")
        case str():
            words, whole = value, value
        case _:
            words, whole = _related(value), json_inline(value, WHOLE)
    if wide:
        whole = value if isinstance(value, str) else json_inline(value, BLOCK_CHARACTERS)
        return element("td", text(whole, BLOCK_CHARACTERS, lines=True), class_="sbx-whole")
    title = shorten(whole, WHOLE) if whole is not words or len(words) > CELL // 2 else None
    return element("td", text(words, CELL), class_="sbx-cut", title=title)


def _related(value: object) -> str:
    """Return in a few words what stands in a field: a related item by its first values, related items by their number."""
    if isinstance(value, dict) and value:
        words = [_word(entry) for entry in islice(value.values(), _PARTS)]
        first = next(iter(value))
        more = ", …" if len(value) > _PARTS else ""
        return f"{{{shorten(first, CELL)} {', '.join(words)}{more}}}"
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value[:ROWS]):
        return counted(len(value), "item")
    return json_inline(value, CELL)


def _word(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= CELL else json_inline(value, CELL // 2)
