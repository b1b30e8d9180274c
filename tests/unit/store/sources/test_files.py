"""A downloaded project is written by somebody else: whatever its files hold, it is read or refused, and costs no more than its bytes."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
import yaml
from scopebox.errors import SchemaError, ScopeboxError
from scopebox.store.database import database
from scopebox.store.sources import files, snapshot, yaml_file
from scopebox.store.steps import at_once
from scopebox.store.store import Store
from scopebox.text.notes import MAX_MEANT, MAX_NOTES

from tests.reading import Json, read
from tests.stores import read_project

MIB = 2**20
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
KEY = {"collection": "a", "field": "id", "type": "integer", "schema": {"is_primary_key": True}}


def schema(*fields: Mapping[str, object], **parts: object) -> Json:
    return {
        "collections": [{"collection": "a", "schema": {"name": "a"}, "meta": {}}],
        "fields": [KEY, *fields],
        **parts,
    }


def project(folder: Path, text: str | Mapping[str, object]) -> Path:
    plain = text if isinstance(text, str) else yaml.dump(json.loads(json.dumps(text)), Dumper=DUMPER)
    (folder / "snapshot.yaml").write_text(plain, "utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(SchemaError) as caught:
        read_project(folder)
    assert len(str(caught.value)) < 1_000 + 3 * len(str(folder))
    return str(caught.value)


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (BOMB + "collections: *a8\n", 1, "an anchor or an alias"),
        ("collections: [1]\nfields: *nowhere\n", 2, "an anchor or an alias"),
        ("collections: &me\n  - *me\n", 1, "an anchor or an alias"),
        ("collections:\n- !!python/object/apply:os.system [x]\n", 2, "has a tag"),
        ("collections: !!binary aGk=\n", 1, "has a tag"),
        ("collections: []\n<<: {fields: []}\n", 2, "merges another object"),
        ("collections: []\n? [a]\n: b\n", 2, "a key"),
        ("collections: " + "[" * 100_000, 1, f"more than {yaml_file.MAX_DEPTH}"),
        ("collections: []\n---\ncollections: []\n", 2, "a second document"),
        ("collections: []\nx: 2024-99-99\n", 2, "no value that there is"),
        ("x: '" + "y" * (yaml_file.MAX_TEXT + 1) + "'", 1, f"{yaml_file.MAX_TEXT:,} are the limit"),
        ("x: [" + "{}," * yaml_file.MAX_CONTAINERS + "]", 1, f"{yaml_file.MAX_CONTAINERS:,} lists and objects"),
        (
            "x:\n" + "".join(f"- 'a{n}'\n" for n in range(yaml_file.MAX_TEXTS)),
            yaml_file.MAX_TEXTS + 1,
            "different texts",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_yaml_that_stands_for_more_than_it_says_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    project(tmp_path, text)
    if len(text) < 110_000:  # following every value of more takes a long time
        tracemalloc.start()
    said = refusal(tmp_path)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"snapshot.yaml: line {line} " in said
    assert message in said
    assert grown < 64 * MIB


@pytest.mark.parametrize(
    "text", ["a: [", "\x00", "a: b: c", "- 1\n a", "collections: 5", "5", "", "- x", "? ", "%YAML 9"]
)
def test_what_is_no_snapshot_is_refused(tmp_path: Path, text: str) -> None:
    assert "snapshot.yaml" in refusal(project(tmp_path, text))


def test_values_of_yaml_are_what_they_always_were(tmp_path: Path) -> None:
    text = "a: 1\nb: 1.5\nc: true\nd: null\ne: ~\nf: '1'\ng: 2024-01-02\nh: .inf\ni: 0x1F\nj: 1:30\nk: on\nl: |\n  x\n  y\nm: [1, {}]\nn: >-\n  a\n  b\n3: x\no:\n"
    assert at_once(yaml_file.load(tmp_path, text.encode())) == yaml.safe_load(text)


@pytest.mark.parametrize("name", ["snapshot.yaml", "items.json", "items/a.json", "access.json", "items"])
@pytest.mark.parametrize("kind", ["device", "outside", "nothing", "itself", "pipe", "folder"])
def test_only_plain_files_of_its_own_are_read(tmp_path: Path, name: str, kind: str) -> None:
    folder, outside = tmp_path / "project", tmp_path / "mine.json"
    (folder / "items").mkdir(parents=True)
    outside.write_text("[]")
    project(folder, schema())
    path = folder / name
    if name == "items":
        path.rmdir()
    elif name == "snapshot.yaml":
        path.unlink()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(
                {"device": Path("/dev/zero"), "outside": outside, "nothing": folder / "no", "itself": path}[kind]
            )
    if (name, kind) == ("items", "folder"):
        return
    assert str(path) in refusal(folder)


def test_a_folder_of_items_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "mine", tmp_path / "project"
    elsewhere.mkdir()
    folder.mkdir()
    (elsewhere / "a.json").write_text("[]")
    project(folder, schema())
    (folder / "items").symlink_to(elsewhere)
    assert "leads out of the project" in refusal(folder)


def test_a_project_may_itself_be_reached_by_a_link_and_have_links_inside(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "items").mkdir(parents=True)
    project(folder, schema())
    (folder / "data.json").write_text('[{"id": 7}]')
    (folder / "items" / "a.json").symlink_to(Path("..") / "data.json")
    (tmp_path / "link").symlink_to(folder)
    with Store.from_project(tmp_path / "link") as store:
        assert read(store, collection="a") == [{"id": 7}]


def test_of_a_snapshot_each_list_may_have_as_many_values_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_VALUES", 50)
    beside = {
        "vendor": "postgres",
        "relations": [{"collection": "a", "field": "id", "meta": dict.fromkeys("abcdefgh")}] * 4,
    }
    (tmp_path / "snapshot.json").write_text(
        json.dumps(schema({**KEY, "field": "x", "schema": dict.fromkeys("abcdefghijklmnopqrstuvwxyz")}, **beside))
    )
    assert [*read_project(tmp_path).schema.collections["a"].fields] == ["id", "x"]
    monkeypatch.setattr(files, "MAX_VALUES", 30)
    assert "snapshot.json: fields cannot be read: more than 30 values" in refusal(tmp_path)


def test_files_are_limited_by_their_size_and_their_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, schema())
    whole = tmp_path / "items.json"
    whole.write_text('{"a": [' + "{}," * files.MAX_VALUES + "{}]}")
    assert "more than 500,000 values" in refusal(tmp_path)
    with whole.open("wb") as file:
        file.truncate(files.MAX_FILE + 1)
    assert "more than 16 MiB" in refusal(tmp_path)
    whole.write_text('{"a": ' * 100_000)
    assert "items.json cannot be read" in refusal(tmp_path)
    whole.write_text('{"a": []}')
    monkeypatch.setattr(files, "MAX_PROJECT", 20)
    assert "the files of the project" in refusal(tmp_path)


def test_a_folder_of_very_many_items_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 3)
    (tmp_path / "items").mkdir()
    for number in range(4):
        (tmp_path / "items" / f"{number}.json").write_text("[]")
    assert "more than 3 files" in refusal(project(tmp_path, schema()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            schema(collections=[{"collection": f"c{n}"} for n in range(snapshot.MAX_COLLECTIONS + 1)]),
            "collections, 500 are",
        ),
        (schema(*[{**KEY, "field": f"f{n}"} for n in range(snapshot.MAX_FIELDS_EACH)]), "1,000 fields"),
        (schema(*[{**KEY, "field": "f"}] * snapshot.MAX_FIELDS), "10,001 fields, 10,000 are"),
        (schema(relations=[{"collection": "a", "field": "b"}] * (snapshot.MAX_RELATIONS + 1)), "relations, 5,000 are"),
        (schema(["x" * 400_000] * 5), "has to be an object, not ["),  # type: ignore[arg-type]
        (schema({**KEY, "x": "x" * files.MAX_ENTRY}), "fields[1] has 2,097,"),
        (schema({**KEY, "type": {"x": "y" * 1_000_000}}), "has to be a text, not {"),
        (schema({**KEY, "type": 10**300}), "has to be a text, not 1000"),
        (schema(relations=[{"collection": "a", "field": "b", "related_collection": ["x" * 10_000]}]), "is no name"),
    ],
    ids=lambda value: str(value)[-30:],
)
def test_a_schema_beyond_the_limits_is_refused_in_few_words(tmp_path: Path, content: Json, message: str) -> None:
    (tmp_path / "snapshot.json").write_text(json.dumps(content), "utf-8")
    assert message in refusal(tmp_path)


def test_notes_are_few_and_short(tmp_path: Path) -> None:
    long = "x" * 5_000
    odd = [
        {
            "collection": "a",
            "field": f"f{n}",
            "type": f"{n}{long}",
            "meta": {"special": [f"{n}{long}", {}], "note": long},
        }
        for n in range(600)
    ]
    default = [
        {"collection": "a", "field": f"d{n}", "type": "integer", "schema": {"default_value": [[long] * 9]}}
        for n in range(9)
    ]
    folders = [{"collection": f"{n}-{long[:1000]}"} for n in range(400)]
    content = schema(*odd, *default)
    (tmp_path / "snapshot.json").write_text(json.dumps({**content, "collections": [*content["collections"], *folders]}))  # type: ignore[misc]
    notes = read_project(tmp_path).notes
    assert len(notes) == MAX_NOTES + 1
    assert notes[-1] == "710 more notes are left out"
    assert max(map(len, notes)) < 400


def test_a_default_of_any_form_is_taken_or_noted(tmp_path: Path) -> None:
    values: list[object] = [
        "(" * 100_000 + ")" * 100_000,
        "x" * 200_000,
        [["x" * 1000] * 100] * 9,
        10**100,
        {"a": 1},
        1.5,
        True,
    ]
    for type_ in (
        "string",
        "integer",
        "boolean",
        "timestamp",
        "uuid",
        "json",
        "decimal",
        "date",
        "time",
        "csv",
        "bigInteger",
    ):
        fields = [
            {"collection": "a", "field": f"f{n}", "type": type_, "schema": {"default_value": value}}
            for n, value in enumerate(values)
        ]
        (tmp_path / "snapshot.json").write_text(json.dumps(schema(*fields)))
        found = read_project(tmp_path)
        assert len(found.schema.collections["a"].fields) == 1 + len(values)
        assert all(len(note) < 400 for note in found.notes)


@pytest.mark.parametrize(
    "content",
    [
        {"policies": {"x" * 1_000_000: {}}},
        {"users": ["x" * 1_000_000]},
        {"roles": {"r": {"x" * 1_000_000: 1}}},
        {"policies": {f"p{n}": {} for n in range(2_000)}},
        {"policies": {"p": {"permissions": [{}] * 6_000}}},
        {"policies": {"p": {"permissions": [{"collection": [["x" * 1_000_000]]}]}}},
        {"policies": {"p": {"permissions": [{"collection": "a", "action": "x" * 1_000_000}]}}},
        {"roles": {"r": {"policies": ["x" * 1_000_000]}}},
    ],
    ids=lambda content: str(content)[:30],
)
def test_an_access_file_is_refused_in_few_words(tmp_path: Path, content: Json) -> None:
    (tmp_path / "access.json").write_text(json.dumps(content))
    assert "access.json" in refusal(project(tmp_path, schema()))


def test_a_project_of_many_tables_is_read(tmp_path: Path) -> None:
    names = [f"table_{number}" for number in range(444)]
    content = {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in names],
        "fields": [
            {"collection": name, "field": field, "type": type_, "schema": {"is_primary_key": field == "id"}, "meta": {}}
            for name in names
            for field, type_ in (("id", "integer"), ("title", "string"), ("next", "integer"))
        ],
        "relations": [
            {"collection": name, "field": "next", "related_collection": "table_0", "meta": {}, "schema": {}}
            for name in names
        ],
    }
    found = read_project(project(tmp_path, content))
    assert len(found.schema.collections) == len(found.schema.relations) == 444
    assert not found.notes


ROWS = "INSERT INTO a SELECT $1 + range, md5(($1 + range)::varchar) || md5(range::varchar) FROM range(10000)"


def test_a_fork_without_memory_is_an_error_of_ours_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database.LOCKED_DOWN, "memory_limit", "40MB")
    with Store() as store:
        store.create_collection("a", {"text": "text"})
        count = 0
        with pytest.raises(duckdb.Error):
            while True:  # until it is full: a second one of it cannot fit
                store.database.write_now(lambda session: session.execute(ROWS, [count]))  # noqa: B023 - it runs at once
                count += 10_000
        for _ in range(2):
            with pytest.raises(ScopeboxError, match="The store cannot be forked") as caught:
                store.fork()
            assert "close other forks" in caught.value.hint
            attached = store.sql("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall()
            assert attached == [("memory",)]
        assert store.count("a") == count
    assert store.database.closed


UNSEEN = "\x1b[2J\u202e"
SEEN = "\\x1b[2J\\u202e"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("snapshot.yaml", "{"),
        ("items/a.csv", f"id,j.{UNSEEN}\n1,x"),
        (f"items/{UNSEEN}.json", None),
        ("access.json", json.dumps({"roles": {UNSEEN: 5}})),
        ("access.json", json.dumps({UNSEEN: 5})),
        ("policies.json", json.dumps([{"id": UNSEEN, "name": 5}])),
    ],
)
def test_an_error_of_a_project_shows_what_cannot_be_seen_in_its_names(
    tmp_path: Path, name: str, text: str | None
) -> None:
    folder = tmp_path / UNSEEN
    (folder / "items").mkdir(parents=True)
    project(folder, schema({"collection": "a", "field": "j", "type": "json"}))
    if text is None:
        (folder / name).symlink_to(tmp_path)
    else:
        (folder / name).write_text(text, "utf-8")
    said = refusal(folder)
    assert SEEN in said
    assert UNSEEN not in said


def test_a_note_of_a_store_shows_what_cannot_be_seen_in_names_of_its_project(tmp_path: Path) -> None:
    relation = {"collection": "a", "field": UNSEEN, "related_collection": UNSEEN}
    project(tmp_path, schema({"collection": "a", "field": UNSEEN, "type": "integer"}, relations=[relation]))
    with Store.from_project(tmp_path) as store:
        assert store.notes[1] == (f"1 relation to {SEEN}: the store does not have it, kept as plain values (a.{SEEN})")
        assert not any(UNSEEN in note for note in store.notes)


def test_of_very_many_unknown_names_what_was_meant_is_told_of_the_first_alone(tmp_path: Path) -> None:
    unknown: dict[str, list[object]] = {f"articls{number}": [] for number in range(MAX_NOTES + 7)}
    project(tmp_path, json.loads(json.dumps(schema()).replace('"a"', '"articles"')))
    (tmp_path / "items.json").write_text(json.dumps(unknown), "utf-8")
    notes = read_project(tmp_path).notes
    assert sum("(did you mean articles?)" in note for note in notes) == MAX_MEANT
    assert (len(notes), notes[-1]) == (MAX_NOTES + 1, "7 more notes are left out")


def test_what_is_decoded_as_a_whole_is_weighed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_KEPT", 14_000)
    project(tmp_path, schema())
    for name in ("policies", "roles"):
        (tmp_path / f"{name}.json").write_text(json.dumps([{"id": f"{at}", "name": "x"} for at in range(20)]))
    assert "roles.json: it takes more than 0 MiB of memory, with what was read before" in refusal(tmp_path)
    (tmp_path / "roles.json").unlink()
    assert read_project(tmp_path).access.policies
