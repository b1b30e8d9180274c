"""Carrying out changes, in order, inside a transaction that somebody else opened. No guest code runs here."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

import duckdb

from scopebox.store import errors
from scopebox.store.database.allocator import MUCH, give_back
from scopebox.store.database.statements import quoted
from scopebox.store.database.tables import draw_keys, insertion, move_sequence, next_value
from scopebox.store.schema.schema import columns
from scopebox.store.writing.changes import Delete, Insert, Update
from scopebox.store.writing.constraints import (
    Check,
    Planned,
    check_update,
    checks_of,
    foreseen,
    joined,
    key_list,
    raise_first,
    violation,
)
from scopebox.store.writing.deletion import Deletion
from scopebox.store.writing.packing import packed
from scopebox.store.writing.volume import MIN_VALUE_BYTES, size_of_replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.errors import ColumnError
    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.store.writing.changes import Change

MAX_ROWS: Final = 1_000  # that one statement inserts
MAX_LISTED_BYTES: Final = 2**20  # of their values: while DuckDB takes a list apart, it holds several times as much

Steps = Generator[None, None, None]


def carry_out(session: Session, schema: Schema, changes: Iterable[Change], *, last: bool = False) -> Steps:
    """Carry out ``changes`` in steps; raises DirectusError where one breaks a constraint, and then nothing may be committed.

    ``last``: nobody needs them afterwards, so of each row only the key is kept once it is written.
    """
    checks, deletion = cache(lambda name: checks_of(schema, schema.all[name])), Deletion(session, schema)
    for inserting, group in groupby(changes, key=lambda entry: isinstance(entry, Insert)):
        if inserting:
            yield from _insert_all(session, schema, [entry for entry in group if isinstance(entry, Insert)], last=last)
            continue
        for change in joined(group, checks):
            if isinstance(change, Update):
                _update(session, checks(change.collection.name), change)
            elif isinstance(change, Delete):
                yield from deletion.delete(change)
            yield


def is_one_statement(schema: Schema, changes: Sequence[Change]) -> bool:
    """Return whether carrying out ``changes`` writes with one statement, which stands as a whole or not at all."""
    if len(changes) != 1:
        return False
    change = changes[0]
    name = change.collection.name
    match change:
        case Insert():  # a key that it brings along may move the sequence
            return change.drawn or change.undrawn or not change.collection.primary_key.auto_increment
        case Update():
            return True
        case Delete():
            return not schema.relations_to(name)


def rehearse(session: Session, schema: Schema, changes: Sequence[Change]) -> Steps:
    """Carry out ``changes`` that will not be committed: rows have the keys that they would draw, and the sequences stay."""
    groups: dict[str, list[Insert]] = {}
    for change in changes:
        if isinstance(change, Insert):
            groups.setdefault(change.collection.name, []).append(change)
    for group in groups.values():
        keys = {position: key for key, position in foreseen(session, group[0].collection, group).items()}
        for insert in group:
            insert.take(keys.get(insert.position, insert.row[insert.field]))
    yield from carry_out(session, schema, changes)


def _insert_all(session: Session, schema: Schema, inserts: Sequence[Insert], *, last: bool) -> Steps:
    """Insert rows of several collections: all are checked, as if one after the other, then each collection is written."""
    planned = Planned()
    groups: dict[str, list[Insert]] = {}
    for entry in inserts:
        planned.add(entry)
        groups.setdefault(entry.collection.name, []).append(entry)
    broken = []
    for group in groups.values():
        broken += yield from violation(session, checks_of(schema, group[0].collection), group, planned)
    raise_first(broken)
    for group in groups.values():
        if len(group) > 1 or not group[0].undrawn:
            draw(session, group)
        for begin in range(0, len(group), MAX_ROWS):
            yield from _insert(session, group, group[begin : begin + MAX_ROWS], last=last)


def draw(session: Session, inserts: Sequence[Insert]) -> None:
    """Give the rows of one collection without a key one from the sequence, in order; explicit keys move it upwards first."""
    collection, field = inserts[0].collection, inserts[0].field
    if not collection.primary_key.auto_increment:
        return
    undrawn = [insert for insert in inserts if not insert.drawn]
    for explicit, group in groupby(undrawn, key=lambda insert: insert.row[field] is not None):
        entries = list(group)
        if explicit:
            keys = [key for entry in entries if isinstance(key := entry.row[field], int)]
            move_sequence(session, collection, max(keys))
        else:
            for entry, key in zip(entries, draw_keys(session, collection, len(entries)), strict=True):
                entry.take(key)


def _insert(session: Session, group: Sequence[Insert], inserts: Sequence[Insert], *, last: bool) -> Steps:
    """Insert some of the rows of ``group``: with one statement, or with several where they are large."""
    if len(inserts) == 1:
        _insert_one(session, group, inserts[0], last=last)
        yield
        return
    collection = inserts[0].collection
    rows = [insert.row for insert in inserts]
    named = set().union(*rows, rows[0].defaults)
    found = ((field, packed(field, rows)) for field in columns(collection) if field.name in named)
    fields, texts, lengths = map(list, zip(*((field, *column) for field, column in found if column), strict=True))
    size = sum(map(len, texts))
    if size + MIN_VALUE_BYTES * len(rows) * len(collection.fields) > MUCH:
        give_back()
    if size > MAX_LISTED_BYTES:
        texts.clear()
        half = len(inserts) // 2
        yield from _insert(session, group, inserts[:half], last=last)
        yield from _insert(session, group, inserts[half:], last=last)
        return
    if last:
        rows.clear()
        for insert in inserts:
            insert.keep_key()
    try:
        session.execute(insertion(collection, fields), [text.decode() for text in texts], longest=max(lengths))
    except duckdb.ConstraintException:
        raise _key_taken(group) from None
    for insert in inserts:
        if not insert.key:
            insert.key = _highest(session, collection)
    yield


def _insert_one(session: Session, group: Sequence[Insert], insert: Insert, *, last: bool) -> None:
    """Insert one row: a key that is not drawn yet is drawn by the statement that writes it, which returns what is asked of it."""
    collection, key, undrawn = insert.collection, quoted(insert.field), insert.undrawn
    fields = [field for field in columns(collection) if insert.row[field.name] is not None]
    values = [insert.row[field.name] for field in fields]
    names, places = [quoted(field.name) for field in fields], ["?"] * len(fields)
    if undrawn:
        names, places = [key, *names], [next_value(collection), *places]
    returned = f" RETURNING {', '.join([key, insert.returns.sql] if insert.returns else [key])}"
    if last:
        insert.keep_key()
    if any(isinstance(value, str) and len(value) > MUCH for value in values):
        give_back()
    try:
        found = session.row(
            f"INSERT INTO {quoted(collection.name)} ({', '.join(names)}) VALUES ({', '.join(places)}){returned}",  # noqa: S608 - names of the schema
            values,
        )
    except duckdb.ConstraintException:
        raise _key_taken(group) from None
    assert found is not None
    if undrawn:
        insert.take(found[0])
    if not insert.key:
        insert.key = _highest(session, collection)  # it is the item with this key that is shown
    elif insert.returns:
        insert.shown = insert.returns.text(*found[1:])


def _key_taken(inserts: Sequence[Insert]) -> ColumnError:
    """Return the error of the first key that is explicit but was drawn for another row too, or drawn but there already."""
    seen: set[object] = set()
    for insert in inserts:
        key = insert.row[insert.field]
        if key in seen:
            break
        seen.add(key)
    return errors.not_unique(insert.collection.name, insert.field, insert.given.get(insert.field))


def _highest(session: Session, collection: Collection) -> object:
    """Return the highest key: what a Directus takes for the key of a row whose own is 0 or empty."""
    found = session.row(f"SELECT max({quoted(collection.primary_key.name)}) FROM {quoted(collection.name)}")  # noqa: S608
    return found[0] if found else None


def _update(session: Session, checks: Sequence[Check], update: Update) -> None:
    if not update.values or not update.keys:
        return
    collection = update.collection
    check_update(session, checks, update, Planned())
    size = len(update.keys) * size_of_replacing(update.values.values())
    session.replaces(size)
    if size > MUCH:
        give_back()
    assignments = ", ".join(f"{quoted(name)} = ?" for name in update.values)
    listed, parameter = key_list(collection, update.keys)
    session.execute(
        f"UPDATE {quoted(collection.name)} SET {assignments} "  # noqa: S608
        f"WHERE {quoted(collection.primary_key.name)} IN {listed}",
        [*update.values.values(), parameter],
    )
