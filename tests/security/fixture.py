"""The store that attacks meet: ``store-v1``, with a secret that nobody may see and a few rows that nobody may touch."""

from __future__ import annotations

import asyncio
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
    tables = store.sql("select table_name from duckdb_tables() where not internal order by 1").fetchall()
    found: Dump = {"": [(name,) for (name,) in tables]}
    for table in TABLES:
        known = (table,) in found[""]
        found[table] = store.sql(f"select * from {table} order by id").fetchall() if known else []
    return found


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
            if row not in before[table]
        ]
    return found
