"""A project for tests of relations to any collection: pages of blocks, columns of cells, links, lists and translations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scopebox.store.store import Store

Json = dict[str, object]
QUOTE: Final = "11111111-1111-4111-8111-111111111111"


def field(collection: str, name: str, type_: str = "string", **meta: object) -> Json:
    """Return a field of a snapshot; ``key`` in ``meta`` makes it the primary key."""
    key = bool(meta.pop("key", False))
    schema = {"is_primary_key": key, "has_auto_increment": key and type_ == "integer", "is_nullable": not key}
    return {
        "collection": collection,
        "field": name,
        "type": type_,
        "meta": meta,
        "schema": None if type_ == "alias" else schema,
    }


def relation(many: str, name: str, one: str | None, **meta: object) -> Json:
    """Return a relation of a snapshot."""
    return {
        "collection": many,
        "field": name,
        "related_collection": one,
        "schema": {"on_delete": "SET NULL"} if one else None,
        "meta": meta,
    }


FIELDS: Final[dict[str, list[tuple[str, str]]]] = {
    "people": [("id", "integer"), ("name", "string")],
    "hero": [("id", "integer"), ("headline", "string"), ("status", "string"), ("author", "integer")],
    "prose": [("id", "integer"), ("body", "text")],
    "quote": [("uid", "uuid"), ("text", "string")],
    "columns": [("id", "integer"), ("title", "string")],
    "columns_cells": [("id", "integer"), ("columns_id", "integer"), ("item", "string"), ("collection", "string")],
    "posts": [("id", "integer"), ("title", "string")],
    "pages": [("id", "integer"), ("title", "string")],
    "pages_blocks": [("id", "integer"), ("page", "integer"), ("item", "string"), ("collection", "string")],
    "links": [("id", "integer"), ("item", "string"), ("kind", "string")],
    "languages": [("code", "string"), ("name", "string")],
    "pages_translations": [
        ("id", "integer"),
        ("pages_id", "integer"),
        ("languages_code", "string"),
        ("title", "string"),
    ],
}
ALIASES: Final = (
    ("pages", "blocks", "m2a"),
    ("columns", "cells", "m2a"),
    ("pages", "translations", "translations"),
)
RELATIONS: Final = (
    relation("hero", "author", "people"),
    relation("pages_blocks", "page", "pages", one_field="blocks", junction_field="item", one_deselect_action="delete"),
    relation(
        "pages_blocks",
        "item",
        None,
        one_collection_field="collection",
        one_allowed_collections=["hero", "prose", "quote", "columns"],
    ),
    relation("columns_cells", "columns_id", "columns", one_field="cells", junction_field="item"),
    relation(
        "columns_cells",
        "item",
        None,
        one_collection_field="collection",
        one_allowed_collections=["hero", "prose", "columns"],
    ),
    relation("links", "item", None, one_collection_field="kind", one_allowed_collections=["hero", "pages"]),
    relation("pages_translations", "pages_id", "pages", one_field="translations", junction_field="languages_code"),
    relation("pages_translations", "languages_code", "languages", junction_field="pages_id"),
)
ITEMS: Final[dict[str, list[Json]]] = {
    "people": [{"id": 1, "name": "Ada"}],
    "hero": [
        {"id": 1, "headline": "Hi", "status": "draft", "author": 1},
        {"id": 2, "headline": "Ho", "status": "published"},
        {"id": 3, "headline": "CANARY", "status": "secret"},
    ],
    "prose": [{"id": 1, "body": "Text"}, {"id": 2, "body": "More"}],
    "quote": [{"uid": QUOTE, "text": "Quote"}],
    "columns": [{"id": 1, "title": "Two"}],
    "columns_cells": [
        {"id": 1, "columns_id": 1, "item": "2", "collection": "hero"},
        {"id": 2, "columns_id": 1, "item": "1", "collection": "prose"},
    ],
    "posts": [{"id": 1, "title": "Post"}],
    "pages": [{"id": 1, "title": "Home"}, {"id": 2, "title": "About"}],
    "pages_blocks": [
        {"id": 1, "page": 1, "item": "1", "collection": "hero"},
        {"id": 2, "page": 1, "item": "1", "collection": "prose"},
        {"id": 3, "page": 1, "item": QUOTE, "collection": "quote"},
        {"id": 4, "page": 1, "item": "1", "collection": "columns"},
        {"id": 5, "page": 2, "item": "3", "collection": "hero"},
        {"id": 6, "page": 2, "item": "99", "collection": "hero"},
        {"id": 7, "page": 2, "item": "1", "collection": "posts"},
        {"id": 8, "page": 2, "item": "1", "collection": "nowhere"},
        {"id": 9, "page": 2, "item": None, "collection": "hero"},
        {"id": 10, "page": 2, "item": "1", "collection": None},
    ],
    "links": [{"id": 1, "item": "2", "kind": "hero"}, {"id": 2, "item": "1", "kind": "pages"}],
    "languages": [{"code": "en", "name": "English"}, {"code": "de", "name": "German"}],
    "pages_translations": [
        {"id": 1, "pages_id": 1, "languages_code": "en", "title": "Home"},
        {"id": 2, "pages_id": 1, "languages_code": "de", "title": "Start"},
    ],
}


def snapshot() -> Json:
    """Return the snapshot of the project."""
    fields = [
        field(collection, name, type_, key=at == 0)
        for collection, columns in FIELDS.items()
        for at, (name, type_) in enumerate(columns)
    ]
    fields += [field(collection, name, "alias", special=[kind]) for collection, name, kind in ALIASES]
    return {
        "version": 1,
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in FIELDS],
        "fields": fields,
        "relations": list(RELATIONS),
    }


@contextmanager
def pages(policies: Mapping[str, list[Json]] | None = None) -> Iterator[Store]:
    """Give a store with the project, and a role for each of ``policies``, which are lists of permissions."""
    named = policies or {}
    access: Json = {
        "roles": {name: {"policies": [name]} for name in named},
        "policies": {name: {"permissions": permissions} for name, permissions in named.items()},
    }
    with stored(snapshot=snapshot(), items=ITEMS, access=access) as store:
        yield store


@contextmanager
def tangle(width: int) -> Iterator[Store]:
    """Give a store in which each of ``width`` collections may hold items of all of them."""
    names = [f"c{number}" for number in range(width)]
    fields, relations = [], []
    for name in names:
        junction = f"{name}_items"
        fields += [field(name, "id", "integer", key=True), field(name, "items", "alias", special=["m2a"])]
        fields += [field(junction, "id", "integer", key=True), field(junction, "owner", "integer")]
        fields += [field(junction, "item"), field(junction, "collection")]
        relations += [
            relation(junction, "owner", name, one_field="items", junction_field="item"),
            relation(junction, "item", None, one_collection_field="collection", one_allowed_collections=names),
        ]
    every = dict.fromkeys(str(entry["collection"]) for entry in fields)
    collections = [{"collection": name, "schema": {"name": name}, "meta": {}} for name in every]
    content = {"version": 1, "collections": collections, "fields": fields, "relations": relations}
    items = {name: [{"id": 1}] for name in names} | {
        f"{name}_items": [
            {"id": at, "owner": 1, "item": "1", "collection": other} for at, other in enumerate(names, start=1)
        ]
        for name in names
    }
    with stored(snapshot=content, items=items) as store:
        yield store


@contextmanager
def stored(**files: object) -> Iterator[Store]:
    """Give the store of a project whose files are ``files``, by name."""
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(data), "utf-8")
        with Store.from_project(folder) as store:
            yield store


def may(collection: str, action: str = "read", *fields: str, **more: object) -> Json:
    """Return a permission; all fields if none is named."""
    return {"collection": collection, "action": action, "fields": list(fields or "*"), **more}
