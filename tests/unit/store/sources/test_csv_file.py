"""Items of CSV: the same as in JSON, and errors with line and column."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path

import pytest
from scopebox.errors import SchemaError
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.sources import csv_file
from scopebox.store.sources.item_sources import Item
from scopebox.store.store import Store

from tests.stores import content, listed, read_project

TEMPLATE = Path(__file__).parents[3] / "data" / "projects" / "template" / "src"
TAGS = '"id","name","weight","shown","words","since","meta"\n1,"a, ""b""\nc",12.5,true,"[""x"",""y""]","2024-05-06","{""a"":[1,null]}"\n2,"",,false,,,'


def tags(folder: Path, text: str | bytes) -> Path:
    """Return a project whose tags stand in CSV."""
    copy = Path(shutil.copytree(TEMPLATE, folder / "copy"))
    (copy / "content" / "tags.json").unlink()
    path = copy / "content" / "tags.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return copy


def rows_of(folder: Path, name: str = "tags") -> list[Item]:
    project = read_project(folder)
    return listed(project.items[name], project.schema.collections[name])


@pytest.mark.parametrize(
    "text",
    [
        TAGS, f"{TAGS}\n", "\ufeff" + TAGS, f"{TAGS}\n\n",
        'name,id,weight,shown,words,since,meta\r\n"a, ""b""\nc",1,12.50,1,"x,y",2024-05-06,"{""a"": [1, null]}"\r\n"",2,,F,,,\r\n',
    ],
)  # fmt: skip
def test_it_means_the_same_as_json(tmp_path: Path, text: str) -> None:
    with Store.from_project(TEMPLATE) as whole, Store.from_project(tags(tmp_path, text)) as store:
        assert content(store) == content(whole)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,name\n1,a\nx,b", "line 3, column id: 'x' is not a valid whole number"), ("id,weight\n1,much", "line 2, column weight: 'much' is not a valid number"),
        ("id,shown\n1,perhaps", "line 2, column shown: 'perhaps' is neither true nor false"), ("id,since\n\n1,soon", "line 3, column since: "),
        ('id,name\n1,"a\nb"\n1,c', r"line 4, column id: 1 stands there already, in line 2"), ("id,name\n1,a,b", "line 2: 3 values stand under 2 columns"),
        ('id,name\n1,a"b', "line 2: a double quote that does not fit"), ('id,name\n1,"a', "line 2: a double quote that does not fit"), ('id,name\n1,"a"b', "line 2: a double quote"),
        ("id;name\n1;a", "line 1: none of the columns is a field of tags\nValues are parted by commas"), ("", "line 1: none of the columns"),
        ("id,id\n1,1", "line 1: the column 'id' stands there twice"), ("id,\n1,1", "line 1: a column has no name"),
        ("id,meta.a\n1,1", "line 1, column meta.a: the object of a field in columns of its own\nExport tags as JSON"), (b"id,name\n1,\xff", "line 2 is not UTF-8"), (b"id,name\r1,\xff", "line 2 is not UTF-8"),
        ("name\na", r"line 2, column id: a value is required"), (f"id,name\n1,{'x' * 200}", "line 2, column name: longer than 100 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_line_and_column(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        Store.from_project(tags(tmp_path, text))
    assert "tags.csv: " in caught.value.message


def test_columns_that_are_no_fields_are_noted(tmp_path: Path) -> None:
    with Store.from_project(tags(tmp_path, "id,author.name,colour\n1,x,y")) as store:
        assert "2 fields of items: not in the schema, skipped (tags.author.name, tags.colour)" in store.notes


def test_a_file_has_no_more_values_than_memory_is_meant_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_CELLS", 10)
    with pytest.raises(SchemaError, match="line 6: more than 10 values, which are the limit"):
        read_project(tags(tmp_path, "id,name\n" + "1,a\n" * 10))


def test_an_empty_text_is_none_where_the_field_takes_none(tmp_path: Path) -> None:
    copy = tags(tmp_path, 'id,name\n1,\n2,""\n')
    assert [row["name"] for row in rows_of(copy)] == [None, ""]
    path = copy / "schema" / "snapshot.json"
    snapshot = json.loads(path.read_text("utf-8"))
    field = next(entry for entry in snapshot["fields"] if (entry["collection"], entry["field"]) == ("tags", "name"))
    field["schema"]["is_nullable"] = False
    path.write_text(json.dumps(snapshot), "utf-8")
    assert [row["name"] for row in rows_of(copy)] == ["", ""]


@pytest.mark.parametrize("count", [999, 1_000, 1_001, 2_500])
def test_a_cell_has_as_many_quotes_as_it_likes(tmp_path: Path, count: int) -> None:
    text = 'id,words\n1,"' + '""' * count
    assert list(csv_file._lines(tmp_path, f'{text}"\n')) == [(1, ["id", "words"]), (2, ["1", '"' * count])]
    with pytest.raises(SchemaError, match="line 2: a double quote that does not fit"):
        list(csv_file._lines(tmp_path, f"{text}\n"))


def test_reading_takes_little_beside_the_text_whatever_stands_in_it() -> None:
    text = 'id,words\n1,"' + '""' * 1_000_000 + '"\n'
    tracemalloc.start()
    try:
        assert sum(len(cells) for _, cells in csv_file._lines(Path("tags.csv"), text)) == 4
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(text)


TEXTS = ["", "x", "a,b", 'say ""it""', "one\ntwo", "one\r\ntwo\r", '""', "\n" * 9, '""\n""', "é\U0001f600"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("part", [1, 2, 3, 7, 64])
def test_parts_of_a_file_mean_the_same_as_all_of_it(end: str, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"id,name{end}" + "".join(f'{at},"{value}"{end}' for at, value in enumerate(TEXTS * 3))
    data, path, collection = text.encode(), Path("a.csv"), Collection("a", {"name": Field("name", "text")})
    whole = [*csv_file.portions(path, data, collection, 10_000)][-1]
    monkeypatch.setattr(csv_file, "PART", part)
    parts = [entry for entry in csv_file.portions(path, data, collection, 4) if entry[0]]
    assert b"".join(csv_file._parts(path, data)) == data
    assert max(len(items) for items, _ in parts) == 4
    assert [item for items, _ in parts for item in items] == whole[0]
    assert [line for _, lines in parts for line in lines] == whole[1]


def test_a_first_item_may_be_as_large_as_several_portions() -> None:
    large, collection = "x" * (2 * csv_file.MAX_PORTION), Collection("a", {"name": Field("name", "text")})
    found = csv_file.portions(Path("a.csv"), f"id,name\n1,{large}\n2,b\n".encode(), collection, 10)
    assert [item["name"] for items, _ in found for item in items] == [large, "b"]


def test_a_line_that_goes_on_and_on_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PART", 10)
    monkeypatch.setattr(csv_file, "MAX_LINE", 100)
    wrong = "a line from line 3 on has more than 100 bytes, which are the limit\nIf none is that long, a double quote does not fit"
    with pytest.raises(SchemaError, match=wrong):
        read_project(tags(tmp_path, 'id,name\n1,abcd\n2,"' + "\n" * 200 + '"\n'))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_lines_before_one_that_goes_on_and_on_are_counted_alone(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_LINE", csv_file.PART)
    data = f'id,name{end}1,"{end * 10_000}"{end}'.encode() * 50 + b"x" * 3 * csv_file.PART
    tracemalloc.start()
    try:
        with pytest.raises(SchemaError, match=r"a line from line 4\d\d,?\d\d\d on has more"):
            [*csv_file._parts(Path("a.csv"), data)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(data)
