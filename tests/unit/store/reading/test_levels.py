"""What the statement of a level takes of its items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.store.store import Store

from tests.reading import read

META = {"a": {"b": [1, None, "x"], "c/d": True}, "n": None}
PATHS = {
    "a.b[0]": 1,
    "a.b[1]": None,
    "a.b[2]": "x",
    "a.b[3]": None,
    "a.c/d": True,
    "a.b": [1, None, "x"],
    "n": None,
    "z": None,
}


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        made.create_collection("pages", {"title": "string", "meta": "json", "more": "json"})
        items: list[object] = [{"meta": META, "more": {"n": 1}}, {"meta": None}, {"meta": [7]}]
        asyncio.run(made.items("pages", accountability=None).create(items))
        yield made


@pytest.mark.parametrize("filter_", [{}, {"id": {"_eq": 1}}], ids=["many", "one"])
def test_parts_of_a_json_value_are_what_their_paths_lead_to(store: Store, filter_: dict[str, object]) -> None:
    fields = [f"json(meta, {path})" for path in PATHS]
    first = read(store, {"fields": [*fields, "json(more, n)"], "filter": filter_}, collection="pages")[0]
    assert [*first.values()] == [*PATHS.values(), 1]


def test_all_parts_of_a_json_value_are_taken_at_once(store: Store, asked: list[str]) -> None:
    fields = ["json(more, n)", *(f"json(meta, a.b[{number}])" for number in range(100))]
    read(store, {"fields": fields, "limit": 10}, collection="pages")
    assert [sql.count("json_extract(") for sql in asked if "json_extract(" in sql] == [2]
