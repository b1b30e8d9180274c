"""Items that a payload names by their keys: what is there of them, and what a column of them will hold by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import DirectusError
from scopebox.store.database.statements import quoted
from scopebox.store.values.casting import key_value
from scopebox.store.values.types import column_type
from scopebox.store.writing.changes import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.numbering import Numbers

ABSENT: Final = "<absent>", object()
NO_KEY: Final = "<no key>", object()


async def existing(planner: Numbers, collection: Collection, key: object, column: str) -> object:
    """Return the value of ``column`` of the item with ``key`` as it will be by then; :data:`ABSENT` without one.

    DirectusError 500 for a key that can be none.
    """
    key_value(collection, key)  # raises
    [found] = await all_existing(planner, collection, [key], column)
    return found


async def all_existing(planner: Numbers, collection: Collection, keys: Sequence[object], column: str) -> list[object]:
    """Do so for several keys, looked up at once; :data:`ABSENT` for None, and :data:`NO_KEY` for what can be no key."""
    found: list[object] = [ABSENT] * len(keys)
    asked: list[tuple[int, object, Update | None]] = []
    for at, key in enumerate(keys):
        try:
            wanted = None if key is None else key_value(collection, key)
        except DirectusError:
            found[at] = NO_KEY
            continue
        if wanted is None:
            continue
        planned = planner.plan.last(collection, wanted, column)
        if isinstance(planned, Insert):
            found[at] = planned.row[column]
        else:
            asked.append((at, wanted, planned))
    if asked:
        answers = await planner.ask(_stored(collection, [key for _, key, _ in asked], column))
        for (at, _, planned), answer in zip(asked, answers, strict=True):
            found[at] = answer if planned is None or answer is ABSENT else planned.values[column]
    return found


def _stored(collection: Collection, keys: Sequence[object], column: str) -> Callable[[Session], list[object]]:
    """Return the step that finds the values of ``column`` in the rows with ``keys``; :data:`ABSENT` where there is no such row."""
    table, key, value = map(quoted, (collection.name, collection.primary_key.name, column))
    if len(keys) == 1:  # by far the fastest way to look up one
        one = f"SELECT {value} FROM {table} WHERE {key} = ?"  # noqa: S608 - names of the schema

        def look(session: Session) -> list[object]:
            row = session.row(one, keys)
            return [row[0] if row else ABSENT]

        return look
    statement = (
        f"SELECT spot, {value} FROM (SELECT unnest(v) AS x, unnest(range(len(v))) AS spot FROM "  # noqa: S608
        f"(SELECT from_json(?::JSON, '[\"{column_type(collection.primary_key)}\"]') AS v)) JOIN {table} ON {key} = x"
    )
    parameters = [msgspec.json.encode(keys).decode()]

    def work(session: Session) -> list[object]:
        there = {row[0]: row[1] for row in session.rows(statement, parameters)}
        return [there.get(at, ABSENT) for at in range(len(keys))]

    return work
