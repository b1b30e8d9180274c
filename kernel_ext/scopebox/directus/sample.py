"""The items of one collection that a pull takes: what is kept of each, and what each refers to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import weight, wire

from scopebox.errors import SchemaError
from scopebox.store.sources.item_files import Rows
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from scopebox.directus.description import Table
    from scopebox.store.schema.schema import Collection

Item = dict[str, object]

MAX_ITEM: Final = 2**20  # bytes of one item
MAX_BYTES: Final = 8 * 2**20  # of the items of one collection
MAX_ALL_BYTES: Final = 48 * 2**20  # of all items
MAX_ALL_ITEMS: Final = 250_000
_ROOM: Final = f"{MAX_BYTES // 2**20} MiB a collection, {MAX_ALL_BYTES // 2**20} MiB in all"
MAX_VALUES: Final = 300_000  # of the items of one collection; no more can be loaded


@dataclass
class Sample:
    """What is taken of one collection, ``most`` bytes of it. ``faults`` are sentences about items that are left out.

    Items are checked against ``collection``, if there is one, but for the fields that the first of them does not have: a user
    who may not read a field gets none in any item. ``unread`` are those that were asked for, and no item keeps them.
    """

    table: Table
    collection: Collection | None = None
    items: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    most: int = MAX_BYTES
    full: bool = False
    _rows: Rows | None = None
    _bytes: int = 0
    _values: int = 0
    _taken: frozenset[str] = frozenset()  # fields

    def __post_init__(self) -> None:
        self._taken = frozenset(self.table.fields)

    def add(self, raw: bytes | msgspec.Raw) -> Item | None:
        """Take an item; return what is kept of it, None if it is left out, or there already."""
        item = self._kept(bytes(raw))
        if item is None:
            return None
        key = item.get(self.table.key)
        if isinstance(key, bool) or not isinstance(key, str | int):
            self.faults.append(f"{self.table.name}[{len(self.items)}]: has no key {self.table.key}")
            return None
        if str(key) in self.keys:
            return None
        text = msgspec.json.encode(item)
        if not self._fits(text) or not self._is_sound(item):
            return None
        self.keys.add(str(key))
        self.items.append(text)
        return item

    def _kept(self, raw: bytes) -> Item | None:
        """Return the fields of an item that are taken."""
        place = f"{self.table.name}[{len(self.items)}]"
        if len(raw) > MAX_ITEM:
            self.faults.append(f"{place}: an item of {len(raw):,} bytes, {MAX_ITEM:,} are the limit")
            return None
        try:
            found = wire.decode_json(raw)
        except (ValueError, RecursionError) as error:
            self.faults.append(f"{place}: cannot be read: {str(error)[:100]}")
            return None
        if not isinstance(found, dict):
            self.faults.append(f"{place}: is no object")
            return None
        return {name: value for name, value in found.items() if name in self._taken}

    def _fits(self, text: bytes) -> bool:
        self._bytes += len(text)
        self._values += max(weight.most_values_in(text), self._checked)
        self.full = self.full or self._bytes > self.most or self._values > MAX_VALUES
        return not self.full

    @property
    def _checked(self) -> int:
        """How many fields of each item are checked, whether it has them or not."""
        return 0 if self._rows is None else len(self._rows.fields)

    def _is_sound(self, item: Item) -> bool:
        """Whether the item fits into the schema that the server itself described."""
        if self.collection is None:
            return True
        if self._rows is None:
            self.unread = set(self.table.fields) - set(item)
            self._taken = frozenset(item)
            fields = {name: field for name, field in self.collection.fields.items() if name in item}
            self._rows = Rows(replace(self.collection, fields=fields), self.table.name)
        try:
            self._rows.row(len(self.items), item)
        except SchemaError as error:
            self.faults.append(f"{error.message} {error.hint}".strip())
            return False
        return True

    def text(self) -> bytes:
        """Return the content of the file: a list, one item a line; an object for a singleton."""
        if self.table.singleton:
            return self.items[0] + b"\n" if self.items else b"[]\n"
        return b"[\n" + b",\n".join(self.items) + b"\n]\n" if self.items else b"[]\n"

    def notes(self) -> list[str]:
        """Return what there is to say about items that were left out."""
        found = []
        if self.faults:
            more = f" and {len(self.faults) - 1:,} more items" if len(self.faults) > 1 else ""
            found.append(f"{clean(self.faults[0], 400)}{more}: left out")
        if self.full:
            found.append(
                f"{clean(self.table.name)}: more than there is room for, the rest of its items is left out ({_ROOM})"
            )
        return found


def anonymous(users: Iterable[bytes]) -> list[bytes]:
    """Return users under made-up names, in the order of their keys; each is JSON text, and read by itself."""
    found = []
    for number, text in enumerate(sorted(users, key=_key), 1):
        name = f"user-{number}"
        made = {"first_name": name, "last_name": None, "email": f"{name}@example.invalid"}
        found.append(msgspec.json.encode({**wire.decode_json(text), **made}))
    return found


def _key(user: bytes) -> str:
    return str(wire.decode_json(user).get("id"))
