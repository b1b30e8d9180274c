"""Projects in the forms that a Directus and its tools write: each is found, and they mean the same."""

from __future__ import annotations

import json
import shutil
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path

import pytest
from scopebox.errors import SchemaError
from scopebox.store.access import Access
from scopebox.store.sources.files import MAX_ENTRY
from scopebox.store.sources.item_sources import Listed
from scopebox.store.sources.project import Project
from scopebox.store.store import Store

from tests.stores import content, listed, read_project

TEMPLATE = Path(__file__).parents[3] / "data" / "projects" / "template"
LISTS = ("access", "policies", "permissions", "roles", "users", "files", "folders")


def given(folder: Path, name: str) -> object:
    return json.loads((folder / name).read_text("utf-8"))


def write(folder: Path, name: str, value: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATE / "src", tmp_path / "copy"))


def rights(access: Access) -> object:
    """Return what counts of an access."""
    return (
        {user.id: access.policy_ids(access.for_user(user)) for user in access.users.values()},
        access.policy_ids(access.public()),
        {policy.id: [repr(rule) for rule in policy.permissions] for policy in access.policies.values()},
    )


def as_answers_of_the_api(folder: Path) -> None:
    for path in [*folder.glob("content/*.json"), *(folder / f"{name}.json" for name in LISTS)]:
        write(folder, f"{path.relative_to(folder)}", {"data": json.loads(path.read_text("utf-8"))})
    write(folder, "schema/snapshot.json", {"data": given(folder, "schema/snapshot.json")})


def with_items_in_our_folder(folder: Path) -> None:
    (folder / "content").rename(folder / "items")
    (folder / "schema" / "snapshot.json").rename(folder / "snapshot.json")


def with_items_in_one_file(folder: Path) -> None:
    write(folder, "items.json", {path.stem: given(folder, f"content/{path.name}") for path in folder.glob("content/*")})
    shutil.rmtree(folder / "content")


def with_the_schema_of_the_api(folder: Path) -> None:
    shutil.rmtree(folder / "schema")


def with_exports_of_system_collections(folder: Path) -> None:
    for name in LISTS:
        (folder / f"{name}.json").rename(folder / "content" / f"directus_{name}.json")


def with_exports_of_system_collections_in_one_file(folder: Path) -> None:
    with_exports_of_system_collections(folder)
    with_items_in_one_file(folder)


def with_an_access_of_ours(folder: Path) -> None:
    lists = {name: given(folder, f"{name}.json") for name in LISTS[:5]}
    for name in LISTS[:5]:
        (folder / f"{name}.json").unlink()
    write(folder, "access.json", lists)


def with_the_mark_of_an_editor_in_each_file(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        path.write_bytes(BOM_UTF8 + path.read_bytes())


class TestForms:
    @pytest.mark.parametrize(
        "change",
        [
            as_answers_of_the_api, with_items_in_our_folder, with_items_in_one_file, with_the_schema_of_the_api, with_exports_of_system_collections,
            with_exports_of_system_collections_in_one_file, with_an_access_of_ours, with_the_mark_of_an_editor_in_each_file,
        ],
    )  # fmt: skip
    def test_each_means_the_same(self, copy: Path, change: Callable[[Path], None]) -> None:
        whole = read_project(TEMPLATE)
        change(copy)
        project = read_project(copy)
        assert project.schema == whole.schema
        assert project.items == whole.items
        assert project.system == whole.system
        assert rights(project.access) == rights(whole.access)

    def test_the_folder_of_the_template_tool_is_taken_as_it_is(self) -> None:
        with Store.from_project(TEMPLATE) as store, Store.from_project(TEMPLATE / "src") as inner:
            assert content(store) == content(inner)
            assert {name: len(view) for name, view in store.collections.items()} == {
                "settings": 1, "notice": 0, "pages": 3, "page_blocks": 3, "block_hero": 1, "block_text": 2, "menu": 4, "tags": 2,
            }  # fmt: skip
            assert store.notes[0] == "read as the template tool of Directus writes it"
            assert store.layout == (
                f"{TEMPLATE / 'src'}, as the template tool of Directus writes it: schema/snapshot.json, content/ (8 files), "
                "access.json, policies.json, permissions.json, roles.json, users.json, files.json and folders.json"
            )
            assert store.fork().layout == store.layout

    def test_what_a_template_has_beside_is_named_once(self) -> None:
        notes = read_project(TEMPLATE).notes
        assert "flows.json and settings.json: not used, the store has nothing of the kind" in notes
        assert "1 permission to share: nothing is shared here, not used (Writing: pages)" in notes
        assert "1 permission for directus_dashboards: the store does not have it, not used (Writing: read)" in notes
        assert "1 user with a concealed token: no request can carry it; give another one (Form Bot)" in notes

    def test_files_and_folders_are_handed_on(self) -> None:
        project = read_project(TEMPLATE)

        def named(kind: str, field: str) -> list[object]:
            return [entry[field] for entry in listed(project.system[kind], project.schema.system[kind])]

        assert named("directus_files", "title") == ["Logo"]
        assert named("directus_folders", "name") == ["Public"]

    def test_what_is_wrong_in_a_list_of_the_schema_is_named_with_its_file_once(self, copy: Path) -> None:
        with_the_schema_of_the_api(copy)
        write(copy, "collections.json", ["x" * MAX_ENTRY])
        with pytest.raises(SchemaError) as caught:
            read_project(copy)
        assert caught.value.message.startswith(f"{copy / 'collections.json'}: collections[0] has 2,097,154 bytes")

    def test_system_collections_that_a_store_does_not_have_are_named_with_their_file(self, copy: Path) -> None:
        write(copy, "items.json", {"directus_flows": []})
        write(copy, "items/directus_panels.json", [])
        what = "2 files of a system collection: the store does not have it, skipped (directus_flows in items.json, directus_panels.json)"
        assert what in read_project(copy).notes

    def test_users_stand_in_one_place(self, copy: Path) -> None:
        users = given(copy, "users.json")
        write(copy, "users.json", {"data": users})
        write(copy, "items/directus_users.json", users)
        with pytest.raises(
            SchemaError, match=r"users\.json and .*items/directus_users\.json both hold users\nKeep one of them"
        ):
            read_project(copy)

    def test_users_in_csv_are_refused(self, copy: Path) -> None:
        write(copy, "content/directus_users.csv", "id,email")
        with pytest.raises(
            SchemaError,
            match=r"directus_users\.csv: who may do what is not read from CSV\nExport directus_users as JSON",
        ):
            read_project(copy)

    def test_an_export_of_users_adds_to_the_users_of_an_access_of_ours(self, copy: Path) -> None:
        users = given(copy, "users.json")
        assert isinstance(users, list)
        for name in LISTS[:5]:
            (copy / f"{name}.json").unlink()
        write(copy, "items/directus_users.json", [{**user, "role": None} for user in users])
        ours = {"users": {"wanda": {"id": users[0]["id"], "role": "writer", "token": "t"}}, "roles": {"writer": {}}}
        write(copy, "access.json", ours)
        access = read_project(copy).access
        assert access.users["wanda"].data["first_name"] == "Wanda"
        assert access.for_token("t").role == access.for_role("writer").role
        assert len(access.users) == 2

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("items/pages.json", [], r"content/pages\.json both hold items of 'pages'"), ("content/pages.csv", "id\n", "both hold items of 'pages'"),
            ("content/directus_roles.json", [], r"roles\.json and .*directus_roles\.json both hold roles"), ("files.json", {}, r"files\.json: the items of 'directus_files' have to be a list"),
            ("content/directus_files.json", [], "both hold files"), ("users.json", [5], r"users\.json: users\[0\] has to be an object, not 5"),
            ("policies.json", [{"id": "p", "name": 5}], r"policies\.json: policies\[0\]\.name has to be a text, not 5"), ("access.json", "[1 2]", "access.json cannot be read: line 1"),
            ("content/pages.json", {"id": 1}, r"the items of 'pages' have to be a list of objects\nAn export=json"), ("access.json", 5, "has to hold an object or a list"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_with_its_file(self, copy: Path, name: str, value: object, message: str) -> None:
        write(copy, name, value)
        with pytest.raises(SchemaError, match=message):
            Store.from_project(copy)

    def test_a_folder_without_a_schema_says_what_is_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match=r"There is no schema in .*\nA project is a folder with a schema, looked"):
            read_project(tmp_path)
        with pytest.raises(SchemaError, match="There is no folder"):
            read_project(tmp_path / "gone")


def singleton(folder: Path, value: object) -> Project:
    write(folder, "content/settings.json", value)
    return read_project(folder)


class TestSingletons:
    @pytest.mark.parametrize("form", [lambda one: one, lambda one: [one], lambda one: {"data": one}])
    def test_one_item_may_stand_alone(self, copy: Path, form: Callable[[object], object]) -> None:
        assert singleton(copy, form({"id": "1", "title": "x"})).items["settings"] == Listed([{"id": "1", "title": "x"}])

    @pytest.mark.parametrize("value", [[], {"id": None, "title": "x"}, {"data": {"id": None}}, [{"id": None}]])
    def test_one_that_nobody_wrote_is_no_item(self, copy: Path, value: object) -> None:
        assert singleton(copy, value).items["settings"] == Listed([])

    def test_several_are_said(self, copy: Path) -> None:
        project = singleton(copy, [{"id": "1"}, {"id": "2"}])
        assert "1 singleton with several items: the first one is read (settings)" in project.notes


class TestBadSnapshots:
    @pytest.mark.parametrize("name", ["snapshot.yaml", "snapshot.json", "access.json", "content/pages.csv"])
    def test_a_merge_that_was_left_half_is_named_with_its_line(self, copy: Path, name: str) -> None:
        write(copy, name, "a: 1\nb:\n<<<<<<< HEAD\n  c\n=======\n  d\n>>>>>>> other\n")
        if name.endswith("csv"):
            (copy / "content" / "pages.json").unlink()
        with pytest.raises(SchemaError, match=r"line 3 is the mark of a merge conflict: <<<<<<< HEAD\nKeep one side"):
            read_project(copy)

    @pytest.mark.parametrize("version", [2, "2", None, [], "x" * 10_000])
    def test_another_form_of_snapshots_is_refused(self, copy: Path, version: object) -> None:
        snapshot = given(copy, "schema/snapshot.json")
        assert isinstance(snapshot, dict)
        write(copy, "schema/snapshot.json", {**snapshot, "version": version})
        with pytest.raises(
            SchemaError,
            match=r"version: .* is not a version of snapshots that is known here\nDirectus 9 to 12 write version: 1",
        ) as caught:
            read_project(copy)
        assert len(str(caught.value)) < 600

    @pytest.mark.parametrize(("directus", "said"), [("9.5.0", False), ("11.17.4", False), ("12.0.0", False), ("13.0.0", True), ("8.8.1", True), (5, False)])  # fmt: skip
    def test_a_directus_that_was_never_tried_is_noted(self, copy: Path, directus: object, said: bool) -> None:
        snapshot = given(copy, "schema/snapshot.json")
        assert isinstance(snapshot, dict)
        write(copy, "schema/snapshot.json", {**snapshot, "directus": directus})
        line = f"snapshot.json: written by Directus {directus!r}, read as one of 9 to 12"
        assert (line in read_project(copy).notes) is said

    def test_the_byte_at_which_json_ends_is_told_by_its_line(self, copy: Path) -> None:
        write(copy, "content/pages.json", '[\n{"id": 1},\n{"id" 2}]')
        with pytest.raises(SchemaError, match=r"pages\.json cannot be read: line 3: JSON is malformed"):
            read_project(copy)
