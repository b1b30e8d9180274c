"""What the tests of reading share: a small store with roles, and questions to it."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access
from scopebox.store.emitter import Emitter, Silence
from scopebox.store.reading import compiled
from scopebox.store.reading.request import Request
from scopebox.store.store import Store

Json = dict[str, object]

ACCESS: Json = {
    "policies": {
        "reader": {
            "permissions": [
                {
                    "collection": "articles",
                    "action": "read",
                    "fields": ["id", "title", "status", "meta", "author", "parent"],
                    "permissions": {"status": {"_eq": "published"}},
                },
                {"collection": "users", "action": "read", "fields": ["id", "name", "articles"]},
            ]
        }
    },
    "roles": {"reader": {"policies": ["reader"]}},
    "users": {"reader": {"role": "reader", "token": "reader-token"}},
}


def make_store() -> Store:
    """A store with articles, users and secrets; drafts and secret notes hold the word CANARY."""
    store = Store()
    store.create_collection("secrets", {"value": "string"})
    store.create_collection("users", {"name": "string", "email": "string"})
    store.create_collection(
        "articles",
        {
            "title": "string", "status": "string", "views": "integer", "rating": "float", "day": "date", "meta": "json",
            "tags": "csv", "secret_note": "string", "author": {"references": "users", "one_field": "articles"},
            "secret": {"references": "secrets"}, "parent": {"references": "articles", "one_field": "children"},
        },
    )  # fmt: skip
    ask = store.items("articles", accountability=None)
    asyncio.run(store.items("secrets", accountability=None).create([{"value": "CANARY"}]))
    asyncio.run(
        store.items("users", accountability=None).create([{"name": "Ada", "email": "CANARY@x"}, {"name": "Bob"}])
    )
    for number in range(1, 9):
        asyncio.run(ask.create([_article(number)]))
    store.access = Access.read(ACCESS)
    return store


def count_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every table for a large one."""
    monkeypatch.setattr(compiled, "LARGE", 0)
    monkeypatch.setattr(compiled, "LARGE_FILTERED", 0)


def _article(number: int) -> Json:
    draft = number % 4 == 0
    return {
        "title": f"CANARY {number}" if draft else f"Title {number}",
        "status": "draft" if draft else "published",
        "views": None if number == 5 else number * 10,
        "rating": number / 4,
        "day": f"2024-0{number}-15",
        "meta": {"n": number, "list": [1, {"a": "x"}]},
        "tags": ["red", f"t{number}"],
        "secret_note": f"CANARYNOTE{number}",
        "author": number % 2 + 1,
        "secret": 1,
        "parent": number - 1 or None,
    }


def read(
    store: Store,
    query: Json | None = None,
    *,
    role: str = "admin",
    collection: str = "articles",
    emitter: Emitter | None = None,
    literal: bool = False,
) -> list[Json]:
    """Return the items that ``query`` asks for, in the name of ``role``."""
    request = Request(store.access.for_role(role), emitter or Silence(), literal=literal)
    return cast("list[Json]", asyncio.run(store.reader.read(collection, query, request)).data)


def refusal(
    store: Store, query: Json, *, role: str = "reader", collection: str = "articles", literal: bool = False
) -> DirectusError:
    """Return the error that ``query`` is answered with."""
    try:
        read(store, query, role=role, collection=collection, literal=literal)
    except DirectusError as error:
        return error
    raise AssertionError(f"{query} was answered")
