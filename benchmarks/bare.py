"""Tables that nothing stands before, asked in the best SQL that is known: parsed once, keys before rows, and text or bare rows, whichever is faster."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Final

import duckdb
import msgspec

from benchmarks.things import BOOKS, COLLECTIONS, FIELDS, SHELVES, as_json, counts, stock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Stage

THREADS: Final = 2  # as a store has
LARGE: Final = 30_000  # rows from which it is worth while to look for keys first
FEW: Final = 100  # items of a page up to which it is worth while to look at nothing behind its end
NAMES: Final = tuple(FIELDS)
COLUMNS: Final = ", ".join(NAMES)
BOOKS_SHOWN: Final = 3  # of a shelf


def struct(names: Sequence[str], table: str = "t") -> str:
    """An item as a value of DuckDB, its time as text."""
    columns = {name: f"{table}.{name}" for name in names}
    columns["published"] = f"strftime({table}.published, '%Y-%m-%dT%H:%M:%S')"
    entries = ", ".join(f"'{name}': {columns[name]}" for name in names)
    return f"{{{entries}}}"


SHOWN: Final = f"to_json({struct(NAMES)})"
_BOOK: Final = struct(("id", "title"), "b")


class Bare:
    """The collections of a run as tables. What its methods return is the JSON text of an answer's ``data``."""

    def __init__(self, items: int) -> None:
        self._connection = duckdb.connect(config={"threads": THREADS})
        self._local = threading.local()
        self._large = {name: count > LARGE for name, count in counts(items).items()}
        for name, collection in COLLECTIONS.items():
            columns = ", ".join(f"{field} {kind}" for field, (_, kind) in collection.fields.items() if field != "id")
            self._connection.execute(f"CREATE SEQUENCE keys_of_{name}")
            key = f"id INTEGER PRIMARY KEY DEFAULT nextval('keys_of_{name}')"
            self._connection.execute(f"CREATE TABLE {name} ({key}, {columns})")
        for name, records in stock(items):
            self._connection.execute(insertion(name), [as_json(records)])

    def close(self) -> None:
        """Give everything back."""
        self._connection.close()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement on the cursor of this thread; its text is parsed once."""
        local = self._local
        if not hasattr(local, "cursor"):
            local.cursor, local.parsed = self._connection.cursor(), {}
        parsed = local.parsed.get(sql)
        if parsed is None:
            (parsed,) = local.cursor.extract_statements(sql)
            if len(local.parsed) < 100:  # those with a page in their text need not be kept
                local.parsed[sql] = parsed
        cursor: duckdb.DuckDBPyConnection = local.cursor.execute(parsed, parameters)
        return cursor

    def texts(self, sql: str, parameters: Sequence[object] = ()) -> bytes:
        """A list whose entries come as JSON text."""
        return f"[{','.join(text for (text,) in self.execute(sql, parameters).fetchall())}]".encode()

    def row(self, sql: str, parameters: Sequence[object]) -> bytes:
        """One thing that comes as a row: for so few values that is faster than to let DuckDB write text."""
        row = self.execute(sql, parameters).fetchone()
        assert row is not None
        return msgspec.json.encode(dict(zip(NAMES, (*row[:-1], row[-1].isoformat()), strict=True)))

    def by_key(self, table: str, key: int) -> bytes:
        """One item."""
        return self.row(f"SELECT {COLUMNS} FROM {table} WHERE id = ?", [key])

    def page(self, table: str, limit: int, page: int) -> bytes:
        """A page of a list by keys. Limits are part of the text, since DuckDB sorts the whole table where they are parameters."""
        part = f"ORDER BY id LIMIT {limit} OFFSET {(page - 1) * limit}"
        if not self._large[table]:
            return self.texts(f"SELECT {SHOWN} FROM {table} t {part}")
        if limit <= FEW:
            near = f"WHERE id <= {page * limit}"  # as somebody knows who remembers where the page ended the last time
            return self.texts(f"SELECT {SHOWN} FROM {table} t {near} {part}")
        return self.texts(f"SELECT {SHOWN} FROM {table} t WHERE id IN (SELECT id FROM {table} {part}) ORDER BY id")

    def selected(self, table: str, views: int) -> bytes:
        """A filter, two columns to sort by, and a limit."""
        order = "ORDER BY views DESC, id"
        part = f"WHERE status = 'published' AND views > ? {order} LIMIT 100"
        if not self._large[table]:
            return self.texts(f"SELECT {SHOWN} FROM {table} t {part}", [views])
        keys = f"SELECT id FROM {table} {part}"
        return self.texts(f"SELECT {SHOWN} FROM {table} t WHERE id IN ({keys}) {order}", [views])

    def grouped(self, table: str) -> bytes:
        """Groups with three aggregates; whole numbers of any size are texts, as a Directus on PostgreSQL has them."""
        shown = "{'section': section, 'count': n::VARCHAR, 'avg': {'rating': a}, 'sum': {'views': s::VARCHAR}}"
        groups = f"SELECT section, count(*) AS n, avg(rating) AS a, sum(views) AS s FROM {table} GROUP BY section"
        return self.texts(f"SELECT to_json({shown}) FROM ({groups}) ORDER BY section")

    def found(self, table: str, words: str) -> bytes:
        """The first items that have some words in any of their texts."""
        any_text = " OR ".join(f"{name} ILIKE $words" for name in ("title", "slug", "body", "status"))
        sql = f"SELECT {SHOWN} FROM {table} t WHERE {any_text} ORDER BY id LIMIT 100"
        return self.texts(sql.replace("$words", "'%' || $1 || '%'"), [words])

    def books(self, page: int) -> bytes:
        """A page of books, each with its shelf."""
        part = f"ORDER BY id LIMIT 100 OFFSET {(page - 1) * 100}"
        shown = "{'id': b.id, 'title': b.title, 'shelf': {'id': s.id, 'name': s.name}}"
        rows = f"SELECT * FROM {BOOKS} {part}"
        return self.texts(
            f"SELECT to_json({shown}) FROM ({rows}) b LEFT JOIN {SHELVES} s ON s.id = b.shelf ORDER BY b.id"
        )

    def shelves(self, page: int) -> bytes:
        """A page of shelves, each with its first books."""
        rows = f"SELECT * FROM {SHELVES} ORDER BY id LIMIT 20 OFFSET {(page - 1) * 20}"
        books = f"SELECT shelf, list({_BOOK} ORDER BY b.id)[1:{BOOKS_SHOWN}] AS books FROM {BOOKS} b WHERE shelf IN (SELECT id FROM s) GROUP BY shelf"
        shown = "{'id': s.id, 'name': s.name, 'books': coalesce(g.books, [])}"
        return self.texts(
            f"WITH s AS ({rows}), g AS ({books}) SELECT to_json({shown}) FROM s LEFT JOIN g ON g.shelf = s.id ORDER BY s.id"
        )

    def created(self, table: str, body: dict[str, object]) -> bytes:
        """Create an item and return it, in one statement that is a transaction."""
        names, places = ", ".join(body), ", ".join("?" * len(body))
        return self.row(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {COLUMNS}", list(body.values()))

    def created_all(self, table: str, text: str) -> bytes:
        """Create the items of a JSON text and return them."""
        return self.texts(f"{insertion(table)} RETURNING {SHOWN.replace('t.', '')}", [text])

    def created_first(self, table: str, text: str) -> bytes:
        """Create the items of a JSON text and return the first of them."""
        (key,) = self.execute(f"{insertion(table)} RETURNING id", [text]).fetchone() or ()
        return b"[%b]" % self.by_key(table, key)

    def updated(self, table: str, key: int, views: int) -> bytes:
        """Change an item and return it."""
        self.execute(f"UPDATE {table} SET views = ? WHERE id = ?", [views, key])
        return self.by_key(table, key)


def insertion(name: str) -> str:
    """The statement that takes the items of a JSON text."""
    columns = {field: kind for field, (_, kind) in COLLECTIONS[name].fields.items() if field != "id"}
    rows = f"SELECT unnest(from_json(?::JSON, '{as_json([columns])}')) AS r"
    return f"INSERT INTO {name} ({', '.join(columns)}) SELECT r.* FROM ({rows})"


def bare_tables(stage: Stage) -> Bare:
    """Those of this run."""
    return stage.enter(closing(Bare(stage.size.items)))
