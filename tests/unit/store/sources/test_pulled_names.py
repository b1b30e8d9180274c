"""What the files of a pull are called, and which names are none of its."""

from __future__ import annotations

import pytest
from scopebox.store.sources.pulled_names import ItemFiles, may_hold


@pytest.mark.parametrize(
    ("collection", "taken", "name"),
    [
        ("pages", [], "pages.json"),
        ("Pages", ["pages.json"], "collection-1.json"),
        ("CON", [], "collection-1.json"),
        ("lpt1", [], "collection-1.json"),
        ("../x", ["collection-1.json"], "collection-2.json"),
        ("größe", [], "collection-1.json"),
        ("a b", [], "collection-1.json"),
        ("collection-1", [], "collection-1.json"),
    ],
)
def test_a_file_has_the_name_of_its_collection_where_that_is_one_everywhere(
    collection: str, taken: list[str], name: str
) -> None:
    found = ItemFiles(f"content/{file}" for file in taken).new(collection)
    assert found == f"content/{name}"
    assert may_hold(found, collection)


def test_no_two_collections_have_the_same_file() -> None:
    files = ItemFiles()
    names = ["a", "A", "ä", "collection-2", "ö", "directus_users", "b/c"]
    found = [files.new(name) for name in names]
    assert len({file.lower() for file in found}) == len(names)
    assert all(map(may_hold, found, names))


@pytest.mark.parametrize(
    ("file", "collection"),
    [
        *(("", "a"), ("", "ä"), ("content/b.json", "a"), ("content/con.json", "con"), ("content/ä.json", "ä")),
        *(("a.json", "a"), ("content/../a.json", "a"), ("content/collection-01.json", "a"), ("content/a.json\n", "a")),
        *(("content/collection-1.json", "directus_users"), ("users.json", "a"), ("users.json", "directus_files")),
    ],
)
def test_a_file_that_no_pull_names_so_holds_nothing(file: str, collection: str) -> None:
    assert not may_hold(file, collection)
