"""How many names the levels of a query may ask for, with those that wildcards stand for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.store.reading.selection import MAX_NAMES
from scopebox.store.schema.schema import Relation, Schema
from scopebox.store.store import Store

from tests.reading import Json, make_store, read, refusal


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


ALIASES: Json = {f"a{number}": "parent" for number in range(99)}
TOO_MANY = f"names of fields, with those that * stands for, {MAX_NAMES:,} are the limit"


@pytest.mark.parametrize("role", ["reader", "admin"])
@pytest.mark.parametrize("stars", ["*.", "*.*.", "parent.*.", "*.*.*.*."])
def test_names_that_wildcards_and_aliases_multiply_are_refused_with_their_number(
    store: Store, stars: str, role: str
) -> None:
    names: list[object] = [f"{stars}n{number}" for number in range(990)]
    deep: Json = {"parent": {"_alias": ALIASES}}
    assert TOO_MANY in refusal(store, {"fields": names, "alias": ALIASES, "deep": deep}, role=role).message


def test_no_more_names_are_looked_at_than_the_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = Schema.relation_of

    def relation_of(schema: Schema, collection: str, name: str) -> Relation | None:
        looked.append(name)
        return real(schema, collection, name)

    monkeypatch.setattr(Schema, "relation_of", relation_of)
    names: list[object] = [f"*.*.n{number}" for number in range(990)]
    assert refusal(store, {"fields": names, "alias": ALIASES}, role="admin").status == 400
    assert len(looked) < MAX_NAMES


def test_a_wide_collection_with_thirty_relations_is_shown_with_all_that_is_behind_them() -> None:
    with Store() as wide:
        wide.create_collection("others", {f"o{number}": "integer" for number in range(100)})
        own: Json = {f"f{number}": "integer" for number in range(270)}
        wide.create_collection("wide", own | {f"r{number}": {"references": "others"} for number in range(30)})
        assert read(wide, {"fields": ["*.*"]}, collection="wide") == []
        assert read(wide, {"fields": ["*", "*.*"]}, collection="wide") == []
