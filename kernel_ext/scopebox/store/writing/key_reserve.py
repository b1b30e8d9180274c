"""Keys drawn ahead: a call that needs the keys of many new items draws them all at once, not one by one."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from scopebox.store.javascript import truthy
from scopebox.store.writing.changes import Insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.changes import Change

MAX_NESTED_LEVELS: Final = 50
"""Levels of nested items that a payload may have."""


class KeyReserve:
    """The keys drawn for items that one call has yet to plan, by collection.

    A key that an item brings along moves its sequence, so nothing is drawn ahead beyond one.
    """

    def __init__(self, version: StoreVersion) -> None:
        self._census = _Census(version)
        self._announced: list[tuple[Collection, Sequence[object], bool]] = []
        self._expected: Counter[str] | None = None
        self._keys: dict[str, deque[int]] = {}

    def announce(self, collection: Collection, items: Sequence[object], *, there: bool = False) -> None:
        """Learn what the call is going to create in ``collection``, or, of items that are ``there``, along with them."""
        if self._expected is None:
            self._announced.append((collection, items, there))
        else:
            self._census.count(collection, items, there=there)
            self._expected.update(self._census.taken())

    def forget(self) -> None:
        """Forget what was announced and not counted."""
        self._announced.clear()

    def serve(self, insert: Insert) -> bool:
        """Give a new row its key, if there is one for it."""
        name = insert.collection.name
        if insert.row[insert.field] is not None:
            self._keys.pop(name, None)
            if self._expected is not None:
                del self._expected[name]
            return False
        if self._expected is not None:
            self._expected[name] -= 1
        keys = self._keys.get(name)
        if keys:
            insert.take(keys.popleft())
        return bool(insert.drawn)

    def lacking(self, collection: Collection, changes: Iterable[Change]) -> int:
        """Return how many items of ``collection`` are still to come, ``changes`` being all that is planned by now."""
        if self._expected is None:
            for announced, items, there in self._announced:
                self._census.count(announced, items, there=there)
            self._expected = self._census.taken()
            self._expected.subtract(entry.collection.name for entry in changes if isinstance(entry, Insert))
        return max(0, self._expected[collection.name])

    def keep(self, collection: Collection, keys: Iterable[int]) -> None:
        """Keep drawn keys for the items to come."""
        self._keys[collection.name] = deque(keys)


class _Census:
    """Counts the items that payloads create, by collection: ``found``."""

    def __init__(self, version: StoreVersion) -> None:
        self.found: Counter[str] = Counter()
        self._version = version
        self._closed: set[str] = set()

    def taken(self) -> Counter[str]:
        """Return what was counted, and begin anew."""
        found, self.found = self.found, Counter()
        return found

    def count(self, collection: Collection, items: object, depth: int = 0, *, there: bool = False) -> None:
        """Count ``items``, unless they are ``there`` already, and what comes with them."""
        shape, name = self._version.shape(collection), collection.name
        collections = self._version.schema.all
        if depth > MAX_NESTED_LEVELS or not isinstance(items, list):
            return
        for item in items:
            if not isinstance(item, dict):
                continue
            if truthy(item.get(shape.key)):
                self._closed.add(name)
            self.found[name] += not there and name not in self._closed
            for reference in shape.references:
                self.count(collections[reference.one], [item.get(reference.field)], depth + 1)
            for entry in shape.any_references:
                if (target := item.get(entry.collection_field)) in entry.allowed:
                    self.count(collections[str(target)], [item.get(entry.field)], depth + 1)
            for relation in shape.aliases:
                value = item.get(relation.one_field or "")
                children = value.get("create") if isinstance(value, dict) else value
                self.count(collections[relation.many], children, depth + 1)
