"""Items from files: every value is checked against its field, every row put in as it is, without hooks and without rights."""

from __future__ import annotations

from array import array
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.database.statements import quoted
from scopebox.store.database.tables import insertion, start_past
from scopebox.store.schema.schema import columns
from scopebox.store.sources.files import FEWER
from scopebox.store.values.casting import LengthError, cast_of
from scopebox.store.values.generated import filled
from scopebox.store.values.rows import casts_of
from scopebox.store.values.types import InputError
from scopebox.text.literals import inline
from scopebox.text.notes import Notes
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Generator, Iterator, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Field, Relation, Schema
    from scopebox.store.sources.item_sources import Items

Item = dict[str, object]
Row = list[object]
MAX_STORED: Final = 5_000_000
"""Values of all items of a project, those that are null included: a column takes memory for each item that there is."""
MAX_UNKNOWN: Final = 10_000
"""Fields of the items of a collection that are told apart, of those that the schema does not have."""
_BATCH: Final = 5_000  # items that one statement inserts
_BATCH_VALUES: Final = 50_000
_MAX_SEEN: Final = 200_000  # keys and unique values of one collection
_SHORT: Final = 40  # characters of a unique value that is kept as it is
_AT_ONCE: Final = 20  # relations that one statement looks through


class Intake:
    """How many values the items of a project may have yet, and what there is to say of them."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._left = MAX_STORED

    def take(self, collection: Collection, items: int, place: str) -> None:
        """Take the room that so many ``items`` need. SchemaError where there is none."""
        self._left -= items * len(columns(collection))
        if self._left < 0:
            raise SchemaError(
                f"{place}: the items up to here have more than {MAX_STORED:,} values, which are the limit: each counts with every field of {inline(collection.name)}",
                hint=FEWER,
            )


def fill(session: Session, collection: Collection, items: Items, intake: Intake) -> Generator[None, None, int]:
    """Insert ``items`` into the empty table of ``collection`` in steps, move its sequence past them, and return how many they are.

    Fields that an item leaves out become their default; lists on the other side of a relation are told by that side alone.
    Raises SchemaError, naming the file, the item, or the line on which it begins, and the field, for a value
    that does not fit or stands there twice.
    """
    place = f"{items.source}: {collection.name}" if items.source else collection.name
    lines = array("L")
    made = Rows(collection, place, lines)
    unknown: set[str] = set()
    found = highest = 0
    most = max(1, min(_BATCH, _BATCH_VALUES // len(made.fields)))
    for portion, begins in items.portions(collection, most, intake.notes):
        lines.extend(begins)
        intake.take(collection, len(portion), place)
        rows = [made.row(at, item) for at, item in enumerate(portion, found)]
        if rows:
            _insert(session, collection, made.fields, rows)
        found += len(rows)
        highest = max([highest, *(key for row in rows if isinstance(key := row[made.key], int))])
        _note_unknown(collection, portion, unknown, intake.notes)
        yield
    start_past(session, collection, highest)
    return found


def _note_unknown(collection: Collection, items: Sequence[Item], unknown: set[str], notes: Notes) -> None:
    """Note the fields of ``items`` that are not in the schema, each once: ``unknown`` are those that were noted before."""
    new = sorted({key for item in items for key in item} - collection.fields.keys() - unknown)
    room = MAX_UNKNOWN - len(unknown)
    for name in new[:room]:
        notes.count("field of items", "not in the schema, skipped", f"{collection.name}.{name}")
    if len(new) > room:
        notes.add(f"{collection.name}: its items have more than {MAX_UNKNOWN:,} fields that are not in the schema")
    unknown.update(new[:room])


def _insert(session: Session, collection: Collection, fields: Sequence[Field], rows: Sequence[Row]) -> None:
    batch = zip(fields, zip(*rows, strict=True), strict=True)
    given = [(field, column) for field, column in batch if column.count(None) < len(column)]
    values = [msgspec.json.encode(column).decode() for _, column in given]
    session.execute(insertion(collection, [field for field, _ in given]), values)


def unreached(
    session: Session, schema: Schema, relations: Sequence[Relation], filled: Names[str]
) -> Generator[None, None, list[str]]:
    """Return what there is to say of items that refer to nothing: by relation, or once of what a project brings nothing of.

    Only the collections in ``filled`` have items that could. In steps.
    """
    notes = Notes()
    system = sorted({entry.one for entry in relations} & schema.system.keys())
    empty = [f"SELECT '{name}' WHERE NOT EXISTS (SELECT 1 FROM {quoted(name)})" for name in system]  # noqa: S608
    unknown = {row[0] for row in session.rows(" UNION ALL ".join(empty))} if empty else set()
    for relation in (entry for entry in relations if entry.one in unknown):
        what = "the project brings none of them, so they lead to nothing, and any key is taken"
        notes.count(f"relation to {relation.one}", what, f"{relation.many}.{relation.field}")
    looked = [entry for entry in relations if entry.many in filled and entry.one not in unknown]
    lines = notes.lines
    for start in range(0, len(looked), _AT_ONCE):
        lines += _dangling(session, schema, looked[start : start + _AT_ONCE])
        yield
    return lines


def _dangling(session: Session, schema: Schema, relations: Sequence[Relation]) -> Iterator[str]:
    """Yield a sentence about the items of each of ``relations`` that refer to nothing; none where all refer to something."""
    parts = [_lost(schema, relation, at) for at, relation in enumerate(relations)]
    found = f"SELECT number, count(*), any_value(example) FROM ({' UNION ALL '.join(parts)}) GROUP BY number ORDER BY number"  # noqa: S608 - names of the schema
    for at, count, example in session.rows(found):
        assert isinstance(at, int)
        relation = relations[at]
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
        self._kept = 0

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
                known = _brief(value)
                first = self._seen[field.name].get(known)
                if first is not None:
                    before = f"in line {self._lines[first]}" if self._lines else f"in {self._collection.name}[{first}]"
                    raise SchemaError(f"{here}: {inline(given)} stands there already, {before}")
                seen.append((self._seen[field.name], known))
            row.append(msgspec.Raw(value.encode()) if field.type == "json" and isinstance(value, str) else value)
        for values, value in seen:  # an item that is left out has taken nothing
            values[value] = at
        self._kept += len(seen)
        if self._kept > _MAX_SEEN:
            much = f"more than {_MAX_SEEN:,} keys and unique values"
            raise SchemaError(
                f"{self._here(at, self.fields[self.key])}: {much} of one collection, which are the limit", hint=FEWER
            )
        return row

    def _here(self, at: int, field: Field) -> str:
        if self._lines:
            return f"{self._place}: line {self._lines[at]}, column {field.name}"
        return f"{self._place}[{at}].{field.name}"


def _brief(value: object) -> object:
    """Return ``value``, or what tells a long text from others: those of a collection are all kept while its items are read."""
    if not isinstance(value, str) or (len(value) <= _SHORT and value.isascii()):
        return value
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()


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
