"""Moving an item to the place of another one in a collection that is sorted by hand.

The numbers of all items in between move by one, as a Directus does it: items without a number first get one at the end, and where a number
stands twice all are numbered anew. No hook is asked, and nothing else of the items changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import bounds, errors
from scopebox.store.database.statements import quoted
from scopebox.store.values.casting import cast_of
from scopebox.store.values.types import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection

MOST_RENUMBERED: Final = 300_000  # a database takes a hundred bytes for each
_NUMBERS = ("integer", "bigInteger", "float", "decimal")


def sort_field_of(collection: Collection) -> str:
    """Return the field that ``collection`` is sorted by; DirectusError 400 for one that is not sorted by hand."""
    if collection.sort_field is None:
        raise errors.invalid_payload(f'Collection "{collection.name}" doesn\'t have a sort field')
    if collection.fields[collection.sort_field].type not in _NUMBERS:
        raise errors.invalid_payload(f'The sort field of the collection "{collection.name}" holds no numbers')
    return collection.sort_field


def moving(collection: Collection, field: str, item: object, to: object) -> Callable[[Session], None]:
    """Return what moves ``item`` to the place of ``to``, by their keys, where ``field`` is sorted by; it raises DirectusError 500, as there, where one is missing, and 400 for very many items."""
    table, key, sort = (quoted(name) for name in (collection.name, collection.primary_key.name, field))
    moved, target = _key(collection, item), _key(collection, to)

    def work(session: Session) -> None:
        items, remedy = session.count(collection.name), "give them numbers in several updates"
        bounds.count(items, MOST_RENUMBERED, "items that may all get another number", remedy)
        session.execute(
            f"UPDATE {table} SET {sort} = (SELECT coalesce(max({sort}), 0) FROM {table}) + ranked.place "  # noqa: S608
            f"FROM (SELECT {key} AS id, row_number() OVER (ORDER BY {key}) AS place FROM {table} WHERE {sort} IS NULL) AS ranked "
            f"WHERE {table}.{key} = ranked.id"
        )
        if session.row(f"SELECT {sort} FROM {table} GROUP BY {sort} HAVING count(*) > 1 LIMIT 1") is not None:  # noqa: S608
            session.execute(
                f"UPDATE {table} SET {sort} = ranked.place "  # noqa: S608
                f"FROM (SELECT {key} AS id, row_number() OVER (ORDER BY {sort}, {key}) AS place FROM {table}) AS ranked "
                f"WHERE {table}.{key} = ranked.id"
            )
        at = f"SELECT {sort} FROM {table} WHERE {key} = ?"  # noqa: S608
        target_at, moved_at = _number(session, at, target), _number(session, at, moved)
        step, low, high = (-1, moved_at, target_at) if moved_at < target_at else (1, target_at, moved_at)
        session.execute(
            f"UPDATE {table} SET {sort} = CASE WHEN {key} = ? THEN ? ELSE {sort} + ? END WHERE {sort} BETWEEN ? AND ?",  # noqa: S608
            [moved, target_at, step, low, high],
        )

    return work


def _number(session: Session, sql: str, key: object) -> float:
    row = session.row(sql, [key])
    if row is None:
        raise errors.internal_error("Cannot read properties of undefined (reading 'sort')")
    number = row[0]
    assert isinstance(number, int | float) or number is not None
    return number  # type: ignore[return-value]  # a decimal, too


def _key(collection: Collection, key: object) -> object:
    """Return ``key`` as the column holds it; None, which no item has, for what cannot be one."""
    try:
        return cast_of(collection.primary_key)(key)
    except (InputError, DirectusError, ValueError, OverflowError):
        return None
