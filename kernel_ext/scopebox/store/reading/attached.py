"""The items of a level as JSON texts, and the related ones that are put into them: counted as often as they show, before they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from scopebox_guest import wire

from scopebox.store.reading.paging import SortKeys, in_order, page

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from scopebox.store.query.query import Query

PORTION: Final = 1_000
"""Items of lists between two rests."""
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw] | str | int | float | bool | None).decode


class Limited(Protocol):
    """How large an answer may become."""

    def check(self, size: int) -> None:
        """Refuse a level of ``size`` bytes."""

    def values(self, more: int) -> None:
        """Count the values that the answer has ``more``."""


@dataclass(slots=True)
class Item:
    """An item of a level as JSON text, and the key that links it to the level above.

    Text it stays: as data it may take ten times as much.
    """

    text: bytes
    key: object


class Attached:
    """What comes into the ``texts`` of the items of a level, under some ``names``: one part of each item at a time, null if there is none.

    DirectusError 400 as soon as ``size`` has too much of it, and before any text is made.
    """

    def __init__(self, size: Limited, texts: list[bytes], names: Sequence[str]) -> None:
        self._size = size
        self._texts = texts
        self._nulls = {name: wire.encode(name) + b":null" for name in names}
        self._parts: dict[str, list[bytes]] = {name: [null] * len(texts) for name, null in self._nulls.items()}
        nulls = len(texts) * sum(len(null) + 1 for null in self._nulls.values())
        self._characters = sum(map(len, texts)) + nulls
        size.check(self._characters)

    def one(self, name: str, keys: Sequence[object], related: Sequence[Item]) -> None:
        """Put in the related item that each refers to by its key."""
        parts = {item.key: self.part(name, item.text) for item in related}
        null = self._nulls[name]
        self.put(name, [parts.get(key, null) for key in keys], related)

    def lists(
        self, name: str, keys: Sequence[object], related: Sequence[Item], query: Query
    ) -> Generator[None, None, None]:
        """Put in the lists of the related items that refer to each by its key, as far as a deep query asks for them; may rest meanwhile."""
        found: dict[object, list[bytes]] = {}
        for item in related:
            found.setdefault(item.key, []).append(item.text)
        sort_keys, parts = SortKeys(), []
        for at, key in enumerate(keys):
            if not at % PORTION:
                yield
            texts = page(found.get(key, []), query)
            if query.sort and len(texts) > 1:
                texts = yield from _sorted(texts, query.sort[0], sort_keys)
            parts.append(self.part(name, b"[%b]" % b",".join(texts)))
        yield
        self.put(name, parts, related)

    def part(self, name: str, text: bytes) -> bytes:
        """Return what comes into an item that shows ``text``."""
        return self._nulls[name][:-4] + text

    def places(self, name: str) -> list[bytes]:
        """Return what comes into each item so far."""
        return [*self._parts[name]]

    def put(self, name: str, parts: list[bytes], related: Sequence[Item]) -> None:
        """Put in one part for each item, empty where there is not even a null.

        A null is counted for each already, and so are the values of the ``related`` items.
        """
        before = self._parts[name]
        self._characters += sum(map(len, parts)) - sum(map(len, before))
        self._size.check(self._characters)
        shown = sum([part.count(b",") for part in parts]) - sum([part.count(b",") for part in before])
        self._size.values(max(0, shown - values([item.text for item in related])))
        self._parts[name] = parts

    def hide(self, name: str, allowed: Sequence[object]) -> None:
        """Show null in the place of what is not allowed."""
        null = self._nulls[name]
        self._parts[name] = [part if may else null for part, may in zip(self._parts[name], allowed, strict=True)]

    def texts(self) -> list[bytes]:
        """Return the items with all that comes into them."""
        if not self._parts:
            return self._texts
        return [
            _joined(text, parts)
            for text, parts in zip(self._texts, zip(*self._parts.values(), strict=True), strict=True)
        ]


def renamed(text: bytes, names: Mapping[str, str]) -> bytes:
    """Return an item with the keys that it shows in the place of those that it came with."""
    item = _decode(text)
    assert isinstance(item, dict)
    return wire.encode({names.get(key, key): value for key, value in item.items()})


def _joined(text: bytes, parts: tuple[bytes, ...]) -> bytes:
    return b"{%b}" % b",".join(filter(None, (text[1:-1], *parts)))


def _sorted(texts: list[bytes], sort: str, keys: SortKeys) -> Generator[None, None, list[bytes]]:
    """Return the items of a list sorted by a value that they show, in the order they have where one does not show it; may rest meanwhile."""
    key = sort.removeprefix("-")
    found: list[object] = []
    for start in range(0, len(texts), PORTION):
        yield
        for text in texts[start : start + PORTION]:
            item = _decode(text)
            if not isinstance(item, dict) or key not in item:
                return texts
            found.append(keys.of(item[key]))
    yield
    order = in_order(found, sort)
    yield
    return [texts[at] for at in order]


def values(texts: Sequence[bytes]) -> int:
    """Return about how many values JSON texts have."""
    return sum([text.count(b",") for text in texts]) + len(texts)
