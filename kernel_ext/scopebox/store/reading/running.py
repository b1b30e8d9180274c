"""Running the statements of the levels, and putting the items together."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import bounds
from scopebox.store.database.allocator import VERY_MUCH, give_back
from scopebox.store.reading.attached import Attached, Item, renamed, values
from scopebox.store.reading.paging import offset
from scopebox.store.reading.portions import TURN
from scopebox.store.reading.references import referred_key
from scopebox.store.reading.sorted_texts import characters_that_differ
from scopebox.store.reading.sought import check_sought
from scopebox.store.reading.weights import CHUNK, PORTIONED, UNWEIGHED, LargeError, Weight
from scopebox.store.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import duckdb

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.compiled import AnyPlan, Plan
    from scopebox.store.reading.weights import Weights

FETCHED: Final = 1_000
"""Rows that are taken at once."""
LARGE_CHARACTERS: Final = 2**20  # of an answer that should not be in memory twice for longer than it has to


class Size:
    """How large an answer has become: DirectusError 400 as soon as it has more than ``most`` bytes (None: any number).

    An item that many others refer to is counted with each of them, as it will be written. ``announced``: LargeError for large rows,
    before anything is made of them.
    """

    def __init__(self, most: int | None, *, announced: bool = False) -> None:
        self.most = most
        self._announced = announced
        self._values = 0

    def check(self, size: int) -> None:
        """Refuse a level of ``size`` bytes."""
        if self.most is not None:
            bounds.count(size, self.most, "bytes in the answer", "name the fields you need, or page through the items")

    def weigh(
        self,
        session: Session,
        weights: Weights | None,
        parameters: Sequence[object],
        rows: int = CHUNK,
        *,
        portioned: bool = False,
    ) -> Generator[None, None, Weight]:
        """Refuse rows whose texts are too large, before the database makes anything of them; return what they weigh, if they do much.

        Each statement is a step.

        What the JSON of portions weighs is found out with each of them, if rows can be ``portioned``.
        """
        if self.most is None or weights is None:
            return Weight()
        if not session.may_exceed(UNWEIGHED, min(rows, weights.rows), weights.columns, weights.longest):
            return Weight()
        weight = Weight(*session.some(weights.held, parameters))  # type: ignore[arg-type]
        yield
        self.check(weight.held)
        if self._announced and weight.held > PORTIONED:
            raise LargeError
        if weight.is_large:
            give_back()
        if weight.is_large and not (portioned and weight.is_for_portions):
            self.weighed(*session.some(weights.written, parameters))  # type: ignore[arg-type]
            yield
        return weight

    def weighed(self, written: int, values: int) -> None:
        """Refuse rows of so many bytes and values as JSON."""
        self.check(written)
        bounds.count(values, bounds.MAX_RELATED_VALUES, "values in the answer", "page through the items")

    def text(
        self,
        session: Session,
        plan: Plan,
        parameters: Sequence[object],
        most_rows: int = CHUNK,
        written: Callable[[list[Row]], bytes] | None = None,
    ) -> Generator[None, None, list[bytes]]:
        """Return, in steps, the rows of a plan, ``most_rows`` as far as is known, whose first column is an item as JSON text, as that of a list in pieces.

        What is ``written`` of each batch of rows is that text, unless something else is given.
        """
        written = written or _written
        weight = yield from self.weigh(
            session, plan.weights, parameters, most_rows, portioned=plan.portions is not None
        )
        if plan.portions and weight.is_for_portions:
            with TURN, session.snapshot():  # so that all portions see the same items
                found = plan.portions.found(session, parameters, self.weighed)
                return at_once(listed(written, self._limited(found, _texts, FETCHED)))  # whoever rests holds no lock
        large = plan.is_large(session)
        text = None if weight.is_large or plan.few is None else plan.few.found(session, parameters, large=large)
        if text is not None:
            self.check(len(text))
            return [text]
        rows = 1 if weight.is_large else FETCHED
        sql = plan.keys_first if large else plan.sql
        return (yield from listed(written, self.batches(session, sql, parameters, _texts, rows)))

    def batches(
        self,
        session: Session,
        sql: str,
        parameters: Sequence[object],
        measure: Callable[[list[Row]], int],
        fetched: int = FETCHED,
    ) -> Iterator[list[Row]]:
        """Yield the rows of a statement, of which ``measure`` tells the characters, as long as they are not too many."""
        if self.most is None:
            yield session.rows(sql, parameters)
            return
        yield from self._limited([session.execute(sql, parameters)], measure, fetched)

    def _limited(
        self, found: Iterable[duckdb.DuckDBPyConnection], measure: Callable[[list[Row]], int], fetched: int
    ) -> Iterator[list[Row]]:
        size = 0
        for cursor in found:
            yield []  # a rest between what the database does and what is made of it
            while True:
                rows = cursor.fetchmany(fetched)
                fewer = len(rows) < fetched
                before, size = size, size + measure(rows)
                if before <= VERY_MUCH < size:
                    give_back()
                self.check(size)
                if rows:
                    yield rows
                if fewer:
                    break
            if size > LARGE_CHARACTERS:
                cursor.fetchone()  # the database lets go of a result behind its last row

    def values(self, more: int) -> None:
        """Count the values that the answer has ``more``."""
        if self.most is not None:
            self._values += more
            bounds.count(self._values, bounds.MAX_RELATED_VALUES, "values in the answer", "page through the items")


def listed(written: Callable[[list[Row]], bytes], batches: Iterable[list[Row]]) -> Generator[None, None, list[bytes]]:
    """Return the pieces of the JSON text of a list, whose items ``written`` makes of each batch of rows, behind which these are emptied.

    Each batch is a step.
    """
    pieces = [b"["]
    for rows in batches:
        if rows:
            pieces += [written(rows), b","]
            rows.clear()  # they may be large, and are not needed any more
        yield
    pieces[max(1, len(pieces) - 1) :] = [b"]"]
    return pieces


def _written(rows: list[Row]) -> bytes:
    return ",".join([row[0] for row in rows]).encode()  # type: ignore[misc]


def _texts(rows: list[Row]) -> int:
    """Return how many characters the first column has, which is JSON text."""
    return sum([len(row[0]) for row in rows])  # type: ignore[arg-type,misc]


def run(session: Session, plan: Plan, size: Size) -> Generator[None, None, list[bytes]]:
    """Run a plan in steps, and return the items as the pieces of a JSON text, as long as ``size`` lets it."""
    with session.snapshot() if _looks_twice(session, plan, size.most) else nullcontext():
        if plan.plain:
            plan = _light(session, plan, plan.parameters, size.most)
            yield
            return (yield from size.text(session, plan, plan.parameters))
        items = yield from _items(session, plan, size)
    return _put_together(items)


def _looks_twice(session: Session, plan: Plan, most: int | None) -> bool:
    """Return whether a plan looks at items again, which have to be the same: at several levels, or for what tells long texts apart."""
    texts = None if most is None else plan.sorted_texts
    return bool(plan.nested or plan.of_any) or (texts is not None and texts.may_be_long(session))


def _put_together(items: list[Item]) -> list[bytes]:
    return [b"[", b",".join([item.text for item in items]), b"]"]


def _light(session: Session, plan: Plan, parameters: Sequence[object], most: int | None) -> Plan:
    """Return a plan that finds the same, and sorts long texts by their beginnings, if there are any; refuse one that looks through too much."""
    check_sought(session, plan.sought, parameters)
    texts = plan.sorted_texts
    characters = 0 if most is None or texts is None else characters_that_differ(session, texts, parameters)
    if texts is None or not characters:
        return plan
    sql, weights = plan.sql, plan.weights
    if weights is not None:
        # Rows that are large themselves: the database would hold more of them than it shows.
        if plan.keys_first and session.may_exceed(UNWEIGHED, weights.rows, weights.columns, weights.longest):
            sql = plan.keys_first
        held, written = texts.cut(weights.held, characters), texts.cut(weights.written, characters)
        weights = replace(weights, held=held, written=written)
    portions = plan.portions and plan.portions.cut(texts, characters)
    return replace(plan, sql=texts.cut(sql, characters), keys_first="", weights=weights, portions=portions, few=None)


def _rows(session: Session, plan: Plan, size: Size, keys: Sequence[object]) -> Generator[None, None, list[Row]]:
    """Return the rows of a plan, whose first column is an item as JSON text, under the keys that it shows."""
    parameters = plan.parameters
    if plan.slot is not None:
        parameters = [*parameters]
        parameters[plan.slot] = list(keys)
    plan = _light(session, plan, parameters, size.most)
    yield
    rows: list[Row] = []
    longer = sum(max(0, len(name) - len(key)) for key, name in plan.renamed.items())

    def taken(batch: list[Row]) -> bytes:
        texts = [row[0].encode() for row in batch]  # type: ignore[attr-defined]
        size.values(values(texts) + len(texts) * (len(plan.nested) + len(plan.of_any)))
        if plan.renamed:
            size.check(sum(map(len, texts)) + (len(rows) + len(batch)) * longer)
        rows.extend([(text, *row[1:]) for text, row in zip(texts, batch, strict=True)])
        return b""  # it is put together later

    yield from size.text(session, plan, parameters, len(keys) if plan.unique else CHUNK, taken)
    for start in range(0, len(rows), FETCHED) if plan.renamed else ():
        yield
        part = slice(start, start + FETCHED)
        rows[part] = [(renamed(row[0], plan.renamed), *row[1:]) for row in rows[part]]  # type: ignore[arg-type]
    return rows


def _items(session: Session, plan: Plan, size: Size, keys: Sequence[object] = ()) -> Generator[None, None, list[Item]]:
    """Return the items of a plan; may rest behind each level."""
    rows = yield from _rows(session, plan, size, keys)
    names = [*(nested.key for nested, *_ in plan.nested), *(entry.key for entry in plan.of_any)]
    yield
    attached = Attached(size, [row[0] for row in rows], names)  # type: ignore[misc]
    shown: set[str] = set()
    for nested, below, at, allowed in plan.nested if rows else ():
        if isinstance(below, DirectusError):
            raise below
        link = [row[at] for row in rows]
        wanted = list(dict.fromkeys(key for key in link if key is not None))
        # In a Directus 11 the item of a field takes the place of the key, by which an alias of the same field looks for it.
        lost = not nested.many and nested.name in shown
        if below.overruled is not None:
            below.overruled.behind(len(wanted))  # items that nothing above refers to are not shown; a fault is
        related = (yield from _items(session, below, size, wanted)) if wanted and not lost else []
        if nested.many:
            attached.lists(nested.key, link, related, nested.level.query)
        elif related:
            attached.one(nested.key, link, related)
        shown.add(nested.key)
        if allowed is not None:
            attached.hide(nested.key, [row[allowed] for row in rows])
    for entry in plan.of_any:
        yield from _attach_any(session, entry, rows, attached, size)
    linked = plan.slot is not None
    return [Item(text, row[1] if linked else None) for text, row in zip(attached.texts(), rows, strict=True)]


def _attach_any(
    session: Session, plan: AnyPlan, rows: Sequence[Row], attached: Attached, size: Size
) -> Generator[None, None, None]:
    """Put the items of any collection into those above them; what refers to nothing that may be read shows null."""
    referring: dict[str, dict[object, list[int]]] = {}
    asked: dict[str, set[object]] = {}
    for at, row in enumerate(rows):
        text, name = row[plan.item], row[plan.collection]
        below = plan.plans.get(str(name))
        asked.setdefault(str(name), set()).add(text)
        if below is None or text is None:
            continue
        key = referred_key(below.level.collection.primary_key, str(text))
        if key is not None:
            referring.setdefault(str(name), {}).setdefault(key, []).append(at)
    for name, above in referring.items():
        below, many = plan.plans[name], len(asked[name])
        others = below.overruled.behind(many) if below.overruled is not None else []
        # As many as there are keys, whatever else was listed.
        related = (yield from _items(session, below, size, [*above, *others]))[:many]
        parts = attached.places(plan.key)
        for found in offset(related, below.level.query):
            part = b"" if name in plan.absent else attached.part(plan.key, found.text)
            for at in above.get(found.key, ()):
                parts[at] = part
        attached.put(plan.key, parts, related)
