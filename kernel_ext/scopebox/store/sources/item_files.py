"""Items from files: every value is checked against its field, every row put in as it is, without hooks and without rights."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.database.database import quoted
from scopebox.store.database.tables import insertion, start_past
from scopebox.store.schema.schema import columns
from scopebox.store.values.casting import LengthError, cast_of
from scopebox.store.values.generated import filled
from scopebox.store.values.rows import casts_of
from scopebox.store.values.types import InputError
from scopebox.text.literals import inline
from scopebox.text.notes import Notes
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Iterator, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Field, Relation, Schema

Item = dict[str, object]
Row = list[object]
_BATCH: Final = 5_000
_AT_ONCE: Final = 100  # relations that one statement looks through


def fill(
    session: Session, collection: Collection, items: Sequence[Item], source: str, lines: Sequence[int] = ()
) -> None:
    """Insert ``items`` into the empty table of ``collection``, and move its sequence past them.

    Fields that an item leaves out become their default; lists on the other side of a relation are told by that side alone.
    Raises SchemaError, naming the file ``source``, the item, or the one of ``lines`` on which it begins, and the field, for a value
    that does not fit or stands there twice.
    """
    made = Rows(collection, f"{source}: {collection.name}" if source else collection.name, lines)
    numbered, highest = enumerate(items), 0
    while rows := [
        made.row(at, item) for at, item in islice(numbered, _BATCH)
    ]:  # all rows at once take as much as the items
        highest = max(highest, *(key for row in rows if isinstance(key := row[made.key], int)), 0)
        batch = zip(made.fields, zip(*rows, strict=True), strict=True)
        given = [(field, column) for field, column in batch if column.count(None) < len(column)]
        values = [msgspec.json.encode(column).decode() for _, column in given]
        session.execute(insertion(collection, [field for field, _ in given]), values)
    start_past(session, collection, highest)


def unreached(session: Session, schema: Schema, relations: Sequence[Relation], filled: Names[str]) -> list[str]:
    """Return what there is to say of items that refer to nothing: by relation, or once of what a project brings nothing of.

    Only the collections in ``filled`` have items that could.
    """
    notes = Notes()
    system = sorted({entry.one for entry in relations} & schema.system.keys())
    empty = [f"SELECT '{name}' WHERE NOT EXISTS (SELECT 1 FROM {quoted(name)})" for name in system]  # noqa: S608
    unknown = {row[0] for row in session.rows(" UNION ALL ".join(empty))} if empty else set()
    for relation in (entry for entry in relations if entry.one in unknown):
        what = "the project brings none of them, so they lead to nothing, and any key is taken"
        notes.count(f"relation to {relation.one}", what, f"{relation.many}.{relation.field}")
    looked = [entry for entry in relations if entry.many in filled and entry.one not in unknown]
    return [*notes.lines, *_dangling(session, schema, looked)]


def _dangling(session: Session, schema: Schema, relations: Sequence[Relation]) -> Iterator[str]:
    """Yield a sentence about the items of each of ``relations`` that refer to nothing; none where all refer to something."""
    for start in range(0, len(relations), _AT_ONCE):
        batch = relations[start : start + _AT_ONCE]
        parts = [_lost(schema, relation, at) for at, relation in enumerate(batch)]
        found = f"SELECT number, count(*), any_value(example) FROM ({' UNION ALL '.join(parts)}) GROUP BY number ORDER BY number"  # noqa: S608 - names of the schema
        for at, count, example in session.rows(found):
            assert isinstance(at, int)
            relation = batch[at]
            yield f"{relation.many}.{relation.field}: {count} items refer to {relation.one} that are not there, such as {clean(example)}"


def _lost(schema: Schema, relation: Relation, at: int) -> str:
    column, key = quoted(relation.field), quoted(schema.all[relation.one].primary_key.name)
    return (
        f"SELECT {at} AS number, CAST({column} AS VARCHAR) AS example FROM {quoted(relation.many)} "  # noqa: S608 - names of the schema
        f"WHERE {column} IS NOT NULL AND CAST({column} AS VARCHAR) NOT IN (SELECT CAST({key} AS VARCHAR) FROM {quoted(relation.one)})"
    )


class Rows:
    """Makes rows of the items of one collection, in the order of its columns; ``place`` is what errors call them.

    ``lines`` are those of ``place`` on which the items begin, where it is a file that has some.
    """

    def __init__(self, collection: Collection, place: str, lines: Sequence[int] = ()) -> None:
        self.fields = columns(collection)
        self.key = self.fields.index(collection.primary_key)
        self._collection = collection
        self._place = place
        self._lines = lines
        self._defaults = casts_of(collection).defaults
        self._casts = {field.name: cast_of(field) for field in self.fields}
        self._seen: dict[str, dict[object, int]] = {
            field.name: {} for field in self.fields if field.primary_key or field.unique
        }

    def row(self, at: int, item: Item) -> Row:
        """Return the values of ``item``, the one at ``at``. SchemaError, naming the place, for one that breaks the schema."""
        row: Row = []
        seen: list[tuple[dict[object, int], object]] = []
        for field in self.fields:
            here = self._here(at, field)
            given = filled(field, item)
            value = self._defaults[field.name] if field.name not in item and given is None else given
            if given is not None:
                try:
                    value = self._casts[field.name](_plain(field, given, here))
                except (InputError, LengthError, DirectusError) as error:
                    raise SchemaError(f"{here}: {_reason(field, error)}") from error
            if value is None and not field.nullable:
                raise SchemaError(f"{here}: a value is required", hint=f"{field.name} is not nullable.")
            if value is not None and field.name in self._seen:
                first = self._seen[field.name].get(value)
                if first is not None:
                    before = f"in line {self._lines[first]}" if self._lines else f"in {self._collection.name}[{first}]"
                    raise SchemaError(f"{here}: {inline(given)} stands there already, {before}")
                seen.append((self._seen[field.name], value))
            row.append(msgspec.Raw(value.encode()) if field.type == "json" and isinstance(value, str) else value)
        for values, value in seen:  # an item that is left out has taken nothing
            values[value] = at
        return row

    def _here(self, at: int, field: Field) -> str:
        if self._lines:
            return f"{self._place}: line {self._lines[at]}, column {field.name}"
        return f"{self._place}[{at}].{field.name}"


def _plain(field: Field, value: object, here: str) -> object:
    """Return ``value`` as a payload says it; an export shows the JSON of a field parsed, and a text of it may be its text."""
    if field.type == "json" and isinstance(value, str):
        try:
            wire.decode_json(value)
        except msgspec.DecodeError:
            return msgspec.json.encode(value).decode()
    if isinstance(value, dict | list) and field.type not in ("json", "csv"):
        hint = "Export the key of a related item, not the item." if field.kind == "m2o" else ""
        raise SchemaError(f"{here}: an object or a list is no {field.type}", hint=hint)
    return value


def _reason(field: Field, error: Exception) -> str:
    if isinstance(error, LengthError):
        return f"longer than {field.max_length} characters"
    return clean(error.message if isinstance(error, DirectusError) else error)
