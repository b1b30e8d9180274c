"""Tables of the notebook, pandas or Arrow, as collections: their columns described as fields, their rows taken over."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import duckdb

from scopebox.errors import SchemaError
from scopebox.store.database import tables
from scopebox.store.database.statements import quoted
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.sources.by_hand import KEY
from scopebox.store.sources.files import listed
from scopebox.store.values.types import DIGITS
from scopebox.text.literals import inline
from scopebox.text.messages import hint
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import FieldType

_TYPES: Final[dict[str, FieldType]] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "UUID": "uuid", "VARCHAR": "text", "TIMESTAMP": "dateTime",
    "TIMESTAMP_NS": "dateTime", "TIMESTAMP_MS": "dateTime", "TIMESTAMP_S": "dateTime", "TIMESTAMP WITH TIME ZONE": "timestamp",
    "FLOAT": "float", "DOUBLE": "float", '"NULL"': "text",
}  # fmt: skip
_WHOLE: Final = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?")
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_NESTED: Final = ("STRUCT", "MAP", "UNION", "JSON", "VARIANT")
_KEYS: Final = ("integer", "bigInteger", "text", "uuid")
_SMALL, _BIG = 2**31, 2**63


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame: its name, its DuckDB type, and the field that takes it over."""

    name: str
    type: str
    field: Field

    @property
    def value(self) -> str:
        """Return the SQL expression of its values: what a float cannot show in JSON is null."""
        name = quoted(self.name)
        if self.field.type == "float":
            return f"CASE WHEN isfinite({name}) THEN {name} END"
        return f"to_json({name})" if self.field.type == "json" else name


def take(session: Session, name: str, frame: object, key: str | None) -> tuple[Collection, list[str]]:
    """Create the collection ``name`` from ``frame`` and insert its rows; return it, and what was left out or changed.

    ``key`` names the column of the primary key: without one it is ``id``, which the collection gets if the frame has none.
    Raises SchemaError for what is no frame, or cannot be a collection.
    """
    try:
        with session.view(frame) as view:
            found = _columns(session, view)
            notes = [*_index_left(name, frame), *_notes(session, view, name, found)]
            collection, own = _collection(name, frame, found, key)
            tables.check_names(collection)
            if not own:
                _check_key(session, view, collection)
            tables.create(session, collection)
            listed = [(quoted(column.name), column.value) for column in found]
            if own:
                listed.insert(0, (quoted(KEY.name), "row_number() OVER ()"))
            names, values = (", ".join(part) for part in zip(*listed, strict=True))
            session.execute(f"INSERT INTO {quoted(name)} ({names}) SELECT {values} FROM {view}")  # noqa: S608 - checked names
    except (duckdb.Error, TypeError) as error:
        reason = clean(str(error).partition("\n")[0])
        hint = "A collection is made from a pandas DataFrame or an Arrow table; pandas.DataFrame(…) makes one of most data."
        raise SchemaError(
            f"{type(frame).__name__} cannot become the collection {inline(name)}: {reason}", hint=hint
        ) from error
    tables.move_past(session, collection)
    return collection, notes


def _columns(session: Session, view: str) -> list[Column]:
    found = []
    for name, type_, *_ in session.rows(f"DESCRIBE {view}"):
        kind = str(type_)
        largest = None
        if _WHOLE.fullmatch(kind):
            row = session.row(f"SELECT max(abs({quoted(str(name))}::HUGEINT)) FROM {view}")  # noqa: S608 - quoted
            largest = int(str(row[0] or 0)) if row else 0
        found.append(Column(str(name), kind, _field(str(name), kind, largest)))
    return found


def _field(name: str, kind: str, largest: int | None) -> Field:
    """Return the field for a column; ``largest`` is the absolute largest of whole numbers."""
    if largest is not None and largest >= _BIG:
        return Field(name, "decimal", precision=DIGITS, scale=0)
    if largest is not None:
        wide = largest >= _SMALL or kind in ("UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT")
        return Field(name, "bigInteger" if wide else "integer")
    if found := _DECIMAL.fullmatch(kind):
        return Field(name, "decimal", precision=int(found[1]), scale=int(found[2]))
    nested = kind.endswith("]") or kind.startswith(_NESTED)
    return Field(name, _TYPES.get(kind, "json" if nested else "text"))


def _collection(name: str, frame: object, found: Sequence[Column], key: str | None) -> tuple[Collection, bool]:
    """Return the collection, and whether its key is the store's own."""
    names = [column.name for column in found]
    given = [str(entry) for entry in getattr(frame, "columns", ())] if hasattr(frame, "iloc") else names
    counts = Counter(entry.lower() for entry in given)
    twice = next((entry for entry in given if counts[entry.lower()] > 1), None)
    if twice is not None:
        raise SchemaError(
            f"{inline(name)} has the column {inline(twice)} twice",
            hint="Rename one: upper and lower case make no difference.",
        )
    if key is not None and key not in names:
        raise SchemaError(
            f"There is no column {inline(key)} to be the primary key of {inline(name)}",
            hint=hint(key, names, f"its columns are {listed(names)}"),
        )
    chosen = key if key is not None else KEY.name if KEY.name in names else None
    fields = {column.name: _as_key(column.field) if column.name == chosen else column.field for column in found}
    return Collection(name, fields if chosen is not None else {KEY.name: KEY, **fields}), chosen is None


def _as_key(field: Field) -> Field:
    """Return ``field`` as a primary key: whole numbers go on from the highest, uuids are made where they are left out."""
    counted = field.type in ("integer", "bigInteger")
    special = ("uuid",) if field.type == "uuid" else ()
    return replace(field, primary_key=True, nullable=False, auto_increment=counted, special=special)


def _check_key(session: Session, view: str, collection: Collection) -> None:
    """Raise SchemaError unless the values of the key column are one for each row, of a type that can be a key."""
    field = collection.primary_key
    place, remedy = f"{collection.name}.{field.name}", "Name another column with key=, or rename this one to get an id."
    if field.type not in _KEYS:
        raise SchemaError(
            f"{place} cannot be the primary key: {field.type} values are no keys",
            hint=f"{remedy} Keys are whole numbers, texts or uuids.",
        )
    column = quoted(field.name)
    row = session.row(f"SELECT count(*) FROM {view} WHERE {column} IS NULL")  # noqa: S608 - quoted
    if row and row[0]:
        raise SchemaError(f"{place} cannot be the primary key: {row[0]} rows have no value", hint=remedy)
    row = session.row(f"SELECT {column} FROM {view} GROUP BY {column} HAVING count(*) > 1 LIMIT 1")  # noqa: S608 - quoted
    if row:
        raise SchemaError(
            f"{place} cannot be the primary key: {inline(row[0])} stands there more than once", hint=remedy
        )


def _index_left(name: str, frame: object) -> list[str]:
    """Return a sentence about the index of a DataFrame, which is no column, unless it only counts the rows."""
    index = getattr(frame, "index", None)
    if not hasattr(frame, "iloc") or index is None or (type(index).__name__ == "RangeIndex" and index.name is None):
        return []
    return [f"{name}: the index of the frame is left out; frame.reset_index() makes a column of it"]


def _notes(session: Session, view: str, name: str, found: Sequence[Column]) -> list[str]:
    notes = []
    for column in found:
        if column.field.type == "float":
            row = session.row(f"SELECT count(*) FROM {view} WHERE isinf({quoted(column.name)})")  # noqa: S608 - quoted
            if row and row[0]:
                notes.append(f"{name}.{column.name}: {row[0]} infinite values are kept as null")
        elif column.field.type == "text" and column.type not in _TYPES and not column.type.startswith("ENUM"):
            notes.append(f"{name}.{column.name}: {column.type} is kept as text")
    return notes
