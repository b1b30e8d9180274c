"""What a pull takes from a live Directus, what it never takes, and what is left of one that ends early."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from scopebox import Store
from scopebox.directus.client import MAX_ANSWER
from scopebox.directus.pull_folder import PullFolder
from scopebox.errors import PullError, SchemaError, ScopeboxError
from scopebox.store.sources.pulled import Options

from tests.pull_recording import EDITOR
from tests.unit.directus.servers import ADDRESS, ALL, RECORDING_12, Answer, Run, content, data, run, status

if TYPE_CHECKING:
    from collections.abc import Callable


def loaded(folder: Path, name: str) -> list[dict[str, object]]:
    found = json.loads((folder / name).read_text("utf-8"))
    assert isinstance(found, list)
    return found


def ids(folder: Path, collection: str) -> set[object]:
    return {item["id"] for item in loaded(folder, f"content/{collection}.json")}


def test_a_pull_writes_schema_access_and_items_as_the_directus_answers_them(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    pulled = run()
    pulled(folder)
    assert {path.name for path in folder.iterdir()} == {
        *(".gitignore", "pull.json", "snapshot.json", "content"),
        *("roles.json", "policies.json", "permissions.json", "access.json", "users.json", "files.json", "folders.json"),
    }
    snapshot = json.loads((folder / "snapshot.json").read_text("utf-8"))
    assert snapshot["directus"] == "11.17.4"
    assert {entry["name"] for entry in loaded(folder, "roles.json")} == {"Administrator", "Editor"}
    own = {"organisation": {"_eq": "$CURRENT_USER.organisation"}}
    assert own in [entry["permissions"] for entry in loaded(folder, "permissions.json")]
    assert len(loaded(folder, "content/comments.json")) == 40
    assert json.loads((folder / "content" / "settings.json").read_text("utf-8")) == {"id": 1, "site_name": "The house"}
    assert pulled.said[:3] == [
        f"Directus 11.17.4 at {ADDRESS}",
        "schema: 12 collections, 52 fields",
        "access: 2 roles, 3 policies, 28 permissions",
    ]
    assert "comments: 40 items" in pulled.said


def test_a_token_that_travels_unencrypted_is_said_once_before_anything_is_sent(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house", address="http://directus.test")
    assert [number for number, line in enumerate(pulled.said) if "unencrypted" in line] == [0]


def test_only_get_and_search_are_ever_sent(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house")
    assert {request.method for request in pulled.front.asked} <= {"GET", "SEARCH"}
    assert not any(path.startswith("/assets") for path in pulled.front.paths())


def test_secrets_concealed_and_hashed_fields_are_neither_asked_for_nor_written(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house", Options(items=200, with_users=True))
    written = b"".join(content(tmp_path / "house").values())
    assert b"SECRET-" not in written
    assert b"**********" not in written
    (asked,) = [
        request.url.params["fields"] for request in pulled.front.asked if request.url.path == "/items/integrations"
    ]
    assert asked == "id,name"
    assert "integrations.api_key, integrations.pin" in pulled.text


def test_the_token_is_written_nowhere(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house")
    assert not any(b"recorded-" in written for written in content(tmp_path / "house").values())
    assert "recorded-" not in pulled.text


def test_users_come_without_personal_fields_unless_they_are_wanted(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "without")
    assert b"PERSONAL" not in b"".join(content(tmp_path / "without").values())
    assert b"personal" not in (tmp_path / "without" / "users.json").read_bytes()
    users = loaded(tmp_path / "without", "users.json")
    assert [user["email"] for user in users] == [f"user-{number}@example.invalid" for number in (1, 2, 3)]
    assert {user["organisation"] for user in users} == {None, 1, 2}  # what rules of the project ask for
    asked = ",".join(request.url.params["fields"] for request in pulled.front.asked if request.url.path == "/users")
    assert not {"first_name", "email", "telephone", "password", "token"} & set(asked.split(","))
    run()(tmp_path / "with", Options(items=200, with_users=True))
    (user,) = [user for user in loaded(tmp_path / "with", "users.json") if user["email"] == "personal1@example.com"]
    assert user["telephone"] == "PERSONAL-telephone"
    assert not {"password", "token", "tfa_secret", "auth_data", "last_access"} & set(user)


def test_a_small_sample_brings_along_what_it_refers_to_and_what_belongs_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    run()(folder, Options(items=1))
    assert ids(folder, "pages") >= {1}
    blocks = [block for block in loaded(folder, "content/pages_blocks.json") if block["pages_id"] == 1]
    assert {block["collection"] for block in blocks} == {"block_hero", "block_text"}
    assert {str(key) for name in ("block_hero", "block_text") for key in ids(folder, name)} >= {
        block["item"] for block in blocks
    }
    assert {link["block"] for link in loaded(folder, "content/block_text_links.json")} == {1}
    codes = {item["languages_code"] for item in loaded(folder, "content/pages_translations.json")}
    assert {item["code"] for item in loaded(folder, "content/languages.json")} >= codes
    assert len(loaded(folder, "content/comments.json")) < 40


def test_named_collections_are_sampled_alone_and_bring_what_they_need(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house", Options(items=200, collections=("pages",)))
    names = {path.stem for path in (tmp_path / "house" / "content").iterdir()}
    assert names >= {
        "pages",
        "pages_blocks",
        "pages_translations",
        "block_hero",
        "block_text",
        "block_text_links",  # part of a block, which is part of a page
        "organisations",
        "languages",
    }
    assert not {"menu", "settings", "integrations"} & names
    assert "/items/menu" not in pulled.front.paths()
    assert loaded(tmp_path / "house", "files.json")


def test_nothing_is_asked_of_what_is_excluded(tmp_path: Path) -> None:
    pulled = run()
    pulled(
        tmp_path / "house",
        Options(items=200, exclude=("comments", "pages.permalink", "directus_files", "directus_users.organisation")),
    )
    assert "/items/comments" not in pulled.front.paths()
    assert "/files" not in pulled.front.paths()
    assert not any("permalink" in page for page in loaded(tmp_path / "house", "content/pages.json"))
    assert not any("organisation" in user for user in loaded(tmp_path / "house", "users.json"))
    assert "left out, as you asked: comments, pages.permalink" in pulled.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(items=5, exclude=("comment",)), "did you mean comments"),
        (Options(items=5, exclude=("pages.titel",)), "did you mean title"),
        (Options(items=5, exclude=("pages.id",)), "it is the key"),
        (Options(items=5, collections=("page",)), "did you mean pages"),
        (Options(items=-1), "between 0 and"),
        (Options(items=10**9), "between 0 and"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_written(tmp_path: Path, options: Options, said: str) -> None:
    with pytest.raises(PullError) as raised:
        run()(tmp_path / "house", options)
    assert said in str(raised.value).lower()
    assert not (tmp_path / "house").exists()


def test_without_items_there_are_schema_and_access_alone(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house", Options(items=0))
    assert not list((tmp_path / "house" / "content").iterdir())
    assert not any(path.startswith("/items/") for path in pulled.front.paths())
    assert pulled.said[-1] == f"Now on disk in {tmp_path / 'house'}: no real items"


def test_the_last_line_says_how_many_real_items_of_which_collections_lie_on_disk(tmp_path: Path) -> None:
    pulled = run()
    pulled(tmp_path / "house", Options(items=200, collections=("menu",)))
    assert pulled.said[-1].startswith(f"Now on disk in {tmp_path / 'house'}: ")
    assert "menu 3" in pulled.said[-1]
    assert "1 user (without personal fields)" in pulled.said[-1]


def test_git_ignores_the_items_before_there_are_any(tmp_path: Path) -> None:
    with pytest.raises(PullError):
        run({"/items/organisations": status(503)})(tmp_path / "house")
    ignored = (tmp_path / "house" / ".gitignore").read_text("utf-8").split()
    assert {"/content/", "/users.json", "/files.json"} <= set(ignored)


def test_an_editor_gets_half_a_project_and_is_told_what_is_missing_and_why(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    pulled = run({"/schema/snapshot": status(403)})
    pulled(folder, token=EDITOR)
    assert "only an administrator may read /schema/snapshot" in pulled.text
    snapshot = json.loads((folder / "snapshot.json").read_text("utf-8"))
    assert {entry["collection"] for entry in snapshot["collections"]} == {
        *("organisations", "languages", "pages", "pages_blocks", "pages_translations", "block_hero", "block_text"),
    }
    assert not any(str(entry["collection"]).startswith("directus_") for entry in snapshot["fields"])
    assert ids(folder, "pages") == {2, 4}
    for name in ("directus_policies", "directus_permissions", "directus_access", "directus_files"):
        assert name in pulled.text
    assert "the user of the token has no right to read it" in pulled.text
    assert not (folder / "permissions.json").exists()


def test_a_field_without_a_right_is_left_out_of_every_item_and_said(tmp_path: Path) -> None:
    pages = [{"id": 1, "title": "Home", "status": "draft"}]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["fields"] != "*":
            return httpx.Response(403, json={"errors": [{"message": "no"}]})
        return httpx.Response(200, json={"data": pages})

    pulled = run({"/items/pages": answer})
    pulled(tmp_path / "house", Options(items=200, collections=("pages",)))
    assert loaded(tmp_path / "house", "content/pages.json") == pages
    assert "the user of the token has no right to read it: pages.permalink" in pulled.text.replace(
        "pages.date_created, ", ""
    ).replace("pages.image, pages.organisation, ", "")


@pytest.mark.parametrize("answer", [status(403), status(500), status(404)])
def test_one_collection_that_fails_is_said_and_the_others_come(tmp_path: Path, answer: Answer) -> None:
    pulled = run({"/items/comments": answer})
    pulled(tmp_path / "house")
    assert not (tmp_path / "house" / "content" / "comments.json").exists()
    assert ids(tmp_path / "house", "pages") == {1, 2, 3, 4}
    assert ": comments" in pulled.text


@pytest.mark.parametrize(
    "answers",
    [
        {"/fields": status(403), "/schema/snapshot": status(403)},
        {"/schema/snapshot": data([])},
        {"/schema/snapshot": data({"collections": []})},
        {"/schema/snapshot": data({"collections": "x", "fields": 1})},
        {"/schema/snapshot": data({"collections": [{"collection": 5}], "fields": []})},
    ],
    ids=["no fields", "a list", "no fields key", "no lists", "no text"],
)
def test_without_a_schema_nothing_is_written(tmp_path: Path, answers: dict[str, Answer]) -> None:
    with pytest.raises(PullError):
        run(answers)(tmp_path / "house")
    assert not (tmp_path / "house").exists()


def test_items_that_break_the_schema_are_left_out_and_the_first_is_named(tmp_path: Path) -> None:
    wrong: list[object] = [
        {"id": 1, "page": 1, "text": "right"},
        {"id": "one", "page": 1, "text": "a"},
        {"page": 1, "text": "without a key"},
        {"id": 2, "page": {"id": 1}, "text": "an object"},
        {"id": 1, "page": 1, "text": "twice"},
        ["a list"],
        {"id": 3, "page": 2, "text": "right", "surplus": "nobody asked"},
    ]
    pulled = run({"/items/comments": data(wrong)})
    pulled(tmp_path / "house")
    assert loaded(tmp_path / "house", "content/comments.json") == [
        {"id": 1, "page": 1, "text": "right"},
        {"id": 3, "page": 2, "text": "right"},
    ]
    assert "comments[1].id: " in pulled.text
    assert "and 3 more items: left out" in pulled.text


def test_items_that_are_too_large_are_left_out_one_by_one(tmp_path: Path) -> None:
    comments = [{"id": key, "page": 1, "text": "x" * (MAX_ANSWER + 1) if key == 5 else "short"} for key in range(1, 9)]

    def answer(request: httpx.Request) -> httpx.Response | None:
        params = request.url.params
        if "filter" in params:
            return None
        start, most = int(params.get("offset", 0)), int(params["limit"])
        return httpx.Response(200, json={"data": comments[start : start + most]})

    pulled = run({"/items/comments": answer})
    pulled(tmp_path / "house", Options(items=200, collections=("comments",)))
    assert ids(tmp_path / "house", "comments") == {1, 2, 3, 4, 6, 7, 8}
    assert "comments: 1 item too large, left out" in pulled.text


def test_names_of_the_server_become_no_path_and_rule_no_terminal(tmp_path: Path) -> None:
    key = {"field": "id", "type": "integer", "schema": {"is_primary_key": True}, "meta": {}}
    names = [
        "../escape",
        "CON",
        "con",
        "a/b",
        "\x1b[2Jred",
        "ok",
        "OK",
        "x" * 300,
        "\u202eesrever",
        "sub.dir",
        ".hidden",
    ]
    snapshot = {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in names],
        "fields": [{**key, "collection": name} for name in names],
        "relations": [],
    }
    answers = {
        "/schema/snapshot": data(snapshot),
        "*": lambda request: (
            httpx.Response(200, json={"data": [{"id": 1}]}) if request.url.path.startswith("/items/") else None
        ),
    }
    pulled = run(answers)
    pulled(tmp_path / "in" / "house")
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"house"}
    written = [path.name for path in (tmp_path / "in" / "house" / "content").iterdir()]
    assert len({name.lower() for name in written}) == len(written)
    assert all(name.removesuffix(".json").replace("-", "").replace("_", "").isalnum() for name in written)
    assert not any(name.lower().startswith("con.") for name in written)
    assert "\x1b" not in pulled.text
    assert "\u202e" not in pulled.text


def test_a_second_run_goes_on_and_asks_for_nothing_that_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    with pytest.raises(PullError, match="goes on"):
        run({"/items/menu": status(503)})(folder, Options(items=3))
    before = content(folder)
    assert json.loads(before["pull.json"])["finished"] == ""
    again = run()
    again(folder, Options(items=3))
    asked = [request.url.path for request in again.front.asked if "filter" not in request.url.params]
    assert not {"/schema/snapshot", "/roles", "/items/comments", "/items/block_hero"} & set(asked)
    assert "/items/menu" in asked
    whole = tmp_path / "whole"
    run()(whole, Options(items=3))
    assert content(folder).keys() == content(whole).keys()
    for name, text in content(whole).items():
        if name.startswith("content/"):
            assert sorted(text.split(b"\n")) == sorted(content(folder)[name].split(b"\n")), name


def test_a_finished_pull_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    run()(folder)
    before = content(folder)
    again = run()
    again(folder)
    assert content(folder) == before
    assert again.front.asked == []
    assert "is finished since" in again.said[0]


@pytest.mark.parametrize(
    ("options", "address", "said"),
    [(Options(items=3), ADDRESS, "other options"), (ALL, "http://other.test", "holds a pull from")],
)
def test_a_pull_goes_on_only_as_it_began(tmp_path: Path, options: Options, address: str, said: str) -> None:
    folder = tmp_path / "house"
    run()(folder)
    before = content(folder)
    with pytest.raises(PullError, match=said):
        run()(folder, options, address=address)
    assert content(folder) == before


def test_a_folder_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    pulled = run()
    with pytest.raises(PullError, match="not empty, and no pull began it") as raised:
        pulled(tmp_path)
    assert "--to" in raised.value.hint
    assert content(tmp_path) == {"notes.txt": b"mine"}
    assert pulled.front.asked == []


@pytest.mark.parametrize("text", ["{}", "[1]", "{", '{"server": "x", "options": {}, "scopebox_pull": 7}'])
def test_a_pull_json_that_no_pull_wrote_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pull.json").write_text(text, "utf-8")
    with pytest.raises(Exception, match=r"pull\.json"):
        run()(tmp_path)
    assert content(tmp_path) == {"pull.json": text.encode()}


def begun(folder: Path, file: str) -> None:
    """Make what an unfinished pull leaves, whose ``pull.json`` says that ``file`` holds the pages."""
    (folder / "content").mkdir(parents=True)
    record = {"server": ADDRESS, "options": {"items": 200}, "begun": "x", "content": {"pages": {"file": file}}}
    (folder / "pull.json").write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    "file",
    [
        *("{outside}", "../mine.txt", "../new.txt", "content/../../new.txt", "pull.json", ".gitignore", "snapshot.json", "users.json"),
        *("a\0b", "", ".", "..", "content", "content/", "content/a/b.json", "content/menu.json", "content/collection-0.json", "x" * 300),
    ],
)  # fmt: skip
def test_a_pull_json_that_names_a_file_that_no_pull_writes_is_refused(tmp_path: Path, file: str) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", "utf-8")
    begun(tmp_path / "house", file.format(outside=mine))
    before, pulled = content(tmp_path), run()
    with pytest.raises(SchemaError, match=r"pull\.json: content\.\"pages\"\.file is ") as raised:
        pulled(tmp_path / "house")
    assert "Pull into a new folder" in raised.value.hint
    assert content(tmp_path) == before
    assert pulled.front.asked == []


def test_a_pull_json_with_one_file_for_two_collections_is_refused(tmp_path: Path) -> None:
    files = {"Pages": {"file": "content/Pages.json"}, "pages": {"file": "content/pages.json"}}
    record = {"server": ADDRESS, "options": {"items": 200}, "content": files}
    (tmp_path / "pull.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(SchemaError, match=r"pull\.json: content\.\"pages\"\.file .* holds \"Pages\" already"):
        run()(tmp_path)


@pytest.mark.parametrize("target", ["elsewhere", ".", "content"])
def test_a_link_in_the_folder_leads_no_pull_elsewhere(tmp_path: Path, target: str) -> None:
    begun(tmp_path / "house", "content/pages.json")
    (tmp_path / "house" / "content").rmdir()
    (tmp_path / "house" / "content").symlink_to(tmp_path / target if target == "elsewhere" else target)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ScopeboxError, match="content") as raised:
        run()(tmp_path / "house")
    assert "--to" in raised.value.hint or "link" in str(raised.value)
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not (tmp_path / "house" / "pages.json").exists()


def test_a_link_in_place_of_a_file_is_replaced_and_what_it_names_stays(tmp_path: Path) -> None:
    begun(tmp_path / "house", "content/pages.json")
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    for name in (".gitignore", "snapshot.json", ".snapshot.json.part", "content/menu.json"):
        (tmp_path / "house" / name).symlink_to(tmp_path / "mine.txt")
    run()(tmp_path / "house")
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"
    assert not any(path.is_symlink() for path in (tmp_path / "house").rglob("*"))


def test_a_folder_that_the_user_names_by_a_link_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "house").symlink_to(tmp_path / "real")
    run()(tmp_path / "house")
    assert ids(tmp_path / "real", "pages") == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "name", ["/tmp/x", "../x", "content/../../x", "a/b", "content/a/b", "a\0b", "", ".", "..", "C:x", "a\\b"]
)
def test_nothing_is_written_outside_of_the_folder_whoever_asks(tmp_path: Path, name: str) -> None:
    folder = PullFolder.open(tmp_path / "house", ADDRESS, ALL)
    folder.begin()
    before = content(tmp_path)
    with pytest.raises(PullError, match="not in the folder"):
        folder.write(name, b"x")
    assert content(tmp_path) == before


@pytest.mark.parametrize("text", ["5", "{}", "[5, null]", '[{"user": {}}]'])
def test_an_access_json_of_somebody_else_gives_no_users(tmp_path: Path, text: str) -> None:
    with pytest.raises(PullError):
        run({"/items/menu": status(503)})(tmp_path / "house")
    (tmp_path / "house" / "access.json").write_text(text, "utf-8")
    run()(tmp_path / "house")
    assert json.loads((tmp_path / "house" / "pull.json").read_text("utf-8"))["finished"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(PullError, match="cannot be used"):
        run()(tmp_path / "file")
    with pytest.raises(PullError, match="cannot be"):
        run()(tmp_path / "file" / "below")


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, at: str) -> None:
    """Let the writing of the file ``at`` fail in the middle."""
    whole: Callable[[int], None] = os.fsync

    def broken(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == f".{at}.part":
            raise error
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", broken)


@pytest.mark.parametrize("at", ["snapshot.json", "roles.json", "pages.json", "menu.json", "users.json"])
def test_a_disk_that_is_full_leaves_nothing_half_and_the_pull_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    folder = tmp_path / "house"
    with monkeypatch.context() as patch:
        failing(patch, OSError(errno.ENOSPC, "No space left on device"), at)
        with pytest.raises(PullError, match="No space left on device") as raised:
            run()(folder)
    assert at in str(raised.value)
    for name, text in content(folder).items():
        assert not name.endswith(".part")
        if name.endswith(".json"):
            msgspec.json.decode(text)
    run()(folder)
    assert json.loads((folder / "pull.json").read_text("utf-8"))["finished"]
    assert ids(folder, "pages") == {1, 2, 3, 4}


@pytest.mark.parametrize("at", ["pages.json", "comments.json"])
def test_an_interrupt_leaves_whole_files_and_the_pull_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    folder = tmp_path / "house"
    with monkeypatch.context() as patch:
        failing(patch, KeyboardInterrupt(), at)
        with pytest.raises(KeyboardInterrupt):
            run()(folder)
    assert not any(name.endswith(".part") for name in content(folder))
    assert not (folder / "content" / at).exists()
    run()(folder)
    assert (folder / "content" / at).exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(PullError, match="cannot be written: Permission denied"):
        run()(tmp_path / "house")


def test_what_an_earlier_run_left_half_is_taken_away(tmp_path: Path) -> None:
    folder = PullFolder.open(tmp_path / "house", ADDRESS, ALL)
    folder.begin()
    (folder.path / ".snapshot.json.part").write_text("half", "utf-8")
    folder.write("snapshot.json", b"{}")
    assert not (folder.path / ".snapshot.json.part").exists()


def test_a_server_that_asks_for_smaller_pages_gets_them(tmp_path: Path) -> None:
    info = {"version": "11.17.4", "queryLimit": {"default": 10, "max": 7}}
    pulled: Run = run({"/server/info": data(info)})
    pulled(tmp_path / "house", Options(items=20, collections=("comments",)))
    limits = [int(request.url.params["limit"]) for request in pulled.front.asked if "limit" in request.url.params]
    assert max(limits) <= 7
    assert len(loaded(tmp_path / "house", "content/comments.json")) == 20


def test_another_version_is_pulled_with_a_word_about_it(tmp_path: Path) -> None:
    pulled = run({"/server/info": data({"version": "10.13.1"})})
    pulled(tmp_path / "house")
    assert "Directus 10.13.1: pull knows 11 and 12" in pulled.text


UNLICENSED = {"version": "12.4.1", "license": {"source": None, "entitlements": {}}}


@pytest.mark.parametrize(
    ("info", "answer", "ignored"),
    [
        (UNLICENSED, status(403), True),
        (UNLICENSED, data({"entitlements": {"custom_permission_rules_enabled": {"default": False}}}), True),
        (UNLICENSED, data({"entitlements": {"custom_permission_rules_enabled": {"default": True}}}), False),
        (
            UNLICENSED,
            data({"entitlements": {"custom_permission_rules_enabled": {"default": False, "override": True}}}),
            False,
        ),
        (UNLICENSED, data([]), True),
        ({"version": "12.4.1", "license": {"source": "env"}}, status(403), False),
        ({"version": "11.17.4"}, status(404), False),
    ],
)
def test_a_12_without_a_licence_ignores_rules_and_pull_and_store_say_so(
    tmp_path: Path, info: object, answer: Answer, ignored: bool
) -> None:
    pulled = run({"/server/info": data(info), "/license": answer})
    pulled(tmp_path / "house", Options(items=0))
    assert ("this Directus 12 has no licence" in pulled.text) == ignored
    with Store.from_project(tmp_path / "house") as store:
        assert any("this Directus 12 has no licence" in note for note in store.notes) == ignored


def test_a_directus_12_is_pulled_as_an_11_is(tmp_path: Path) -> None:
    pulled = run(path=RECORDING_12)
    pulled(tmp_path / "house")
    assert pulled.said[:2] == [f"Directus 12.4.1 at {ADDRESS}", "schema: 12 collections, 52 fields"]
    assert "this Directus 12 has no licence" in pulled.text
    written = content(tmp_path / "house")
    run()(tmp_path / "eleven")
    assert written.keys() == content(tmp_path / "eleven").keys()
    assert not any(secret in text for text in written.values() for secret in (b"SECRET-", b"PERSONAL", b"recorded-"))
    with Store.from_project(tmp_path / "house") as store:
        assert [store.count(name) for name in ("pages", "pages_blocks", "menu", "settings", "comments")] == [
            4,
            6,
            3,
            1,
            40,
        ]
        assert any("this Directus 12 has no licence" in note for note in store.notes)


def test_an_editor_of_a_12_gets_what_they_may_read(tmp_path: Path) -> None:
    pulled = run(path=RECORDING_12)
    pulled(tmp_path / "house", token=EDITOR)
    assert ids(tmp_path / "house", "pages") == {1, 2, 3, 4}  # the rule that an 11 applies is not there
    assert "only an administrator may read /schema/snapshot" in pulled.text


def test_what_several_relations_bring_of_a_collection_is_taken_together(tmp_path: Path) -> None:
    key = {"field": "id", "type": "integer", "schema": {"is_primary_key": True}, "meta": {}}
    names = ["x", "y", "z"]
    relations = [
        {"collection": "b", "field": name, "related_collection": "a", "meta": {"one_field": f"all_{name}"}}
        for name in names
    ]
    fields = [{"collection": "b", "field": name, "type": "integer", "schema": {}, "meta": {}} for name in names]
    snapshot = {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in ("a", "b")],
        "fields": [*({**key, "collection": name} for name in ("a", "b")), *fields],
        "relations": relations,
    }

    def related(request: httpx.Request) -> httpx.Response:
        (name,) = json.loads(request.url.params.get("filter", '{"":0}'))
        at = names.index(name) + 2 if name else 1
        item = {"id": at, **dict.fromkeys(names), **({name: 1} if name else {})}
        return httpx.Response(200, json={"data": [item], "meta": {"filter_count": 1 if name else 9}})

    pulled = run({"/schema/snapshot": data(snapshot), "/items/a": data([{"id": 1}]), "/items/b": related})
    pulled(tmp_path / "house", Options(items=1))
    assert ids(tmp_path / "house", "b") == {1, 2, 3, 4}
    assert [line for line in pulled.said if "related" in line] == ["b: 3 related items"]


def test_a_pull_that_ends_early_has_noted_all_that_is_whole(tmp_path: Path) -> None:
    key = {"field": "id", "type": "integer", "schema": {"is_primary_key": True}, "meta": {}}
    names = [f"{number:0>75}" for number in range(120)]
    snapshot = {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in names],
        "fields": [{**key, "collection": name} for name in names],
        "relations": [],
    }
    some = {f"/items/{name}": data([{"id": 1}]) for name in names[:-1]}
    with pytest.raises(PullError):
        run({**some, "/schema/snapshot": data(snapshot), f"/items/{names[-1]}": status(503)})(tmp_path / "house")
    noted = json.loads((tmp_path / "house" / "pull.json").read_text("utf-8"))
    assert noted["parts"][2:] == names[:-1]
