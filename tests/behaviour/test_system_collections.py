"""Users, roles, files and folders: what relations lead to, who may read what of it, and that nobody writes it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from scopebox import ExtensionError, Sandbox, Store
from scopebox.errors import DirectusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]
MINA: Final = "11111111-1111-4111-8111-111111111111"
BO: Final = "22222222-2222-4222-8222-222222222222"
NOBODY: Final = "99999999-9999-4999-8999-999999999999"
PICTURE: Final = "33333333-3333-4333-8333-333333333333"
FOLDER: Final = "44444444-4444-4444-8444-444444444444"
SECRET: Final = "mina-token-that-nobody-reads"
RULES: Final = {
    "tenant": [
        {"collection": "posts", "action": "read", "fields": ["*"], "permissions": {"org": {"_eq": "$CURRENT_USER.org"}}},
        {
            "collection": "posts", "action": "create", "fields": ["title", "author"],
            "presets": {"org": "$CURRENT_USER.org", "title": "$CURRENT_USER.last_name"},
            "validation": {"title": {"_neq": "$CURRENT_USER.first_name"}},
        },
        {"collection": "posts", "action": "update", "fields": ["*"], "permissions": {"author": {"org": {"name": {"_eq": "$CURRENT_USER.org.name"}}}}},
        {"collection": "posts", "action": "delete", "fields": ["*"], "permissions": {"year(at)": {"_eq": 2024}}},
    ],
    "lists": [
        {"collection": "posts", "action": "read", "fields": ["*"], "permissions": {"title": {"_in": "$CURRENT_ROLES.name"}}},
        {"collection": "orgs", "action": "read", "fields": ["*"], "permissions": {"name": {"_in": "$CURRENT_POLICIES.name"}}},
    ],
    "lost": [
        {"collection": "posts", "action": "read", "fields": ["*"], "permissions": {"title": {"_eq": "$CURRENT_USER.nothing"}}},
        {"collection": "orgs", "action": "read", "fields": ["*"]},
    ],
    "people": [
        {"collection": "posts", "action": "read", "fields": ["id", "author"]},
        {"collection": "directus_users", "action": "read", "fields": ["id", "first_name"], "permissions": {"org": {"_eq": 1}}},
    ],
    "counts": [{"collection": "orgs", "action": "read", "fields": ["*"], "permissions": {"count(members)": {"_gt": 1}}}],
}  # fmt: skip


def field(collection: str, name: str, type_: str, *special: str, key: bool = False) -> Json:
    schema = None if type_ == "alias" else {"is_primary_key": key, "has_auto_increment": key, "is_nullable": not key}
    return {
        "collection": collection,
        "field": name,
        "type": type_,
        "meta": {"special": list(special)},
        "schema": schema,
    }


def relation(many: str, name: str, one: str, one_field: str | None = None, junction: str | None = None) -> Json:
    meta = {"one_field": one_field, "junction_field": junction}
    return {
        "collection": many,
        "field": name,
        "related_collection": one,
        "meta": meta,
        "schema": {"on_delete": "SET NULL"},
    }


SNAPSHOT: Final[Json] = {
    "version": 1,
    "collections": [{"collection": name, "meta": {}, "schema": {}} for name in ("posts", "orgs", "posts_files")],
    "fields": [
        field("orgs", "id", "integer", key=True), field("orgs", "name", "string"), field("orgs", "members", "alias", "o2m"),
        field("posts", "id", "integer", key=True), field("posts", "title", "string"), field("posts", "at", "timestamp"),
        field("posts", "org", "integer", "m2o"), field("posts", "author", "uuid", "user-created"), field("posts", "image", "string", "file"),
        field("posts", "changed", "uuid", "user-updated"), field("posts", "role", "uuid", "role-created"),
        field("posts", "gallery", "alias", "files"), field("posts_files", "id", "integer", key=True),
        field("posts_files", "post", "integer"), field("posts_files", "file", "uuid"),
        field("directus_users", "org", "integer", "m2o"), field("directus_users", "posts", "alias", "o2m"),
    ],
    "relations": [
        relation("posts", "org", "orgs"), relation("posts", "author", "directus_users", "posts"), relation("posts", "image", "directus_files"),
        relation("posts", "changed", "directus_users"), relation("posts", "role", "directus_roles"),
        relation("posts_files", "post", "posts", "gallery", "file"), relation("posts_files", "file", "directus_files", None, "post"),
        relation("directus_users", "org", "orgs", "members"),
    ],
}  # fmt: skip
ITEMS: Final = {
    "orgs": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}, {"id": 3, "name": "lists"}],
    "posts": [
        {"id": 1, "title": "A", "org": 1, "author": MINA, "image": PICTURE, "at": "2024-05-05T10:00:00Z"},
        {"id": 2, "title": "B", "org": 2, "author": BO, "at": "2023-05-05T10:00:00Z"},
        {"id": 3, "title": "lists", "author": None},
    ],
    "posts_files": [{"id": 1, "post": 2, "file": PICTURE}],
}
ACCESS: Final[Json] = {
    "policies": {
        **{name: {"permissions": rules} for name, rules in RULES.items()},
        "app": {"app_access": True, "permissions": [{"collection": "posts", "action": "read", "fields": ["*"]}]},
    },
    "roles": {name: {"policies": [name]} for name in (*RULES, "app")},
    "users": {
        "root": {"admin": True, "token": "root"},
        "mina": {"id": MINA, "role": "tenant", "token": SECRET, "first_name": "Mina", "last_name": "O", "email": "mina@blog.example", "org": 1},
        "bo": {"id": BO, "role": "tenant", "token": "bo", "first_name": "Bo", "org": 2},
        **{name: {"role": name, "token": name, "org": 1, "first_name": name} for name in ("lists", "lost", "people", "counts", "app")},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "snapshot.json").write_text(json.dumps(SNAPSHOT), "utf-8")
    (folder / "items.json").write_text(json.dumps(ITEMS), "utf-8")
    (folder / "access.json").write_text(json.dumps(ACCESS), "utf-8")
    with Store.from_project(folder) as store:
        store.sql(f"INSERT INTO directus_folders (id, name) VALUES ('{FOLDER}', 'pictures')")
        store.sql(f"INSERT INTO directus_files (id, title, folder) VALUES ('{PICTURE}', 'A picture', '{FOLDER}')")
        yield store


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    with original.fork() as store:
        yield store


@pytest.fixture
def box(store: Store) -> Iterator[Sandbox]:
    with Sandbox(store) as box:
        yield box


def answer(box: Sandbox, method: str, path: str, body: object = None, token: str | None = "root") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = box.request(method, path, json=body, headers=headers)
    found = reply.json() if reply.content else {}
    return reply.status_code, found.get(
        "data", found.get("errors", [{}])[0].get("message") if "errors" in found else None
    )


class TestRelations:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("fields=author.first_name&limit=1", [{"author": {"first_name": "Mina"}}]),
            ("fields=image.title,image.folder.name&limit=1", [{"image": {"title": "A picture", "folder": {"name": "pictures"}}}]),
            ("fields=gallery.file.title&filter[id]=2", [{"gallery": [{"file": {"title": "A picture"}}]}]),
            ("fields=id&filter[author][org][name]=two", [{"id": 2}]),
            ("fields=id&sort=-author.first_name&filter[author][_nnull]=true", [{"id": 1}, {"id": 2}]),
            ("fields=id&filter[gallery][file][title][_contains]=picture", [{"id": 2}]),
            ("fields=author.role.name,author.posts.title&limit=1", [{"author": {"role": {"name": "tenant"}, "posts": [{"title": "A"}]}}]),
            ("groupBy=author&aggregate[count]=id&filter[author]=" + BO, [{"author": BO, "count": {"id": "1"}}]),
        ],
    )  # fmt: skip
    def test_they_lead_to_users_files_and_roles_and_on(self, box: Sandbox, query: str, expected: object) -> None:
        assert answer(box, "GET", f"/items/posts?{query}") == (200, expected)

    def test_fields_of_a_project_on_users_are_read_from_both_sides(self, box: Sandbox) -> None:
        query = "/items/orgs/2?fields=members.first_name,members.posts.id"
        assert answer(box, "GET", query) == (200, {"members": [{"first_name": "Bo", "posts": [{"id": 2}]}]})

    def test_wildcards_lead_there(self, box: Sandbox) -> None:
        _, post = answer(box, "GET", "/items/posts/1?fields=*.*")
        assert post["author"]["email"] == "mina@blog.example"
        assert post["image"]["title"] == "A picture"

    def test_deep_queries_reach_below_users(self, box: Sandbox) -> None:
        path = "/items/orgs/1?fields=members.first_name&deep[members][_filter][first_name]=Mina"
        assert answer(box, "GET", path) == (200, {"members": [{"first_name": "Mina"}]})

    def test_the_end_of_an_item_leaves_users_that_referred_to_it(self, box: Sandbox) -> None:
        answer(box, "DELETE", "/items/orgs/2")
        assert answer(box, "GET", f"/users/{BO}?fields=org") == (200, {"org": None})


class TestWriting:
    def test_who_it_was_is_filled_in(self, box: Sandbox) -> None:
        answer(box, "PATCH", "/items/posts/1", {"title": "AA"}, SECRET)
        fields = "?fields=author.first_name,changed.first_name,role.name"
        assert answer(box, "GET", f"/items/posts/1{fields}")[1]["changed"] == {"first_name": "Mina"}
        key = answer(box, "POST", "/items/posts", {"title": "new"}, SECRET)[1]["id"]
        made = {"author": {"first_name": "Mina"}, "changed": None, "role": {"name": "tenant"}}
        assert answer(box, "GET", f"/items/posts/{key}{fields}") == (200, made)

    @pytest.mark.parametrize(
        "data",
        [
            {"changed": {"first_name": "New"}}, {"changed": {"id": MINA, "first_name": "New"}}, {"image": {"title": "x"}}, {"role": {"name": "x"}},
            {"gallery": [{"file": {"title": "x"}}]}, {"gallery": {"create": [{"file": {"id": PICTURE, "title": "x"}}], "update": [], "delete": []}},
        ],
    )  # fmt: skip
    def test_what_is_nested_in_them_is_refused_with_a_hint(self, box: Sandbox, store: Store, data: Json) -> None:
        before = store.sql("SELECT * FROM directus_users ORDER BY id").fetchall()
        with pytest.raises(DirectusError, match="cannot be written here") as caught:
            box.items("posts").create([{"title": "x", **data}])
        assert caught.value.status == 403
        assert store.count("posts") == len(ITEMS["posts"])
        assert store.sql("SELECT * FROM directus_users ORDER BY id").fetchall() == before

    def test_a_list_of_users_is_refused_as_well(self, box: Sandbox) -> None:
        with pytest.raises(DirectusError, match="directus_users is a system collection"):
            box.items("orgs").update({"filter": {"id": 1}}, {"members": [{"first_name": "New"}]})

    def test_an_object_that_only_names_one_refers_to_it(self, box: Sandbox) -> None:
        key = box.items("posts").create([{"image": {"id": PICTURE}, "gallery": [{"file": {"id": PICTURE}}]}])[0]
        found = answer(box, "GET", f"/items/posts/{key}?fields=image.title,gallery.file.title")[1]
        assert found == {"image": {"title": "A picture"}, "gallery": [{"file": {"title": "A picture"}}]}

    def test_a_key_that_nobody_has_is_refused_where_any_are_known(self, box: Sandbox, store: Store) -> None:
        assert answer(box, "PATCH", "/items/posts/1", {"role": NOBODY})[0] == 400
        assert answer(box, "PATCH", "/items/posts/1", {"image": NOBODY})[0] == 400
        store.sql("DELETE FROM directus_files")
        assert answer(box, "PATCH", "/items/posts/1?fields=image", {"image": NOBODY}) == (200, {"image": NOBODY})


class TestRights:
    def test_items_and_exec_do_not_reach_them(self, box: Sandbox) -> None:
        refused = "You don't have permission to access this."
        for method, body in (
            ("GET", None),
            ("POST", {"email": "x"}),
            ("PATCH", {"keys": [], "data": {}}),
            ("DELETE", [MINA]),
        ):
            assert answer(box, method, "/items/directus_users", body) == (403, refused)
        with pytest.raises(DirectusError, match="read it along a relation"):
            box.items("directus_users").read()

    def test_a_guest_is_refused_them_and_its_author_told_the_way(self, box: Sandbox) -> None:
        entry = {"permission": "read-items", "role": "people"}
        with pytest.raises(ExtensionError) as caught:
            box.load("await exec('read-items', 'directus_users')", name="a", manifest={"permissions": [entry]})
        assert caught.value.kind == "PermissionError"
        assert "read it along a relation" in box.trace[-1].hint
        source = "await exec('read-items', 'posts', {'query': {'fields': ['author.first_name'], 'limit': 1}})"
        result = box.load(source, name="a", manifest={"permissions": [entry]}).result
        assert result.value == [{"author": {"first_name": "Mina"}}]

    @pytest.mark.parametrize("path", ["/users", "/files", "/folders", "/roles", f"/users/{MINA}"])
    def test_without_a_permission_nothing_is_read(self, box: Sandbox, path: str) -> None:
        for token in (None, "bo"):
            status, message = answer(box, "GET", path, token=token)
            assert (status, "You don't have permission to access collection" in message) == (403, True)

    def test_no_secret_is_read_by_anybody(self, box: Sandbox, store: Store) -> None:
        user = answer(box, "GET", f"/users/{MINA}")[1]
        assert (user["token"], user["password"], user["tfa_secret"]) == ("**********", None, None)
        text = repr([store.sql(f"SELECT * FROM {name}").fetchall() for name in store.schema.system])
        assert SECRET not in text

    def test_only_what_a_rule_shows_is_read(self, box: Sandbox) -> None:
        posts = answer(box, "GET", "/items/posts?fields=id,author.first_name&sort=id", token="people")[1]
        assert [post["author"] for post in posts] == [{"first_name": "Mina"}, None, None]
        assert answer(box, "GET", "/items/posts?fields=author.email", token="people")[0] == 403

    def test_a_condition_of_a_client_reaches_what_is_hidden_that_of_a_guest_does_not(
        self, box: Sandbox, store: Store
    ) -> None:
        for value, client, guest in (
            ({"_eq": "Bo"}, [2], []),
            ({"_null": True}, [3], [3]),
            ({"_nnull": True}, [1, 2], [1]),
        ):
            query: Json = {"fields": ["id"], "filter": {"author": {"first_name": value}}}
            found = answer(box, "SEARCH", "/items/posts", {"query": query}, "people")[1]
            service = store.items("posts", accountability=store.access.for_role("people"), literal=True)
            rows = asyncio.run(service.read(query)).data
            assert ([post["id"] for post in found], rows) == (client, [{"id": key} for key in guest])

    def test_an_app_reads_its_own_user_and_roles(self, box: Sandbox) -> None:
        (user,) = answer(box, "GET", "/users", token="app")[1]
        assert (user["first_name"], "token" in user, "org" in user) == ("app", False, False)
        assert [role["name"] for role in answer(box, "GET", "/roles", token="app")[1]] == ["app"]
        assert answer(box, "GET", "/users/me?fields=org", token="app") == (200, {"id": user["id"]})

    def test_without_app_access_one_knows_ones_own_key(self, box: Sandbox) -> None:
        assert answer(box, "GET", "/users/me", token="bo") == (200, {"id": BO})
        assert list(answer(box, "GET", "/roles/me", token="bo")[1][0]) == ["id"]
        assert answer(box, "GET", "/users/me", token=None)[0] == 401


class TestRoutes:
    @pytest.mark.parametrize(
        ("method", "path", "body", "expected"),
        [
            ("GET", "/users?fields=first_name&filter[first_name]=Bo", None, [{"first_name": "Bo"}]),
            ("SEARCH", "/users", {"query": {"fields": ["first_name"], "filter": {"id": BO}}}, [{"first_name": "Bo"}]),
            ("GET", f"/files/{PICTURE}?fields=title,folder.name", None, {"title": "A picture", "folder": {"name": "pictures"}}),
            ("SEARCH", "/files", {"keys": [PICTURE], "query": {"fields": ["title"]}}, [{"title": "A picture"}]),
            ("GET", "/folders?fields=name", None, [{"name": "pictures"}]),
            ("GET", "/users?aggregate[count]=*", None, [{"count": "8"}]),
            ("GET", "/users/me?fields=email,role.name", None, {"email": "root@example.com", "role": {"name": "Administrator"}}),
            ("GET", "/roles?fields=name,policies.policy.name&filter[name]=app", None, [{"name": "app", "policies": [{"policy": {"name": "app"}}]}]),
        ],
    )  # fmt: skip
    def test_they_are_read_as_a_directus_answers(
        self, box: Sandbox, method: str, path: str, body: object, expected: object
    ) -> None:
        assert answer(box, method, path, body) == (200, expected)

    @pytest.mark.parametrize(
        ("method", "path", "status", "words"),
        [
            ("POST", "/users", 403, "Change its access.json"), ("PATCH", "/users/me", 403, "set store.access in Python"),
            ("POST", "/policies", 403, "directus_policies is read-only here"), ("DELETE", f"/files/{PICTURE}", 403, "Change its files.json"),
            ("GET", "/policies?fields=name,permissions", 403, "GET /permissions/me says what one may do"),
            ("GET", "/policies?fields=*,permissions.*", 403, "GET /permissions/me says what one may do"),
            ("GET", "/users?fields=policies.policy.permissions.action", 403, "GET /permissions/me says what one may do"),
            ("GET", f"/assets/{PICTURE}", 404, "contents of files"), ("GET", "/users/me/x", 404, "doesn't exist"),
            ("GET", f"/files/{NOBODY}", 403, "permission"), ("GET", "/users?fields=nope", 403, '"nope"'),
        ],
    )  # fmt: skip
    def test_what_they_do_not_do_is_said(self, box: Sandbox, method: str, path: str, status: int, words: str) -> None:
        found, message = answer(box, method, path, {} if method in {"POST", "PATCH"} else None)
        assert (found, words in message) == (status, True)


class TestVariables:
    def test_a_rule_reads_the_fields_of_the_user(self, box: Sandbox) -> None:
        assert answer(box, "GET", "/items/posts?fields=id", token=SECRET) == (200, [{"id": 1}])
        assert answer(box, "GET", "/items/posts?fields=id", token="bo") == (200, [{"id": 2}])
        assert answer(box, "GET", "/items/posts?aggregate[count]=*", token="bo") == (200, [{"count": "1"}])

    def test_presets_and_validation_read_them_as_well(self, box: Sandbox) -> None:
        key = answer(box, "POST", "/items/posts", {}, SECRET)[1]["id"]
        assert answer(box, "GET", f"/items/posts/{key}?fields=title,org") == (200, {"title": "O", "org": 1})
        assert answer(box, "POST", "/items/posts", {"title": "Mina"}, SECRET)[0] == 400

    def test_updates_and_deletes_follow_relations_and_functions(self, box: Sandbox) -> None:
        assert answer(box, "PATCH", "/items/posts/2", {"title": "x"}, SECRET)[0] == 403
        assert answer(box, "PATCH", "/items/posts/1?fields=title", {"title": "x"}, SECRET) == (200, {"title": "x"})
        assert answer(box, "PATCH", "/items/posts", {"keys": [1, 2], "data": {"title": "y"}}, SECRET)[0] == 403
        assert answer(box, "DELETE", "/items/posts/2", token=SECRET)[0] == 403
        assert answer(box, "DELETE", "/items/posts/1", token=SECRET)[0] == 204

    def test_roles_and_policies_are_lists_of_what_they_hold(self, box: Sandbox) -> None:
        assert answer(box, "GET", "/items/posts?fields=id", token="lists") == (200, [{"id": 3}])
        assert answer(box, "GET", "/items/orgs?fields=id", token="lists") == (200, [{"id": 3}])

    def test_functions_of_lists_count_in_rules(self, box: Sandbox) -> None:
        assert answer(box, "GET", "/items/orgs?fields=id", token="counts") == (200, [{"id": 1}])

    def test_a_field_that_is_not_there_is_named_whatever_is_read(self, box: Sandbox) -> None:
        for path in ("/items/posts", "/items/orgs"):
            status, message = answer(box, "GET", path, token="lost")
            assert (status, '"nothing" in collection "directus_users"' in message) == (403, True)

    def test_a_query_reads_no_more_of_the_user_than_he_may(self, box: Sandbox) -> None:
        path = "/items/posts?fields=id&filter[title]="
        assert answer(box, "GET", f"{path}$CURRENT_USER.first_name", token="bo")[0] == 400
        assert answer(box, "GET", f"{path}$CURRENT_USER.first_name", token="app") == (200, [])
        assert answer(box, "GET", f"{path}$CURRENT_USER.org", token="app")[0] == 400
        assert answer(box, "GET", "/items/posts?fields=id&filter[author]=$CURRENT_USER.id") == (200, [])

    def test_a_change_of_the_access_changes_who_is_there(self, store: Store) -> None:
        users = {"new": {"id": NOBODY, "first_name": "New"}}
        store.access = store.access.read({**ACCESS, "users": users})
        assert store.sql("SELECT id, first_name FROM directus_users").fetchall() == [(UUID(NOBODY), "New")]


def test_what_a_project_brings_nothing_of_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text(json.dumps(SNAPSHOT), "utf-8")
    with Store.from_project(tmp_path) as store:
        said = [note for note in store.notes if "the project brings none of them" in note]
    assert [note.partition(":")[0] for note in said] == [
        "2 relations to directus_users",
        "2 relations to directus_files",
    ]


def test_a_store_file_keeps_them_and_takes_what_the_project_says_next(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text(json.dumps(SNAPSHOT), "utf-8")
    (tmp_path / "access.json").write_text(json.dumps(ACCESS), "utf-8")
    file = tmp_path / "store.db"
    Store.from_project(tmp_path, file).close()
    with Store(file) as store:
        assert "org" in store.schema.system["directus_users"].fields
        assert store.count("directus_users") == len(ACCESS["users"])
    fields = [*SNAPSHOT["fields"], field("directus_users", "nick", "string")]
    changed = {**SNAPSHOT, "fields": fields}
    (tmp_path / "snapshot.json").write_text(json.dumps(changed), "utf-8")
    with Store.from_project(tmp_path, file) as store, Sandbox(store) as box:
        assert answer(box, "GET", f"/users/{MINA}?fields=nick,org") == (200, {"nick": None, "org": 1})
