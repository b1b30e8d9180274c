"""What there is, over HTTP: as a snapshot said it, as it was made by hand, and as far as somebody may see it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from scopebox import Sandbox, Store
from scopebox.server.routes import route, schema
from scopebox.store.schema.system import NAMES

from tests.conformance.sequences import client_for

if TYPE_CHECKING:
    from collections.abc import Iterable

Data = dict[str, object]
SNAPSHOT: Data = {
    "version": 1,
    "directus": "11.17.4",
    "vendor": "sqlite",
    "collections": [
        {"collection": "desk", "meta": {"icon": "folder"}, "schema": None},
        {
            "collection": "pages",
            "meta": {"icon": "article", "group": "desk", "sort_field": "sort"},
            "schema": {"name": "pages"},
        },
        {"collection": "hidden", "meta": {}, "schema": {"name": "hidden"}},
    ],
    "fields": [
        {
            "collection": "pages",
            "field": "id",
            "type": "integer",
            "schema": {"is_primary_key": True, "has_auto_increment": True},
        },
        {
            "collection": "pages",
            "field": "title",
            "type": "string",
            "meta": {"interface": "input"},
            "schema": {"data_type": "varchar"},
        },
        {"collection": "pages", "field": "sort", "type": "integer", "schema": {}},
        {"collection": "pages", "field": "line", "type": "alias", "meta": {"special": ["alias", "no-data"]}},
        {"collection": "pages", "field": "shape", "type": "made.up", "schema": {}},
        {
            "collection": "hidden",
            "field": "id",
            "type": "integer",
            "schema": {"is_primary_key": True, "has_auto_increment": True},
        },
        {"collection": "hidden", "field": "page", "type": "integer", "schema": {}},
        {"collection": "directus_users", "field": "nick", "type": "string", "schema": {}},
    ],
    "relations": [
        {
            "collection": "hidden",
            "field": "page",
            "related_collection": "pages",
            "meta": {"sort_field": None},
            "schema": {"on_delete": "CASCADE"},
        },
    ],
}
ACCESS: Data = {
    "users": {
        "root": {"admin": True, "token": "root"},
        "app": {"role": "app", "token": "app"},
        "api": {"role": "api", "token": "api"},
    },
    "roles": {"app": {"policies": ["app"]}, "api": {"policies": ["api"]}},
    "policies": {
        "app": {
            "app_access": True,
            "permissions": [{"collection": "pages", "action": "read", "fields": ["id", "title"]}],
        },
        "api": {
            "permissions": [
                {"collection": "pages", "action": "read", "fields": ["*"]},
                {
                    "collection": "pages",
                    "action": "update",
                    "fields": ["title"],
                    "presets": {"title": "$CURRENT_ROLE"},
                    "permissions": {"id": {"_gt": 0}},
                },
            ]
        },
    },
}
ITEMS = {"pages": [{"id": at, "title": f"p{at}", "sort": None if at > 3 else at} for at in range(1, 6)], "hidden": []}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, data in (("snapshot", SNAPSHOT), ("access", ACCESS), ("items", ITEMS)):
        (tmp_path / f"{name}.json").write_text(json.dumps(data), "utf-8")
    return tmp_path


@pytest.fixture
def site(project: Path) -> Sandbox:
    return Sandbox(Store.from_project(project))


def ask(box: Sandbox, token: str, path: str, method: str = "GET", **options: object) -> tuple[int, object]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = box.request(method, path, headers=headers, **options)
    body = answer.json() if answer.content else None
    return answer.status_code, body["errors"][0]["message"] if isinstance(
        body, dict
    ) and "errors" in body else body and body["data"]


def names(found: tuple[int, object], key: str = "collection") -> list[object]:
    return [
        entry[key] for entry in cast("list[Data]", found[1]) if not str(entry["collection"]).startswith("directus_")
    ]


def test_an_administrator_sees_all_of_it_as_the_snapshot_said_it(site: Sandbox) -> None:
    assert names(ask(site, "root", "/collections")) == ["desk", "pages", "hidden"]
    status, desk = ask(site, "root", "/collections/desk")
    assert (status, cast("Data", desk)["schema"], cast("Data", cast("Data", desk)["meta"])["icon"]) == (
        200,
        None,
        "folder",
    )
    assert names(ask(site, "root", "/fields/pages"), "field") == ["id", "title", "sort", "line"]
    _, title = ask(site, "root", "/fields/pages/title")
    assert cast("Data", title)["type"] == "string"
    assert cast("Data", cast("Data", title)["schema"])["data_type"] == "varchar"
    assert cast("Data", cast("Data", title)["meta"])["interface"] == "input"
    _, relation = ask(site, "root", "/relations/hidden/page")
    assert cast("Data", cast("Data", relation)["schema"])["on_delete"] == "CASCADE"
    _, snapshot = ask(site, "root", "/schema/snapshot")
    assert (cast("Data", snapshot)["directus"], cast("Data", snapshot)["vendor"]) == ("11.17.4", "sqlite")
    fields = cast("list[Data]", cast("Data", snapshot)["fields"])
    assert ("directus_users", "nick") in {(entry["collection"], entry["field"]) for entry in fields}


def test_the_collections_of_the_system_are_described_as_a_directus_does(site: Sandbox) -> None:
    found = cast("list[Data]", ask(site, "root", "/collections")[1])
    system = [entry for entry in found if str(entry["collection"]).startswith("directus_")]
    assert found[-len(system) :] == system
    assert {entry["collection"] for entry in system} == NAMES
    assert next(entry for entry in system if entry["collection"] == "directus_access")["meta"] == {
        "collection": "directus_access", "hidden": False, "singleton": False, "icon": "admin_panel_settings",
        "note": "$t:directus_collection.directus_access", "translations": None, "display_template": "{{ policy.name }}", "accountability": "all",
        "sort_field": "sort", "system": True,
    }  # fmt: skip
    seen = [entry["collection"] for entry in cast("list[Data]", ask(site, "app", "/collections")[1])]
    assert {"directus_presets", "directus_users"} <= {*seen}
    assert not {"directus_policies", "directus_permissions"} & {*seen}


def test_a_snapshot_that_was_answered_is_answered_again(site: Sandbox, tmp_path: Path) -> None:
    _, snapshot = ask(site, "root", "/schema/snapshot")
    again = tmp_path / "again"
    again.mkdir()
    (again / "snapshot.json").write_text(json.dumps(snapshot), "utf-8")
    with Store.from_project(again) as store, Sandbox(store) as box:
        assert ask(box, store.access.new_token, "/schema/snapshot") == (200, snapshot)


def test_who_may_use_the_app_sees_what_he_may_read(site: Sandbox) -> None:
    assert names(ask(site, "app", "/collections")) == ["desk", "pages"]
    assert names(ask(site, "app", "/fields"), "field") == ["id", "title"]
    assert ask(site, "app", "/relations/hidden") == (200, [])
    forbidden = "You don't have permission to access this."
    for path in ("/fields/hidden", "/fields/pages/sort", "/relations/hidden/page", "/schema/snapshot"):
        assert ask(site, "app", path) == (403, forbidden)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/collections", 'access collection "directus_collections" or it does not exist. Queried in root.'),
        ("/collections/hidden", 'perform "read" for collection "hidden" or it does not exist.'),
        ("/fields", 'perform "read" for collection "directus_fields" or it does not exist.'),
        ("/fields/nope", 'access collection "nope" or it does not exist. Queried in root.'),
        ("/relations", 'perform "read" for collection "directus_relations" or it does not exist.'),
        ("/presets", 'access collection "directus_presets" or it does not exist. Queried in root.'),
    ],
)
def test_a_role_without_the_app_is_refused(site: Sandbox, path: str, message: str) -> None:
    assert ask(site, "api", path) == (403, f"You don't have permission to {message}")


def test_one_may_ask_what_one_may_do(site: Sandbox) -> None:
    _, mine = ask(site, "api", "/permissions/me")
    pages = cast("dict[str, dict[str, Data]]", mine)["pages"]
    role = site.store.access.roles["api"].id
    assert pages["read"] == {"access": "full", "fields": ["*"]}
    assert pages["update"] == {"access": "partial", "fields": ["title"], "presets": {"title": role}}
    assert pages["delete"] == {"access": "none"}
    assert ask(site, "", "/permissions/me") == (403, "You don't have permission to access this.")
    assert ask(site, "", "/policies/me/globals") == (200, {"app_access": False})


def test_what_was_made_by_hand_is_described_too() -> None:
    with Store() as store, Sandbox(store) as box:
        store.create_collection("people", {"name": {"type": "string", "max_length": 20, "nullable": False}})
        store.create_collection("books", {"title": "string", "by": {"references": "people", "one_field": "books"}})
        token = store.access.new_token
        _, name = ask(box, token, "/fields/people/name")
        column = cast("Data", cast("Data", name)["schema"])
        assert (column["data_type"], column["max_length"], column["is_nullable"]) == ("character varying", 20, False)
        _, by = ask(box, token, "/fields/books/by")
        assert cast("Data", cast("Data", by)["schema"])["foreign_key_table"] == "people"
        assert cast("Data", cast("Data", by)["meta"])["special"] == ["m2o"]
        _, relation = ask(box, token, "/relations/books/by")
        assert cast("Data", cast("Data", relation)["meta"])["one_field"] == "books"


def test_a_store_file_answers_as_at_first(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    Store.from_project(project, file).close()
    with Store(file) as store, Sandbox(store) as box:
        _, title = ask(box, store.access.new_token, "/fields/pages/title")
        assert cast("Data", cast("Data", title)["meta"])["interface"] == "input"


def test_items_are_moved_by_hand(site: Sandbox) -> None:
    order = "/items/pages?sort=sort&fields=id,sort"
    assert ask(site, "root", "/utils/sort/pages", "POST", json={"item": 5, "to": 2}) == (200, None)
    _, moved = ask(site, "root", order)
    assert [entry["id"] for entry in cast("list[Data]", moved)] == [1, 5, 2, 3, 4]
    assert ask(site, "root", "/utils/sort/pages", "POST", json={"item": 1, "to": 4}) == (200, None)
    _, moved = ask(site, "root", order)
    assert moved == [{"id": key, "sort": at} for at, key in enumerate([5, 2, 3, 4, 1], 1)]
    status, message = ask(site, "api", "/utils/sort/pages", "POST", json={"item": 1, "to": 4})
    assert (status, message) == (403, "You don't have permission to access this.")
    status, message = ask(site, "root", "/utils/sort/hidden", "POST", json={"item": 1, "to": 4})
    assert (status, message) == (400, 'Invalid payload. Collection "hidden" doesn\'t have a sort field.')
    assert ask(site, "root", "/utils/sort/pages", "POST", json={"item": 1, "to": 99})[0] == 500


def test_the_server_says_which_directus_it_answers_as(site: Sandbox) -> None:
    _, info = ask(site, "api", "/server/info")
    assert cast("Data", info)["version"] == "11.17.4"
    _, public = ask(site, "", "/server/info")
    assert "version" not in cast("Data", public)
    assert site.request("GET", "/server/health").json() == {"status": "ok"}
    assert ask(site, "api", "/utils/cache/clear", "POST")[0] == 403
    assert ask(site, "root", "/utils/cache/clear", "POST")[0] == 200
    assert len(str(ask(site, "", "/utils/random/string?length=7")[1])) == 7
    assert ask(site, "root", "/presets") == (200, [])


@pytest.mark.parametrize(
    ("path", "most"), [("/fields", 1), ("/fields/wide", 1), ("/schema/snapshot", 1), ("/fields/few", 4)]
)
def test_answers_about_a_large_schema_are_made_when_there_is_room_for_them(
    monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    monkeypatch.setattr(route, "_RECORD", 2**20)
    under_way: list[int] = []

    async def listed(records: Iterable[object]) -> list[bytes]:
        under_way.append(1 + under_way[-1] if under_way else 1)
        await asyncio.sleep(0)
        pieces = await route.listed(records)
        under_way.append(under_way[-1] - 1)
        return pieces

    monkeypatch.setattr(schema, "listed", listed)

    async def work(store: Store) -> list[int]:
        headers = {"authorization": f"Bearer {store.access.new_token}"}
        async with client_for(store) as client:
            answers = await asyncio.gather(*[client.get(path, headers=headers) for _ in range(4)])
        return [answer.status_code for answer in answers]

    with Store() as store:
        store.create_collection("wide", {f"f{at}": "string" for at in range(300)})
        store.create_collection("few", {"name": "string"})
        assert asyncio.run(work(store)) == [200] * 4
    assert max(under_way) == most
