"""What the folder of a pull says about itself when it is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox import Sandbox, Store
from scopebox.errors import PullError, SchemaError
from scopebox.store.sources.pulled import Content, LeftOut, Options, PullRecord, left_out_lines

from tests.unit.directus.servers import ADDRESS, run, status

SNAPSHOT = {
    "collections": [{"collection": "notes", "schema": {"name": "notes"}, "meta": {}}],
    "fields": [
        {"collection": "notes", "field": "id", "type": "integer", "schema": {"is_primary_key": True}},
        {"collection": "notes", "field": "text", "type": "string", "schema": {"is_nullable": False}},
    ],
    "relations": [],
}


def project(folder: Path, **record: object) -> Path:
    whole = {"server": ADDRESS, "options": {"items": 5}, "scopebox_pull": 1, "begun": "2026-01-01T00:00:00Z", **record}
    (folder / "snapshot.json").write_text(json.dumps(SNAPSHOT), "utf-8")
    (folder / "pull.json").write_text(json.dumps(whole), "utf-8")
    return folder


def test_notes_say_where_and_when_a_project_was_pulled(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path, directus="11.17.4", finished="2026-01-02T00:00:00Z")) as store:
        assert store.notes[0] == f"pulled from {ADDRESS} (Directus 11.17.4), 2026-01-02T00:00:00Z"
        assert not any("unfinished" in note for note in store.notes)


def test_an_unfinished_pull_loads_what_it_has_and_says_how_to_go_on(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path)) as store:
        assert list(store.collections) == ["notes"]
        (said,) = [note for note in store.notes if "unfinished" in note]
        assert "goes on where it stopped: python -m scopebox pull" in said


def test_a_pull_that_has_not_come_to_its_schema_says_so(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "snapshot.json").unlink()
    with pytest.raises(SchemaError, match="has not come as far as its schema") as raised:
        Store.from_project(tmp_path)
    assert "The same pull goes on" in raised.value.hint


def test_what_was_left_out_is_said_once_a_reason_and_may_be_empty(tmp_path: Path) -> None:
    left_out = [{"collection": "notes", "field": "text", "why": "as you asked"}]
    with Store.from_project(project(tmp_path, left_out=left_out)) as store:
        assert "left out, as you asked: notes.text" in store.notes
        assert store.schema.collections["notes"].fields["text"].nullable


def test_a_key_stays_a_key_whatever_was_left_out(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path, left_out=[{"collection": "notes", "field": "id", "why": "x"}])) as store:
        assert not store.schema.collections["notes"].fields["id"].nullable


def test_many_names_of_one_reason_are_counted() -> None:
    (line,) = left_out_lines([LeftOut("c", f"f{number}", "because") for number in range(50)])
    assert line.endswith("c.f19 and 30 more")


def test_files_are_known_by_the_collection_they_hold() -> None:
    record = PullRecord(ADDRESS, Options(items=1), content={"../odd": Content("content/collection-1.json")})
    assert record.files == {"content/collection-1.json": "../odd"}


@pytest.mark.parametrize(
    "record", ["[]", "{", "7", '{"server": 5}', '{"server": "x", "options": {"items": 1, "odd": 2}}']
)
def test_a_pull_json_of_somebody_else_is_an_error_that_names_it(tmp_path: Path, record: str) -> None:
    project(tmp_path)
    (tmp_path / "pull.json").write_text(record, "utf-8")
    with pytest.raises(SchemaError, match=r"pull\.json"):
        Store.from_project(tmp_path)


def test_words_in_a_pull_json_rule_no_terminal(tmp_path: Path) -> None:
    with Store.from_project(project(tmp_path, directus="\x1b[2J", notes=["\x1b]0;x\x07"], server="\x1b[31m")) as store:
        assert not any("\x1b" in note for note in store.notes)


def test_a_pull_that_was_interrupted_loads_what_is_whole(tmp_path: Path) -> None:
    with pytest.raises(PullError, match="goes on"):
        run({"/items/pages": status(503)})(tmp_path / "house")
    with Store.from_project(tmp_path / "house") as store:
        assert any("the pull is unfinished" in note for note in store.notes)
        assert store.count("comments") == 40
        assert store.count("pages") == 0


def test_a_pull_loads_with_its_relations_its_roles_and_its_users(tmp_path: Path) -> None:
    run()(tmp_path / "house")
    with Store.from_project(tmp_path / "house") as store:
        assert not any("are not there" in note for note in store.notes)
        assert set(store.access.roles) == {"Administrator", "Editor"}
        assert [store.count(name) for name in ("pages", "pages_blocks", "menu", "settings", "comments")] == [
            4,
            6,
            3,
            1,
            40,
        ]
        with Sandbox(store) as box:
            fields = ["title", "organisation.name", "user_created.email"]
            pages = box.items("pages", role="admin").read({"fields": fields, "sort": "id", "limit": 1})
    home: object = {"title": "Home", "organisation": {"name": "South house"}}
    assert [{"title": page["title"], "organisation": page["organisation"]} for page in pages] == [home]
    assert str(pages[0]["user_created"]).endswith("@example.invalid'}")


def test_an_item_of_a_pull_without_a_secret_that_it_needs_loads(tmp_path: Path) -> None:
    run()(tmp_path / "house", Options(items=200, collections=("integrations",)))
    with Store.from_project(tmp_path / "house") as store:
        assert store.sql("select id, name, api_key from integrations").fetchall() == [(1, "Mail", None)]


def test_a_collection_with_an_odd_name_is_found_in_its_file(tmp_path: Path) -> None:
    record = {"content": {"notes": {"file": "content/collection-1.json", "items": 1}}}
    (project(tmp_path, **record) / "content").mkdir()
    (tmp_path / "content" / "collection-1.json").write_text('[{"id": 1, "text": "here"}]', "utf-8")
    with Store.from_project(tmp_path) as store:
        assert store.count("notes") == 1


@pytest.mark.parametrize("gone", ["roles", "policies", "permissions", "access", "users", "files", "folders"])
def test_half_of_an_access_loads_and_the_missing_half_is_said(tmp_path: Path, gone: str) -> None:
    run({f"/{gone}": status(403)})(tmp_path / "house", Options(items=5))
    with Store.from_project(tmp_path / "house") as store:
        assert store.count("pages") == 4
        (said,) = [note for note in store.notes if "has no right to read it" in note]
        assert f"directus_{gone}" in said


@pytest.mark.parametrize(
    "gone", ["directus_users", "directus_users.role", "directus_files", "directus_folders", "organisations"]
)
def test_a_project_loads_without_what_was_excluded(tmp_path: Path, gone: str) -> None:
    run()(tmp_path / "house", Options(items=5, exclude=(gone,)))
    with Store.from_project(tmp_path / "house") as store:
        assert store.count("pages") == 4
        assert any(f"left out, as you asked: {gone}" in note for note in store.notes)
