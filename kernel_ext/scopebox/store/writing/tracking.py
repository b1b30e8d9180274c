"""What keeping revisions of a collection lets others see: the snapshot of the items that is read after an update.

Hooks of reads hear of it. However many items are updated, and however large they are: a large snapshot is read in portions, each of
which is a read of its own for those who hear of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.store import errors
from scopebox.store.database.statements import quoted
from scopebox.store.reading.request import Request
from scopebox.store.reading.weights import AROUND, LargeError, Scale
from scopebox.store.writing.constraints import key_list
from scopebox.store.writing.keys import typed_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.reader import Reader
    from scopebox.store.schema.schema import Collection

PORTION: Final = 2**20  # bytes that the items of a portion have, if they are several: as JSON six times as many
MOST: Final = 2**23  # bytes of the texts of one item, of which hooks are told in one piece
MOST_WRITTEN: Final = 2 * MOST  # the same as JSON
VALUE_BYTES: Final = 40  # of a value that is no text, as JSON


async def read_snapshot(reader: Reader, collection: Collection, keys: Sequence[object], request: Request) -> None:
    """Read the items with ``keys`` after an update that ``request`` asks for, so that hooks hear of it; DirectusError 400 for an item that is too large."""
    names = [field.name for field in collection.fields.values() if not field.kind and field.type != "alias"]
    told = Request(None, request.emitter, request.cause, most=MOST_WRITTEN)
    query = {"fields": names}
    each = sum(len(name) + AROUND + VALUE_BYTES for name in names)
    if len(keys) * each <= PORTION or len(keys) == 1:
        try:
            await reader.read(collection.name, query, replace(told, room=_refuse), keys=keys)
        except LargeError:
            pass
        else:
            return
    rows = await reader.database.read(_weighing(collection, names, keys))
    for portion, size in _portions(rows, each):
        if size <= MOST:
            await reader.read(collection.name, query, told, keys=portion)
        elif request.most is None:
            await reader.read(collection.name, query, replace(told, most=None), keys=portion)
        else:
            raise errors.invalid_payload(
                f'An item of "{collection.name}" has {size:,} bytes, {MOST:,} are the limit of an update while hooks listen to '
                "its reads; shorten its texts in the notebook, or unload what listens"
            )


async def _refuse(_most: int) -> None:
    """Make no room for a large answer: it is read in portions."""
    raise LargeError


def _weighing(collection: Collection, names: Sequence[str], keys: Sequence[object]) -> Callable[[Session], list[Row]]:
    """Return the step that finds the keys of the items that are there, in order, and the bytes that their texts have."""
    scale = Scale(collection)
    for name in names:
        scale.add(collection.fields[name], quoted(name), shown=False, concealed=False)
    key, (listed, parameter) = quoted(collection.primary_key.name), key_list(collection, typed_keys(collection, keys))
    sql = f"SELECT {key}, {scale.held} FROM {quoted(collection.name)} WHERE {key} IN {listed} ORDER BY 1"  # noqa: S608 - names of the schema
    return lambda session: session.rows(sql, [parameter])


def _portions(rows: Iterable[Row], each: int) -> Iterator[tuple[list[object], int]]:
    """Yield the keys of as many rows as make a portion, and the bytes that these have; every row has ``each`` besides its texts."""
    keys: list[object] = []
    held = 0
    for key, texts in rows:
        assert isinstance(texts, int)
        if keys and held + texts + each > PORTION:
            yield keys, held
            keys, held = [], 0
        keys.append(key if isinstance(key, int | str) else str(key))
        held += texts + each
    if keys:
        yield keys, held
