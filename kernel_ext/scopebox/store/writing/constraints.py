"""Uniqueness and references. The store checks them itself; the database declares neither."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store import errors
from scopebox.store.bounds import MAX_TABLES
from scopebox.store.database.statements import quoted
from scopebox.store.database.tables import next_key
from scopebox.store.schema.schema import columns
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.values.types import column_type
from scopebox.store.writing.changes import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.errors import ColumnError
    from scopebox.store.schema.schema import Collection, Field, Schema
    from scopebox.store.writing.changes import Change

MAX_LOOKED_UP: Final = 10_000  # values of one statement, those of one column aside


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint of the column ``name``: its values are not in ``column`` of ``table`` yet, or (``refers``) all are.

    A system collection of which a project brings nothing along is not known: whatever refers to it is taken.
    """

    name: str
    table: Collection
    column: Field
    refers: bool

    @property
    def place(self) -> tuple[str, str]:
        """The table and the column where its values are looked up."""
        return self.table.name, self.column.name

    @property
    def unknown(self) -> str:
        """The SQL of the condition that nothing is known of ``table``; empty where all of it is."""
        known = not self.table.name.startswith(PREFIX)
        return "" if known else f"NOT EXISTS (SELECT 1 FROM {quoted(self.table.name)})"  # noqa: S608


@dataclass(slots=True)
class Planned:
    """The rows that a plan inserts: by which key they can be referred to, and from which position on."""

    _keys: dict[tuple[str, object], int] = field(default_factory=dict)
    _inserts: dict[str, list[Insert]] = field(default_factory=dict)
    _foreseen: dict[str, dict[object, int]] = field(default_factory=dict)

    def add(self, insert: Insert) -> None:
        """Count ``insert`` among what is planned."""
        self._inserts.setdefault(insert.collection.name, []).append(insert)
        if (key := insert.row[insert.field]) is not None:
            self._keys[insert.collection.name, key] = insert.position

    def known(self, collection: Collection, key: object) -> float:
        """Return where the row of ``collection`` with ``key`` is inserted, if its key is known; else infinity."""
        return self._keys.get((collection.name, key), math.inf)

    def refresh(self) -> None:
        """Foresee keys anew: some may have been drawn."""
        self._foreseen.clear()

    def position(self, session: Session, collection: Collection, key: object) -> float:
        """Return where the row of ``collection`` with ``key`` is inserted; infinity if none of them is."""
        found = self.known(collection, key)
        if found != math.inf:
            return found
        name = collection.name
        if name not in self._foreseen:
            self._foreseen[name] = foreseen(session, collection, self._inserts.get(name, ()))
        return self._foreseen[name].get(key, math.inf)


def foreseen(session: Session, collection: Collection, inserts: Sequence[Insert]) -> dict[object, int]:
    """Return the keys of ``inserts``, the ones they will draw as things stand included, and the positions of the rows."""
    found: dict[object, int] = {}
    if not inserts or not collection.primary_key.auto_increment:
        return found
    upcoming = next_key(session, collection)
    for insert in inserts:
        key = insert.row[insert.field]
        if key is None:
            found[upcoming] = insert.position
            upcoming += 1
            continue
        found[key] = insert.position
        if isinstance(key, int) and not insert.drawn:
            upcoming = max(upcoming, key + 1)
    return found


def checks_of(schema: Schema, collection: Collection) -> tuple[Check, ...]:
    """Return the constraints of ``collection`` in the order they are checked: the key, unique fields, references."""
    unique = [
        Check(field.name, collection, field, refers=False)
        for field in sorted(columns(collection), key=lambda field: not field.primary_key)
        if field.primary_key or field.unique
    ]
    ones = [
        (relation.field, schema.all[relation.one])
        for relation in schema.relations_from(collection.name)
        if relation.one in schema.all
    ]
    return (*unique, *(Check(name, one, one.primary_key, refers=True) for name, one in ones))


def portions(checks: Sequence[Check], rows: int) -> Iterator[Sequence[Check]]:
    """Yield ``checks``, as many at a time as may be looked up at once for so many ``rows``."""
    most = max(1, min(MAX_TABLES, MAX_LOOKED_UP // max(1, rows)))
    for begin in range(0, len(checks), most):
        yield checks[begin : begin + most]


def violation(
    session: Session, checks: Sequence[Check], inserts: Sequence[Insert], planned: Planned
) -> Generator[None, None, list[tuple[int, ColumnError]]]:
    """Return position and error of the first of ``inserts``, rows of one collection, that breaks a constraint; none if all keep them.

    It is held against what is stored and the rows before it; ``planned`` are the rows of all collections that are inserted.
    """
    first: list[tuple[int, ColumnError]] = []
    for some in portions(checks, len(inserts)):
        if broken := _broken(session, some, inserts, planned):
            first = broken
            inserts = [insert for insert in inserts if insert.position < broken[0][0]]
        yield
    return first


def _broken(
    session: Session, checks: Sequence[Check], inserts: Sequence[Insert], planned: Planned
) -> list[tuple[int, ColumnError]]:
    wanted = [(check, values) for check in checks if (values := _values(check.name, inserts))]
    found = stored(session, wanted)
    seen: set[tuple[str, object]] = set()
    for insert in inserts if wanted else ():
        for (check, _), known in zip(wanted, found, strict=True):
            value = insert.row[check.name]
            if value is None:
                continue
            given = insert.given.get(check.name, value)
            if check.refers:
                if value not in known and planned.position(session, check.table, value) > insert.position:
                    return [(insert.position, errors.no_such_key(insert.collection.name, check.name, given))]
            elif value in known or (check.name, value) in seen:
                return [(insert.position, errors.not_unique(insert.collection.name, check.name, given))]
            else:
                seen.add((check.name, value))
    return []


def raise_first(broken: list[tuple[int, ColumnError]]) -> None:
    """Raise the error with the first position, if there is one. No frame of it keeps it: it would keep them, and the rows with them."""
    broken.sort(key=itemgetter(0))
    del broken[1:]
    if broken:
        raise broken.pop()[1]


def check_update(session: Session, checks: Sequence[Check], update: Update, planned: Planned) -> None:
    """Raise the DirectusError of the first constraint that ``update`` breaks; ``planned`` are rows that are not there yet."""
    wanted = [(check, [value]) for check in checks if (value := update.values.get(check.name)) is not None]
    references = [(check, values) for check, values in wanted if check.refers]
    for check, values in wanted:
        if not check.refers and _collides(session, check, values[0], update):
            raise errors.not_unique(update.collection.name, check.name, update.given.get(check.name))
    for (check, values), known in zip(references, stored(session, references), strict=True):
        if values[0] not in known and planned.position(session, check.table, values[0]) == math.inf:
            raise errors.no_such_key(update.collection.name, check.name, update.given.get(check.name))


def joined(changes: Iterable[Change], checks: Callable[[str], Sequence[Check]]) -> Iterator[Change]:
    """Give ``changes`` with updates that follow each other and write the same as one: so do those of items named in a list."""

    def written(change: Change) -> object:
        if isinstance(change, Update):
            name, values = change.collection.name, change.values
            unique = any(not check.refers and check.name in values for check in checks(name))
            if not unique and float not in map(type, values.values()):  # 0.0 and -0.0 are equal, not the same
                return name, values
        return object()

    for _, group in groupby(changes, key=written):
        first, *more = group
        keys = [key for entry in more if isinstance(entry, Update) for key in entry.keys]
        yield replace(first, keys=first.keys + keys) if keys and isinstance(first, Update) else first


def key_list(collection: Collection, keys: Sequence[object]) -> tuple[str, object]:
    """Return an SQL list of ``keys`` with one parameter, and the parameter."""
    if len(keys) == 1:
        return "(?)", keys[0]
    shape = column_type(collection.primary_key)
    return f"(SELECT unnest(from_json(?::JSON, '[\"{shape}\"]')))", msgspec.json.encode(keys).decode()


def _collides(session: Session, check: Check, value: object, update: Update) -> bool:
    """Return whether ``value`` would stand twice: in another row, or in several of the rows that are updated."""
    table, key = quoted(check.table.name), quoted(check.table.primary_key.name)
    listed, parameter = key_list(check.table, update.keys)
    row = session.row(
        f"SELECT (SELECT count(*) FROM {table} WHERE {quoted(check.name)} = ? AND {key} NOT IN {listed}), "  # noqa: S608
        f"(SELECT count(*) FROM {table} WHERE {key} IN {listed})",
        [value, parameter, parameter],
    )
    others, updated = row or (0, 0)
    assert isinstance(others, int)
    assert isinstance(updated, int)
    return updated > 1 or (updated == 1 and others > 0)


def _values(name: str, inserts: Sequence[Insert]) -> list[object]:
    return list(dict.fromkeys(value for insert in inserts if (value := insert.row[name]) is not None))


def stored(session: Session, wanted: Sequence[tuple[Check, list[object]]]) -> list[set[object]]:
    """Return, check by check, those of the values that stand in its column; with one statement."""
    found: list[set[object]] = [set() for _ in wanted]
    if not wanted:
        return found
    if all(len(values) == 1 for _, values in wanted):  # by far the fastest way to look up one
        for (check, values), known in zip(wanted, found, strict=True):
            row = f"SELECT 1 FROM {quoted(check.table.name)} WHERE {quoted(check.column.name)} = ? LIMIT 1"  # noqa: S608
            if session.row(row, values) or (check.unknown and session.row(f"SELECT 1 WHERE {check.unknown}")):
                known.update(values)
        return found
    parts, parameters = [], []
    for number, (check, values) in enumerate(wanted):
        parts.append(
            f"SELECT {number}, spot FROM (SELECT unnest(v) AS x, unnest(range(len(v))) AS spot FROM "  # noqa: S608
            f"(SELECT from_json(?::JSON, '[\"{column_type(check.column)}\"]') AS v)) "
            f"WHERE x IN (SELECT {quoted(check.column.name)} FROM {quoted(check.table.name)})"
            + (f" OR {check.unknown}" if check.unknown else "")
        )
        parameters.append(msgspec.json.encode(values).decode())
    for place, spot in session.rows(" UNION ALL ".join(parts), parameters):
        assert isinstance(place, int)
        assert isinstance(spot, int)
        found[place].add(wanted[place][1][spot])
    return found
