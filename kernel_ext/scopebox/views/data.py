"""Values of cells as text and tables: whatever its size, only the beginning of it is laid out."""

from __future__ import annotations

from typing import Final

from scopebox.text.literals import inline, json_inline, json_text, literal
from scopebox.views.items import Item, is_item, is_items, item_table, items_table
from scopebox.views.parts import BLOCK, Block, Displayed, View

LONG: Final = 80  # characters of a text that would be laid out in pieces


class Data:
    """JSON data: literals of Python, or JSON, as plain text; as HTML a table where it is an item or a list of items."""

    def __init__(self, value: object, *, as_json: bool = False) -> None:
        self.value = value
        self._as_json = as_json

    def text(self) -> str:
        """Return literals."""
        return self._block().text()

    def html(self) -> str:
        """Return a table, or literals."""
        if is_items(self.value):
            return items_table(self.value)
        return item_table(self.value) if is_item(self.value) else self._block().html()

    def _block(self) -> Block:
        if isinstance(self.value, str) and len(self.value) > LONG and "\n" not in self.value:
            return Block((json_inline if self._as_json else inline)(self.value, BLOCK))
        return Block((json_text if self._as_json else literal)(self.value))


class JsonBody:
    """The body of an answer: JSON, and as HTML a table where it is nothing but items. What is shown is made at once: a notebook keeps its views."""

    def __init__(self, value: object) -> None:
        items = items_of(value)
        self._block = Block(json_text(value))
        self._table = None if items is None else items_table(items)

    def text(self) -> str:
        """Return JSON."""
        return self._block.text()

    def html(self) -> str:
        """Return a table of the items, or JSON."""
        return self._block.html() if self._table is None else self._table


def items_of(body: object) -> list[Item] | None:
    """Return the items that an answer consists of; None where it is anything else."""
    data = body["data"] if isinstance(body, dict) and body.keys() == {"data"} else body
    return data if is_items(data) else None


class ItemList(list[Item], Displayed):
    """A list of items, which a notebook shows as a table."""

    def html(self) -> str:
        """Return a table."""
        return View((Data(self),)).html()
