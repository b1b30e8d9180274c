"""A schema with one of everything: a singleton, translations, lists of any collection, an order, an archive, secrets."""

from __future__ import annotations

from dataclasses import replace

from scopebox.store.schema.schema import AnyRelation, Archive, Collection, Field, Relation, Schema
from scopebox.store.schema.system import with_system

KEY = Field("id", "integer", primary_key=True, auto_increment=True, nullable=False)


def collection(name: str, *fields: Field) -> Collection:
    return Collection(name, {field.name: field for field in (KEY, *fields)})


def to(name: str) -> Field:
    return Field(name, "integer", kind="m2o")


OF_PAGES = collection(
    "pages",
    Field("slug", "string", validation={"slug": {"_regex": "^[a-z]+$"}}, note="the end of its address"),
    Field("status", "string", default="draft"),
    Field("sort", "integer"),
    Field("secret", "string", special=("conceal",)),
    Field("password", "string", special=("hash", "conceal")),
    Field("created", "timestamp", special=("date-created",)),
    Field("price", "decimal", precision=8, scale=2),
    Field("blocks", "alias", kind="m2a", special=("m2a",)),
    Field("translations", "alias", kind="o2m", special=("translations",)),
    Field("tags", "alias", kind="m2m", special=("m2m",)),
    Field("parent", "integer", kind="m2o"),
    Field("children", "alias", kind="o2m"),
)
PAGES = replace(OF_PAGES, sort_field="sort", archive=Archive("status", "archived", "draft"), note="what visitors read")
SCHEMA = Schema(
    {
        entry.name: entry
        for entry in (
            PAGES,
            replace(collection("site", Field("title", "string")), singleton=True),
            collection("hero", Field("headline", "string")),
            collection("text", Field("body", "text")),
            collection(
                "pages_blocks", to("pages_id"), Field("item", "string", kind="a2o"), Field("collection", "string"), Field("sort", "integer")
            ),
            collection("languages", Field("name", "string")),
            collection("pages_translations", to("pages_id"), to("languages_id"), Field("title", "string")),
            collection("tags", Field("name", "string")),
            collection("pages_tags", to("pages_id"), to("tags_id")),
        )
    },
    (
        Relation("pages_blocks", "pages_id", "pages", "blocks", "item", "CASCADE", "sort", "delete"),
        Relation("pages_translations", "pages_id", "pages", "translations", "languages_id"),
        Relation("pages_translations", "languages_id", "languages", None, "pages_id"),
        Relation("pages_tags", "pages_id", "pages", "tags", "tags_id"),
        Relation("pages_tags", "tags_id", "tags", None, "pages_id"),
        Relation("pages", "parent", "pages", "children"),
    ),
    (AnyRelation("pages_blocks", "item", "collection", ("hero", "text")),),
)  # fmt: skip

# The same with a relation to those who write the pages, and one that a project adds to them.
WITH_SYSTEM = with_system(
    replace(
        SCHEMA,
        collections={
            **SCHEMA.collections,
            "pages": replace(
                PAGES, fields={**PAGES.fields, "by": Field("by", "uuid", kind="m2o", special=("user-created",))}
            ),
        },
        relations=(*SCHEMA.relations, Relation("pages", "by", "directus_users")),
    )
)
