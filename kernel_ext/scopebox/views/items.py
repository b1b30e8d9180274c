"""Items as tables of HTML: what fits on a screen at once, the rest to be opened, all of it bounded."""

from __future__ import annotations

from collections.abc import Callable
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

_EMPTY: Final = Markup("<td></td>")
_NULL: Final = Markup('<span class="sbx-muted">null</span>')

Item = dict[str, object]
Mark = Callable[[Item, str], Markup | None]


def is_items(value: object) -> TypeGuard[list[Item]]:
    """Whether ``value`` is a list of objects."""
    return isinstance(value, list) and bool(value) and all(is_item(entry) for entry in value[: ROWS + MORE_ROWS])


def is_item(value: object) -> TypeGuard[Item]:
    """Whether ``value`` is one object."""
    return isinstance(value, dict) and bool(value)


def items_table(items: Sequence[Item], names: Sequence[str] = (), mark: Mark | None = None) -> Markup:
    """Return a list of items with a row each: the first ones, the next ones folded, and how many are left out.

    Their first fields are shown, in the order of ``names`` or else in that in which they come; ``mark`` says what is added to a field.
    """
    first, next_ones = items[:ROWS], items[ROWS : ROWS + MORE_ROWS]
    found = names or list(dict.fromkeys(name for item in (*first, *next_ones) for name in islice(item, MAX_FIELDS)))
    count = len(items)
    parts: list[object] = [_scroll(counted(count, "item"), found, first, mark)]
    if next_ones:
        words = f"{len(next_ones):,} more"
        parts.append(element("details", element("summary", words), _scroll(words, found, next_ones, mark)))
    rest = count - ROWS - MORE_ROWS
    if rest > 0:
        parts.append(element("p", f"… {rest:,} more", class_="sbx-muted"))
    return join(parts)


def item_table(item: Mapping[str, object]) -> Markup:
    """Return one item: a row for each field."""
    rows = [
        element("tr", element("th", text(name, CELL), scope="row"), _whole(value))
        for name, value in islice(item.items(), MAX_FIELDS)
    ]
    rest = len(item) - MAX_FIELDS
    head = element("thead", element("tr", element("th", "Field", scope="col"), element("th", "Value", scope="col")))
    more = element("p", f"… {rest:,} more fields", class_="sbx-muted") if rest > 0 else ""
    return join([element("table", head, element("tbody", *rows), class_="sbx-table"), more])


def _scroll(caption: str, names: Sequence[str], items: Sequence[Item], mark: Mark | None) -> Markup:
    """Return a table that scrolls below its head where it is long, also by keyboard."""
    inner = _table(caption, names, items, mark)
    return element("div", inner, class_="sbx-items", tabindex="0", role="region", aria_label=caption)


def _table(caption: str, names: Sequence[str], items: Sequence[Item], mark: Mark | None) -> Markup:
    shown = names if len(names) <= COLUMNS else names[: COLUMNS - 1]
    numbers = {name for name in shown if any(_is_number(item.get(name)) for item in items)}
    heads = [
        element("th", text(name, CELL), scope="col", class_="sbx-number" if name in numbers else None) for name in shown
    ]
    hidden = names[len(shown) :]
    end = _EMPTY if hidden else ""
    if hidden:
        words = shorten(", ".join(hidden), WHOLE)
        heads.append(element("th", f"+{len(hidden):,} fields", scope="col", class_="sbx-muted", title=words))
    rows = [
        f"<tr>{''.join([_cell(item[name], mark and mark(item, name)) if name in item else _EMPTY for name in shown])}{end}</tr>"
        for item in items
    ]
    head, body = element("thead", element("tr", *heads)), Markup("".join(rows))
    return element("table", element("caption", caption), head, element("tbody", body), class_="sbx-table")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object, added: Markup | None) -> Markup:
    """Return what stands in a field, in a line; what may be cut there is brought up by the pointer."""
    more = f" {added}" if added else ""
    if value is None:
        return Markup(f"<td>{_NULL}{more}</td>")
    if isinstance(value, bool):
        return Markup(f"<td>{json_inline(value)}{more}</td>")
    if isinstance(value, int | float):
        return Markup(f'<td class="sbx-number">{json_inline(value)}{more}</td>')
    if isinstance(value, str):
        words, whole = value, value if len(value) > CELL // 2 else ""
    else:
        words, whole = _related(value), json_inline(value, WHOLE)
    title = f' title="{text(whole, WHOLE)}"' if whole else ""
    return Markup(f'<td class="sbx-cut"{title}>{text(words, CELL)}{more}</td>')


def _whole(value: object) -> Markup:
    """Return what stands in a field, with all of its lines."""
    if value is None:
        return element("td", _NULL)
    if isinstance(value, bool) or _is_number(value):
        return Markup(f"<td>{json_inline(value)}</td>")
    words = value if isinstance(value, str) else json_inline(value, BLOCK_CHARACTERS)
    return element("td", text(words, BLOCK_CHARACTERS, lines=True), class_="sbx-whole")


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
