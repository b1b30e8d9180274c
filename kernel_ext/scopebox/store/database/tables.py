"""The tables behind collections: creating, filling and dropping them, and the sequences their keys come from."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.database.statements import quoted
from scopebox.store.schema.schema import columns
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.values.types import column_type
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Field

MAX_NAME_CHARACTERS: Final = 120
_PLAIN: Final = re.compile(r"[\w$-]+")
_MARKS: Final = ".():"


def plain(name: str) -> bool:
    """Return whether ``name`` is of letters, digits and signs that mean nothing anywhere."""
    return _PLAIN.fullmatch(name) is not None


def unkept(text: str) -> str:
    """Return why no collection or field can have the name ``text``; empty if one can.

    What stands in quotes in a database and can be asked for by name is kept: blanks, quotes, commas. What a query reads as
    something else is not: a dot leads to a relation, parentheses are a function, a colon names a collection.
    """
    if not text or len(text) > MAX_NAME_CHARACTERS:
        return f"a name has 1 to {MAX_NAME_CHARACTERS} characters"
    if text != text.strip() or not text.isprintable():
        return "blanks around a name, and characters that cannot be shown, are no part of one"
    return "no query can name it" if any(mark in text for mark in _MARKS) or text == "*" else ""


def check_free(collection: str, others: Iterable[str]) -> None:
    """Raise SchemaError if one of ``others`` has the name of ``collection``, but for upper and lower case."""
    if collection.lower() in {name.lower() for name in others}:
        raise SchemaError(
            f"There is a collection {inline(collection)} already", hint="Upper and lower case make no difference."
        )


def check_names(collection: Collection) -> None:
    """Raise SchemaError unless the names of ``collection`` and its fields can stand in a query and in a database."""
    if collection.name.startswith("directus_"):
        raise SchemaError(
            f"{inline(collection.name)} is the name of a system collection",
            hint="Names starting with directus_ are taken.",
        )
    for name in (collection.name, *collection.fields):
        if reason := unkept(name):
            raise SchemaError(f"{inline(name)} cannot be a name: {reason}")
    counts = Counter(name.lower() for name in collection.fields)
    twice = next((name for name, count in counts.items() if count > 1), None)
    if twice is not None:
        raise SchemaError(
            f"{inline(collection.name)} has the field {inline(twice)} twice", hint="Case makes no difference."
        )
    keys = [field.name for field in collection.fields.values() if field.primary_key]
    if len(keys) != 1 or collection.fields[keys[0]].type == "alias":
        raise SchemaError(f"{inline(collection.name)} needs exactly one primary key, not {inline(keys)}")


def sequence(collection: Collection) -> str:
    """Return the SQL name of the sequence that the keys of ``collection`` come from."""
    return quoted(f"{collection.name}_{collection.primary_key.name}_seq")


def create(session: Session, collection: Collection) -> None:
    """Create the table of ``collection``, and its sequence. Foreign keys and unique values are checked by the store."""
    create_table(session, collection)
    start_past(session, collection, 0)


def create_table(session: Session, collection: Collection, *, keyed: bool = True) -> None:
    """Create the table of ``collection``, whose sequence is started with its items. Unless it is ``keyed``, :func:`add_key` has to follow.

    An index of keys takes a megabyte for the first few rows. A system collection has none: the store alone writes it, and checks its keys.
    """
    key = " PRIMARY KEY" if keyed and not collection.name.startswith(PREFIX) else " NOT NULL"
    parts = [
        f"{quoted(field.name)} {column_type(field)}"
        + (key if field.primary_key else "" if field.nullable else " NOT NULL")
        for field in columns(collection)
    ]
    session.execute(f"CREATE TABLE {quoted(collection.name)} ({', '.join(parts)})")


def add_key(session: Session, collection: Collection) -> None:
    """Let the table of ``collection``, whose items are committed, take each key once.

    An index that is made of all keys at once takes half the memory of one that grew with them.
    """
    session.execute(f"ALTER TABLE {quoted(collection.name)} ADD PRIMARY KEY ({quoted(collection.primary_key.name)})")


def renew(session: Session, collection: Collection) -> None:
    """Create the empty table of ``collection`` in the place of the one that may be there."""
    session.execute(f"DROP TABLE IF EXISTS {quoted(collection.name)}")
    create(session, collection)


def insertion(collection: Collection, fields: Iterable[Field]) -> str:
    """Return the statement that inserts rows into ``collection``; it takes the values of each of ``fields`` as one JSON list."""
    fields = [*fields]
    names = ", ".join(quoted(field.name) for field in fields)
    values = ", ".join(f"unnest(?::JSON::{column_type(field)}[])" for field in fields)
    return f"INSERT INTO {quoted(collection.name)} ({names}) SELECT {values}"


def empty(session: Session, collection: Collection) -> None:
    """Take all items out of the table of ``collection``."""
    session.execute(f"DELETE FROM {quoted(collection.name)}")  # noqa: S608 - a name of the schema


def move_past(session: Session, collection: Collection) -> None:
    """Move the sequence of ``collection`` beyond the highest key that is there."""
    if collection.primary_key.auto_increment:
        key = quoted(collection.primary_key.name)
        found = session.row(f"SELECT max({key}) FROM {quoted(collection.name)}")  # noqa: S608
        if found and isinstance(found[0], int):
            move_sequence(session, collection, found[0])


def start_past(session: Session, collection: Collection, key: int) -> None:
    """Create the sequence of ``collection``, or one in the place of that of which nothing was drawn yet, to begin beyond ``key``."""
    if collection.primary_key.auto_increment:
        session.execute(f"CREATE OR REPLACE SEQUENCE {sequence(collection)} START WITH {max(key, 0) + 1}")


def draw_keys(session: Session, collection: Collection, count: int) -> list[int]:
    """Draw ``count`` keys from the sequence of ``collection``; a key is never drawn twice, whatever is rolled back."""
    rows = session.rows("SELECT nextval(?) FROM range(?)", [sequence(collection), count])
    return [row[0] for row in rows if isinstance(row[0], int)]


def next_value(collection: Collection) -> str:
    """Return the SQL that draws a key from the sequence of ``collection``, inside the statement that writes the row."""
    name = sequence(collection).replace("'", "''")
    return f"nextval('{name}')"


def move_sequence(session: Session, collection: Collection, key: int) -> None:
    """Move the sequence of ``collection`` beyond ``key``, unless it is there already; it never moves back."""
    if key >= next_key(session, collection):
        session.execute(f"CREATE OR REPLACE SEQUENCE {sequence(collection)} START WITH {key + 1}")


def next_key(session: Session, collection: Collection) -> int:
    """Return the key that the sequence of ``collection`` would give next, without drawing it."""
    found = session.row(
        "SELECT coalesce(last_value + 1, start_value) FROM duckdb_sequences() "
        "WHERE database_name = current_database() AND sequence_name = ?",
        [f"{collection.name}_{collection.primary_key.name}_seq"],
    )
    assert found is not None
    assert isinstance(found[0], int)
    return found[0]
