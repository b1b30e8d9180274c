"""A schema as people read it: what kind every collection is, where its fields lead, what else is known of them."""

from __future__ import annotations

import pytest
from scopebox.store.schema.schema import AnyRelation, Archive, Collection, Field, Relation, Schema
from scopebox.store.views.schema import MAX_COLLECTIONS, MAX_FIELDS, MAX_FIELDS_EACH, collection_view, schema_view

from tests.unit.store.views.pages import PAGES, SCHEMA, WITH_SYSTEM
from tests.unit.widgets.hostile import HOSTILE, harmless


def rows(text: str, caption: str) -> dict[str, str]:
    """Return the rows of a table as text, by the first word of each; several blanks are one."""
    lines = text[text.index(f"{caption}\n") :].split("\n")[1:]
    inside = [line for at, line in enumerate(lines) if all(entry.startswith("  ") for entry in lines[: at + 1])]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in inside}


def whole() -> str:
    return schema_view(SCHEMA, {"pages": 5}, ["pages.map: kept as 'json'"]).text()


def test_a_schema_says_of_every_collection_what_kind_it_is() -> None:
    found = rows(whole(), "Collections")
    assert found["pages"] == "collection 5 in the order of sort, archived if status is what visitors read"
    kinds = {name: words.split()[0] for name, words in found.items() if name in SCHEMA.collections}
    assert kinds == {
        "pages": "collection", "site": "singleton", "hero": "collection", "text": "collection", "pages_blocks": "junction", "languages": "collection",
        "pages_translations": "translations", "tags": "collection", "pages_tags": "junction",
    }  # fmt: skip


def test_a_field_says_all_that_is_known_of_it() -> None:
    found = rows(
        collection_view(SCHEMA, PAGES, 5).text(),
        "pages: 5 items, in the order of sort, archived if status is 'archived'",
    )
    assert found["id"] == "integer key"
    assert found["slug"] == 'string checked: slug matches "^[a-z]+$" the end of its address'
    assert found["status"] == "string = 'draft', archived if status is 'archived'"
    assert found["sort"] == "integer the order of the items"
    assert found["secret"] == "string concealed"
    assert found["password"] == "string hashed, concealed"
    assert found["created"] == "timestamp set when the item is created"
    assert found["price"] == "decimal 8 digits, 2 after the point"
    assert found["blocks"] == "alias ↔ any of hero and text, by pages_blocks"
    assert found["translations"] == "alias ← pages_translations.pages_id, one for each of"
    assert found["tags"] == "alias ↔ tags, by pages_tags"
    assert found["parent"] == "integer → pages"
    assert found["children"] == "alias ← pages.parent"


def test_the_field_that_leads_to_any_collection_says_which_and_what_names_it() -> None:
    blocks = SCHEMA.collections["pages_blocks"]
    text = collection_view(SCHEMA, blocks, 1).text()
    assert "→ any of hero and text, as collection says" in text
    assert "the order of pages.blocks" in text


def test_relations_are_shown_from_both_sides() -> None:
    found = rows(whole(), "Relations")
    assert found["pages_blocks.pages_id"].startswith(
        "pages pages.blocks deleted with item, in the order of sort, deleted when"
    )
    assert found["pages_blocks.item"] == "any of hero and text stays collection names it"
    assert found["pages.parent"] == "pages pages.children null"
    hero = collection_view(SCHEMA, SCHEMA.collections["hero"], 0).text()
    assert list(rows(hero, "Relations to it")) == ["field", "pages_blocks.item"]
    assert "Relations from it" not in hero


def test_system_collections_are_read_only_and_their_fields_are_shown_when_asked_for() -> None:
    text = schema_view(WITH_SYSTEM, {"directus_users": 3}, ()).text()
    assert rows(text, "Collections")["directus_users"] == "system, read-only 3"
    assert "directus_users: " not in text
    assert "The fields of directus_users" in text
    one = collection_view(WITH_SYSTEM, WITH_SYSTEM.all["directus_users"], 3).text()
    assert one.startswith("directus_users: 3 items, system, read-only\n")
    assert rows(one, "Relations to it")["pages.by"].startswith("directus_users")
    assert "who created the item" in collection_view(WITH_SYSTEM, WITH_SYSTEM.all["pages"], 3).text()


def test_what_was_skipped_is_said_with_the_schema_and_with_its_collection() -> None:
    notes = [
        "pages.map: kept as 'json'",
        "2 relations lead out (site.x, pages.y)",
        "pages_blocks: this",
        "site: that",
        "4 pages: so",
    ]
    assert [line[2:] for line in whole().split("\n") if line.startswith("! ")] == notes[:1]
    text = collection_view(SCHEMA, PAGES, 0, notes).text()
    assert [line[2:] for line in text.split("\n") if line.startswith("! ")] == notes[:2]


def test_html_folds_the_fields_and_text_has_all_of_them() -> None:
    view = schema_view(SCHEMA, {}, ())
    assert view.html().count("<details>") == len(SCHEMA.collections)
    assert all(field in view.text() for entry in SCHEMA.collections.values() for field in entry.fields)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_and_notes_are_text(words: str) -> None:
    key = Field(words, "integer", primary_key=True, note=words, default=words, validation={words: {"_eq": words}})
    named = Collection(words, {words: key}, note=words, sort_field=words, archive=Archive(words, words))
    schema = Schema(
        {words: named}, (Relation(words, words, words, words),), (AnyRelation(words, "b", words, (words,)),)
    )
    for view in (schema_view(schema, {words: 1}, [words]), collection_view(schema, named, 1, [f"{words}: {words}"])):
        assert harmless(view.html().partition("</style>")[2])
        assert all(line.isprintable() for line in view.text().split("\n"))
        assert len(view.text()) < 30_000


def test_of_a_large_schema_the_beginning_is_shown_and_the_way_to_the_rest() -> None:
    fields = {f"f{at}": Field(f"f{at}", "integer", primary_key=at == 0) for at in range(MAX_FIELDS_EACH + 9)}
    schema = Schema({f"c{at}": Collection(f"c{at}", fields) for at in range(MAX_COLLECTIONS + 7)})
    text = schema_view(schema, {}, ()).text()
    assert "… 7 more" in text
    assert "… 9 more" in text
    shown = MAX_FIELDS // MAX_FIELDS_EACH
    assert f"The fields of {MAX_COLLECTIONS - shown} more collections: %sandbox schema COLLECTION" in text
    assert len(text) < 100_000


def test_no_collections_are_said_to_be_none() -> None:
    assert schema_view(Schema(), {}, ()).text() == "Collections: none yet\nRelations: none"
