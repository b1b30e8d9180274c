"""Items in portions: nothing of a file is decoded before it is wanted, and never much of it at the same time."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import msgspec
import pytest
from scopebox.errors import SchemaError
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.sources import files, item_sources
from scopebox.store.sources.item_sources import CsvItems, Items, JsonItems, Listed, Portion
from scopebox.text.notes import Notes

PATH = Path("a.json")
FIELDS = {"id": Field("id", "integer", primary_key=True), "x": Field("x", "text")}
A = Collection("a", FIELDS)


def portions(items: Items, most: int = 10, collection: Collection = A) -> list[Portion]:
    return [portion for portion in items.portions(collection, most, Notes()) if portion[0]]


def sizes(items: Items, most: int = 10) -> list[int]:
    return [len(found) for found, _ in portions(items, most)]


def of_json(text: object) -> JsonItems:
    data = text if isinstance(text, bytes) else json.dumps(text).encode()
    return JsonItems(PATH, lambda: files.counted(PATH, msgspec.Raw(data)))


@pytest.mark.parametrize(
    "items",
    [
        Listed([{"id": at} for at in range(25)]), of_json([{"id": at} for at in range(25)]), of_json({"data": [{"id": at} for at in range(25)]}),
        CsvItems(PATH, lambda: b"id\n" + b"".join(b"%d\n" % at for at in range(25))),
    ],
)  # fmt: skip
def test_no_more_come_at_a_time_than_are_asked_for(items: Items) -> None:
    assert sizes(items) == [10, 10, 5]
    assert [item["id"] for found, _ in portions(items) for item in found] == list(range(25))


def test_few_of_those_that_are_large_come_at_a_time() -> None:
    large = "x" * (item_sources.MAX_PORTION // 2)
    assert sizes(of_json([{"id": at, "x": large} for at in range(5)])) == [2, 2, 1]
    rows = "".join(f"{at},{large}\n" for at in range(5))
    assert max(sizes(CsvItems(PATH, f"id,x\n{rows}".encode))) <= 3


def test_all_of_them_take_little_beside_their_text() -> None:
    items = of_json([{"id": at, "x": [{}] * 20} for at in range(20_000)])
    text = len(memoryview(items.content()))
    tracemalloc.start()
    try:
        assert sum(len(found) for found, _ in items.portions(A, 1_000, Notes())) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * text  # decoded at once, they take forty times as much


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ([{"id": 1}, {"id": 2, "x": "y" * files.MAX_ENTRY}], r"a\.json: a\[1\] has 2,097,\d\d\d bytes, 2,097,152 are the limit"),
        ([{}, [1]], r"a\.json: a\[1\] has to be an object, not \[1\]"), ({"id": 1}, "have to be a list of objects"), (5, "have to be a list"),
        (b"", "a.json cannot be read"), (b"[{},", "a.json cannot be read: "), (b"[" * 100_000, "a.json cannot be read"), (b" " * 2_000 + b"[5]", "has to be an object, not 5"),
        (b'[{}, {"x": "\xff"}]', r"a\.json: a\[1\] cannot be read: it is not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_item_is_named(text: object, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        portions(of_json(text))


def test_an_object_of_lists_has_few_of_them() -> None:
    lists = json.dumps({f"u{at}": [] for at in range(files.MAX_MEMBERS + 1)}).encode()
    with pytest.raises(SchemaError, match="holds more than 2,000 lists, which are the limit"):
        files.members(PATH, lists)
    assert files.members(PATH, b'{"a": [1]}') == {"a": msgspec.Raw(b"[1]")}


@pytest.mark.parametrize(
    "text",
    [
        "{}", " { } ", '{"a":[]}', '{"a" : 1 , "b":\t-1.5e3\n}\n', '\n{"a":{"b":[{"c":"},{"}]},"\\u00e9\\n\\"":null , "é":"\\\\"}', '{"a":1,"a":[2]}', '{"":true}',
    ],
)  # fmt: skip
def test_its_lists_are_those_that_a_decoder_finds(text: str) -> None:
    assert {name: json.loads(bytes(found)) for name, found in files.members(PATH, text.encode()).items()} == json.loads(
        text
    )


def test_many_entries_and_lists_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 1_000)
    many = 200_000
    texts = (
        b"[%b{}]" % (b"{}," * many),
        b"[%b0]" % (b"0," * many),
        json.dumps({f"k{at}": 0 for at in range(many)}).encode(),
    )
    for text, message in zip(
        texts,
        ("a has 200,001 entries, 1,000 are the limit", r"a\[0\] has to be an object", "more than 2,000 lists"),
        strict=True,
    ):
        tracemalloc.start()
        try:
            with pytest.raises(SchemaError, match=message):
                files.members(PATH, text) if text.startswith(b"{") else files.entries(PATH, "a", msgspec.Raw(text))
            assert tracemalloc.get_traced_memory()[1] < 6_000_000
        finally:
            tracemalloc.stop()


def test_a_file_is_not_read_before_its_items_are_wanted() -> None:
    read: list[None] = []

    def content() -> bytes:
        read.append(None)
        return b"id\n1\n"

    items = CsvItems(PATH, content)
    assert not read
    assert sizes(items) == [1]
    assert len(read) == 1
