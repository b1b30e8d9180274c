"""The store that attacks meet: ``store-v1``, with a secret that nobody may see and a few rows that nobody may touch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from scopebox.store.store import Access, Store

PUBLISHED: Final[dict[str, object]] = {"status": {"_eq": "published"}}
READ: Final = ["id", "title", "status", "date_created", "meta", "author", "parent"]
WRITE: Final = ["title", "meta", "views"]
TABLES: Final = ("users", "secrets", "articles", "big")

Dump = dict[str, list[tuple[object, ...]]]


def build(canary: str, note: str) -> Store:
    """Return a store in memory; ``canary`` is the secret, ``note`` begins the text of the field that is hidden."""
    store = Store()
    text, number = "string", "integer"
    people: dict[str, object] = {
        "name": text,
        "email": {"type": text, "unique": True},
        "password_hash": text,
        "token": text,
    }
    store.create_collection("users", people)
    store.create_collection("secrets", {"value": text})
    fields: dict[str, object] = {
        "title": text,
        "body": "text",
        "status": text,
        "date_created": "dateTime",
        "views": number,
        "meta": "json",
    }
    links: dict[str, object] = {
        "parent": {"references": "articles"},
        "author": {"references": "users", "one_field": "articles"},
        "secret": {"references": "secrets"},
    }
    fields |= {"owner": text, **links, "secret_note": text}
    store.create_collection("articles", fields)
    store.create_collection("big", {"n": number})
    store.access = _access()
    asyncio.run(_fill(store, canary, note))
    return store


def _access() -> Access:
    def allow(action: str, collection: str, fields: list[str], rule: dict[str, object] | None = None) -> object:
        return {"collection": collection, "action": action, "fields": fields, "permissions": rule or {}}

    reads = [allow("read", "articles", READ, PUBLISHED), allow("read", "users", ["id", "name", "articles"])]
    writes = [allow(action, "articles", WRITE, PUBLISHED) for action in ("create", "update", "delete")]
    create = allow("create", "users", ["email"])
    return Access.read(
        {
            "policies": {"reader": {"permissions": reads}, "writer": {"permissions": [*reads, *writes, create]}},
            "roles": {"reader": {"policies": ["reader"]}, "writer": {"policies": ["writer"]}},
        }
    )


async def _fill(store: Store, canary: str, note: str) -> None:
    async def insert(collection: str, rows: list[dict[str, object]]) -> None:
        await store.items(collection, accountability=None).create(rows)

    await insert(
        "users",
        [
            {
                "name": "Ann",
                "email": "admin@example.com",
                "password_hash": f"hash-{canary}",
                "token": f"token-{canary}",
            },
            {"name": "Bob", "email": "bob@example.com", "password_hash": "h", "token": "t"},
        ],
    )
    await insert("secrets", [{"value": canary}])
    links: dict[str, object] = {"owner": "Ann", "author": 1, "secret": 1, "meta": {"a": 1}, "body": f"body {note}"}
    rows: list[dict[str, object]] = [
        {
            "title": f"article {number}" if number % 3 else f"draft {note}",
            "status": "published" if number % 3 else "draft",
            "parent": 3 if number > 6 else None,
            "views": number,
            "secret_note": f"{note}{number}",
            **links,
        }
        for number in range(1, 13)
    ]
    await insert("articles", rows[:6])
    await insert("articles", rows[6:])
    await insert("big", [{"n": number} for number in range(100)])


def dump(store: Store) -> Dump:
    """Return everything in the store, in order."""
    with closing(store.database.cursor()) as cursor:
        tables = cursor.execute("select table_name from duckdb_tables() where not internal").fetchall()
        found: Dump = {"": sorted(tables)}
        for table in TABLES:
            known = (table,) in tables
            found[table] = sorted(cursor.execute(f"from {table}").fetchall(), key=_key) if known else []
    return found


def _key(row: tuple[object, ...]) -> int:
    assert isinstance(row[0], int)
    return row[0]


class Fork:
    """A fork of the store, and whether anybody asks its database for anything; :func:`dump` looks at it from beside."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._made = store.schema, store.access
        self._content = self._seen = dump(store)
        self._asked = False
        database = store.database
        database._submit = self._noting(database._submit)  # type: ignore[assignment, method-assign]

    def _noting(self, real: Callable[..., object]) -> Callable[..., object]:
        def submit(*arguments: object) -> object:
            self._asked = True
            return real(*arguments)

        return submit

    def before(self) -> Dump:
        """Return what is in the store before the attack: what came with the fork, and rows that were put into it."""
        return dump(self.store) if self._asked else self._content

    def after(self) -> Dump:
        """Look at what is in the store."""
        self._seen = dump(self.store)
        return self._seen

    @property
    def untouched(self) -> bool:
        """Whether nobody has asked it for anything, and all that was seen last is as it was made."""
        same = (self.store.schema, self.store.access) == self._made and self._seen == self._content
        return same and not self._asked and not self.store.database.closed


class Forks:
    """Forks of a store, for one attack each; one that an attack neither read nor wrote serves the next one, too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: Fork | None = None

    @contextmanager
    def lend(self) -> Iterator[Fork]:
        """Yield a fork that nobody has used."""
        fork, self._kept = self._kept or Fork(self._store.fork()), None
        try:
            yield fork
        finally:
            if fork.untouched:
                self._kept = fork
            else:
                fork.store.close()

    def close(self) -> None:
        """Close the fork that is kept."""
        if self._kept is not None:
            self._kept.store.close()


def added(before: Dump, after: Dump) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows that are in ``after`` alone; of a row that was there before only what is new in it."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table in TABLES:
        known = {row[0]: row for row in before[table]}
        found[table] = [
            tuple(None if old == new else new for old, new in zip(known[row[0]], row, strict=True))
            if row[0] in known
            else row
            for row in after[table]
            if known.get(row[0]) != row
        ]
    return found
