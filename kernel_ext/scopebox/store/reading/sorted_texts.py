"""Sorting by long texts: by as much of each as tells them apart, since the database holds what it sorts by several times.

Texts that are known to be short are sorted as they are: no statement more is run for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.database.allocator import give_back
from scopebox.store.reading.weights import CHUNK, LIGHT, TEXTS, UNWEIGHED, added, longest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.lengths import Longest
    from scopebox.store.database.session import Session
    from scopebox.store.reading.conditions import Order

SORTED: Final = 2**20  # characters that are sorted by in all, if there are not too many items
LEAST: Final = 2**10  # characters of each text that are sorted by at least
MOST_ALIKE: Final = 2**22  # bytes of texts that are sorted by in full, because they begin alike


@dataclass(frozen=True, slots=True)
class SortedTexts:
    """What the statements of a plan sort by, ``found`` by the rest of one that has no order; ``texts`` are those orders that are texts."""

    orders: tuple[Order, ...]
    texts: tuple[tuple[str, str, Longest], ...]
    found: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.found) + sum(len(order.sql) for order in self.orders)

    def may_be_long(self, session: Session) -> bool:
        """Return whether so many texts that are longer than most were ever written."""
        most = UNWEIGHED // len(self.texts)
        return any(session.may_exceed(most, CHUNK, (name,), table) for _, name, table in self.texts)

    def bytes_and_items(self) -> str:
        """Return the statement that finds how many bytes of texts are to be sorted by, and how many items."""
        held = added([f"coalesce(strlen({sql}), 0)" for sql, _, _ in self.texts])
        return f"SELECT coalesce(sum({held}), 0), count(*) {self.found}"

    def bytes_sorted(self, items: int) -> str:
        """Return the statement that finds how many bytes so many items are sorted by, with long texts by as much as may tell them apart."""
        most = 4 * self.characters(items)
        held = added([f"coalesce(least(strlen({sql}), {most}), 0)" for sql, _, _ in self.texts])
        return f"SELECT coalesce(sum({held}), 0) {self.found}"

    def characters(self, items: int) -> int:
        """Return how many characters of each text are sorted by, if they are long and that tells them apart.

        A power of two, so that statements are the same now and then: parsed ones are kept.
        """
        return 1 << max(LEAST, SORTED // max(1, items * len(self.texts))).bit_length() - 1

    def told_apart(self, characters: int) -> list[str]:
        """Return the statements that find, for one text each, whether no two different ones have the same beginning."""
        return [
            f"SELECT count(DISTINCT hash({sql})) = count(DISTINCT hash({_beginning(sql, characters)})) {self.found}"
            for sql, _, _ in self.texts
        ]

    def cut(self, statement: str, characters: int) -> str:
        """Return a statement of the plan, sorted by so many characters of each text."""
        texts = {sql for sql, _, _ in self.texts}
        beginnings = [
            replace(order, sql=_beginning(order.sql, characters)) if order.sql in texts else order
            for order in self.orders
        ]
        return statement.replace(order_clause(self.orders), order_clause(beginnings))


def order_clause(orders: Sequence[Order]) -> str:
    """Return the clause of an order."""
    return f"ORDER BY {', '.join(map(str, orders))}"


def sorted_texts(orders: Sequence[Order], found: str) -> SortedTexts | None:
    """Return what is to be known about the texts among ``orders``; None where there are none."""
    collections = {order.of[0].name: order.of[0] for order in orders if order.of is not None}
    known = {name: longest(collection) for name, collection in collections.items()}
    texts = {
        order.sql: (order.sql, order.of[1].name, known[order.of[0].name])
        for order in orders
        if order.of is not None and order.of[1].type in TEXTS
    }
    return SortedTexts(tuple(orders), tuple(texts.values()), found) if texts else None


def characters_that_differ(session: Session, texts: SortedTexts, parameters: Sequence[object]) -> int:
    """Return how many characters of each text are enough to sort by; 0 where they are sorted as they are.

    DirectusError 400 for long texts that begin alike.
    """
    if not texts.may_be_long(session):
        return 0
    held, items = session.some(texts.bytes_and_items(), parameters)
    assert isinstance(held, int)
    assert isinstance(items, int)
    if held <= LIGHT:
        return 0
    give_back()
    characters = texts.characters(items)
    if all(session.some(sql, parameters) == (True,) for sql in texts.told_apart(characters)):
        return characters
    remedy = "sort by a field with shorter ones, or fewer items"
    bounds.count(held, MOST_ALIKE, "bytes in texts to sort by that begin alike", remedy)
    return 0


def _beginning(sql: str, characters: int) -> str:
    return f"left({sql}, {characters})"
