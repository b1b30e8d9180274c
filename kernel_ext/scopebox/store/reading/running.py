"""Running the statements of the levels, and putting the items together."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scopebox.errors import DirectusError
from scopebox.store.database.allocator import give_back
from scopebox.store.reading.attached import Attached, Item, renamed, values
from scopebox.store.reading.compared import check_compared
from scopebox.store.reading.memory import MEMORY_TURN
from scopebox.store.reading.paging import offset
from scopebox.store.reading.portions import in_turn
from scopebox.store.reading.references import referred_key
from scopebox.store.reading.size import FETCHED, Size
from scopebox.store.reading.sorted_texts import characters_that_differ
from scopebox.store.reading.sought import check_sought
from scopebox.store.reading.weights import CHUNK, UNWEIGHED

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.compiled import AnyPlan, Plan

T = TypeVar("T")


def run(session: Session, plan: Plan, size: Size) -> Generator[None, None, list[bytes]]:
    """Run a plan in steps, and return the items as the pieces of a JSON text, as long as ``size`` lets it."""
    with session.snapshot() if _looks_twice(session, plan, size.most) else nullcontext():
        if plan.plain:
            plan = yield from _light(session, plan, size.most)
            yield
            return (yield from _in_turn(plan, size.text(session, plan, plan.parameters)))
        items = yield from _items(session, plan, size)
    return _put_together(items)


def _looks_twice(session: Session, plan: Plan, most: int | None) -> bool:
    """Return whether a plan looks at items again, which have to be the same: at several levels, what it found first, or for what tells long texts apart."""
    if plan.nested or plan.of_any:
        return True
    if most is None:
        return False
    texts, search = plan.sorted_texts, plan.search
    return (texts is not None and texts.may_be_long(session)) or (search is not None and search.may_be_long(session))


def _put_together(items: list[Item]) -> list[bytes]:
    return [b"[", b",".join([item.text for item in items]), b"]"]


def _in_turn(plan: Plan, work: Generator[None, None, T]) -> Generator[None, None, T]:
    return in_turn(work, MEMORY_TURN) if plan.much else work


def _light(session: Session, plan: Plan, most: int | None, rows: int | None = None) -> Generator[None, None, Plan]:
    """Return a plan that finds the same, ``rows`` at most if that is known, and takes less memory, if it would be much; may rest.

    Of long lists it finds no more than is shown, and items with much text that is looked through before all else. It sorts long texts by their beginnings, if there are any. Refuse one that looks through too much.
    """
    plan = plan.first_of_lists(session)
    for longest, columns in plan.texts if most is not None else ():
        yield from session.look_at(UNWEIGHED, CHUNK, columns, longest)
    much = most is not None and plan.tables is not None and plan.tables.check(session)
    multiplied = check_compared(session, plan.compared, plan.parameters, bounded=most is not None)
    check_sought(session, plan.sought, plan.parameters)
    if plan.search is not None and most is not None:
        narrowed = yield from plan.search.narrowed(session, plan.parameters, plan.sql, multiplied)
        plan = plan.narrowed(narrowed) if narrowed else plan
    parameters = plan.parameters
    memory = plan.memory if most is not None else None
    if memory is not None and memory.is_much(session, parameters, plan.weights, multiplied, rows):
        much, plan = True, replace(plan, sql=memory.late or plan.sql, keys_first="", few=None)
    if much:
        give_back()
        plan = replace(plan, much=True)
    texts = plan.sorted_texts
    characters = 0 if most is None or texts is None else characters_that_differ(session, texts, parameters)
    if texts is None or not characters:
        return plan
    sql, weights = plan.sql, plan.weights
    if weights is not None:
        # Rows that are large themselves: the database would hold more of them than it shows.
        if plan.keys_first and session.may_exceed(UNWEIGHED, weights.rows, weights.columns, weights.longest):
            sql = plan.keys_first
        weights = weights.changed(lambda sql: texts.cut(sql, characters))
    portions = plan.portions and plan.portions.changed(lambda sql: texts.cut(sql, characters))
    return replace(plan, sql=texts.cut(sql, characters), keys_first="", weights=weights, portions=portions, few=None)


def _rows(session: Session, plan: Plan, size: Size, keys: Sequence[object]) -> Generator[None, None, list[Row]]:
    """Return the rows of a plan, whose first column is an item as JSON text, under the keys that it shows."""
    if plan.slot is not None:
        parameters = [*plan.parameters]
        parameters[plan.slot] = list(keys)
        plan = replace(plan, parameters=parameters)
    plan = yield from _light(session, plan, size.most, len(keys) if plan.unique else None)
    yield
    rows: list[Row] = []
    longer = sum(max(0, len(name) - len(key)) for key, name in plan.renamed.items())

    def taken(batch: list[Row]) -> bytes:
        texts = [row[0].encode() for row in batch]  # type: ignore[attr-defined]
        size.values(values(texts) + len(texts) * (len(plan.nested) + len(plan.of_any)))
        size.check_names(plan.level, len(rows) + len(batch))
        if plan.renamed:
            size.check(sum(map(len, texts)) + (len(rows) + len(batch)) * longer)
        rows.extend([(text, *row[1:]) for text, row in zip(texts, batch, strict=True)])
        return b""  # it is put together later

    yield from _in_turn(plan, size.text(session, plan, plan.parameters, len(keys) if plan.unique else CHUNK, taken))
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
            yield from attached.lists(nested.key, link, related, nested.level.query)
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
