"""Records a small project from a real Directus, for the tests of pull and for the notebook.

``python -m tests.pull_recording http://127.0.0.1:8055 ADMINISTRATOR_TOKEN FILE`` makes the project on a Directus that is empty (11
or 12, for instance on SQLite) and writes what it answers, to an administrator, to an editor and to the public. A 12 without a licence
refuses permissions with fields, rules, validation or presets: there the editor may read whole collections.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import httpx
import msgspec
from scopebox.directus.recorded import Recording

Record = dict[str, object]

ADMINISTRATOR: Final = "recorded-administrator"
EDITOR: Final = "recorded-editor"
COLLECTIONS: Final = (
    "organisations", "languages", "pages", "pages_blocks", "pages_translations", "block_hero", "block_text", "block_text_links",
    "menu", "settings", "comments", "integrations",
)  # fmt: skip
LISTS: Final = ("roles", "policies", "permissions", "access", "users", "files", "folders")
PLAIN: Final = ("/server/info", "/license", "/schema/snapshot", "/collections", "/fields", "/relations")
ROLE: Final = "aaaaaaaa-0000-4000-8000-000000000001"
POLICY: Final = "bbbbbbbb-0000-4000-8000-000000000001"
USERS: Final = tuple(f"cccccccc-0000-4000-8000-00000000000{number}" for number in (1, 2))
IMAGE: Final = b"\x89PNG\r\n\x1a\n"


def key(type_: str = "integer") -> Record:
    special = ["uuid"] if type_ == "uuid" else None
    return {
        "field": "id",
        "type": type_,
        "schema": {"is_primary_key": True, "has_auto_increment": type_ == "integer"},
        "meta": {"special": special, "hidden": True},
    }


def field(name: str, type_: str = "string", *, schema: Record | None = None, **meta: object) -> Record:
    return {"field": name, "type": type_, "schema": schema or {}, "meta": meta}


def alias(name: str, special: str) -> Record:
    return {"field": name, "type": "alias", "schema": None, "meta": {"special": [special]}}


def collections() -> list[Record]:
    """The collections of the project, as they are created."""
    required: Record = {"is_nullable": False}
    fields: dict[str, list[Record]] = {
        "organisations": [key(), field("name")],
        "languages": [{**key("string"), "field": "code"}, field("name")],
        "pages": [
            key(),
            field("status", schema={"default_value": "draft"}),
            field("title", schema=required),
            field("permalink", validation={"_and": [{"permalink": {"_regex": "^/"}}]}, validation_message="A permalink begins with /"),
            field("sort", "integer"),
            field("image", "uuid", special=["file"]),
            field("organisation", "integer"),
            field("user_created", "uuid", special=["user-created"]),
            field("date_created", "timestamp", special=["date-created"]),
            alias("blocks", "m2a"),
            alias("translations", "translations"),
            alias("comments", "o2m"),
        ],
        "pages_blocks": [key(), field("pages_id", "integer"), field("collection"), field("item"), field("sort", "integer")],
        "pages_translations": [key(), field("pages_id", "integer"), field("languages_code"), field("title")],
        "block_hero": [key("uuid"), field("headline"), field("image", "uuid", special=["file"])],
        "block_text": [key(), field("content", "text"), alias("links", "o2m")],
        "block_text_links": [key(), field("block", "integer"), field("label"), field("sort", "integer")],
        "menu": [key(), field("label"), field("page", "integer"), field("parent", "integer"), field("sort", "integer"), alias("children", "o2m")],
        "settings": [key(), field("site_name"), field("mail_password", special=["conceal"])],
        "comments": [key(), field("page", "integer"), field("text", "text")],
        "integrations": [
            key(),
            field("name"),
            field("api_key", schema=required),
            field("pin", interface="input", options={"masked": True}),
            field("phrase", special=["hash", "conceal"], interface="input-hash"),
        ],
    }  # fmt: skip
    meta: dict[str, Record] = {
        "pages": {
            "sort_field": "sort",
            "archive_field": "status",
            "archive_value": "archived",
            "unarchive_value": "draft",
        },
        "menu": {"sort_field": "sort"},
        "settings": {"singleton": True},
        **{name: {"hidden": True} for name in ("pages_blocks", "pages_translations")},
    }
    return [
        {"collection": name, "meta": meta.get(name, {}), "schema": {"name": name}, "fields": fields[name]}
        for name in COLLECTIONS
    ]


def relation(many: str, name: str, one: str | None, **meta: object) -> Record:
    rule = {} if one is None else {"schema": {"on_delete": "SET NULL"}}
    return {"collection": many, "field": name, "related_collection": one, "meta": meta, **rule}


def relations() -> list[Record]:
    return [
        relation("pages", "organisation", "organisations"),
        relation("pages", "image", "directus_files"),
        relation("pages", "user_created", "directus_users"),
        relation("block_hero", "image", "directus_files"),
        relation("pages_blocks", "pages_id", "pages", one_field="blocks", sort_field="sort", junction_field="item"),
        relation("pages_blocks", "item", None, one_collection_field="collection", junction_field="pages_id",
                 one_allowed_collections=["block_hero", "block_text"]),
        relation("pages_translations", "pages_id", "pages", one_field="translations", junction_field="languages_code"),
        relation("pages_translations", "languages_code", "languages", junction_field="pages_id"),
        relation("block_text_links", "block", "block_text", one_field="links", sort_field="sort"),
        relation("menu", "page", "pages"),
        relation("menu", "parent", "menu", one_field="children", sort_field="sort"),
        relation("comments", "page", "pages", one_field="comments"),
        relation("directus_users", "organisation", "organisations"),
    ]  # fmt: skip


def items(image: str) -> dict[str, list[Record]]:
    """The items, in an order in which each finds what it refers to."""
    heroes = [f"dddddddd-0000-4000-8000-00000000000{number}" for number in (1, 2, 3)]
    pages = [
        (1, "Home", "/", 2),
        (2, "About us", "/about", 1),
        (3, "Contact", "/contact", 3),
        (4, "Archive", "/archive", 4),
    ]
    blocks = [(1, "block_text", "1", 2), (1, "block_hero", heroes[0], 1), (2, "block_hero", heroes[1], 1),
              (2, "block_text", "2", 2), (3, "block_text", "3", 1), (4, "block_hero", heroes[2], 1)]  # fmt: skip
    return {
        "organisations": [{"id": 1, "name": "North house"}, {"id": 2, "name": "South house"}],
        "languages": [{"code": "en-GB", "name": "English"}, {"code": "de-DE", "name": "Deutsch"}],
        "block_hero": [{"id": entry, "headline": f"Headline {at}", "image": image} for at, entry in enumerate(heroes, 1)],
        "block_text": [{"id": at, "content": f"Some words, number {at}."} for at in (1, 2, 3)],
        "block_text_links": [{"block": 1, "label": "Further", "sort": 2}, {"block": 1, "label": "Back", "sort": 1}],
        "pages": [
            {"id": at, "status": "published", "title": title, "permalink": link, "sort": sort, "image": image if at == 1 else None, "organisation": 1 + at % 2}
            for at, title, link, sort in pages
        ],
        "pages_blocks": [{"pages_id": page, "collection": name, "item": entry, "sort": sort} for page, name, entry, sort in blocks],
        "pages_translations": [
            {"pages_id": at, "languages_code": code, "title": f"{title} ({code})"} for at, title, _, _ in pages for code in ("en-GB", "de-DE")
        ],
        "menu": [
            {"id": 1, "label": "About", "page": 2, "sort": 2}, {"id": 2, "label": "Start", "page": 1, "sort": 1},
            {"id": 3, "label": "Contact", "page": 3, "parent": 1, "sort": 1},
        ],
        "comments": [{"page": 1 + at % 4, "text": f"Comment {at}"} for at in range(1, 41)],
        "integrations": [{"name": "Mail", "api_key": "SECRET-KEY-1", "pin": "SECRET-PIN-1", "phrase": "SECRET-PHRASE-1"}],
    }  # fmt: skip


def make(client: httpx.Client) -> None:
    """Make the project on an empty Directus."""

    def post(path: str, data: object) -> Record:
        answer = client.post(path, json=data)
        assert answer.is_success, (path, answer.text)
        found: Record = answer.json().get("data", {}) if answer.content else {}
        return found

    post("/collections", collections())
    post("/fields/directus_users", field("organisation", "integer"))
    post("/fields/directus_users", field("telephone"))
    for made in relations():
        post("/relations", made)
    post("/folders", {"name": "Pictures"})
    upload = client.post("/files", data={"title": "A picture"}, files={"file": ("picture.png", IMAGE, "image/png")})
    image = str(upload.json()["data"]["id"])
    for name, rows in items(image).items():
        post(f"/items/{name}", rows)
    client.patch(
        "/items/settings", json={"site_name": "The house", "mail_password": "SECRET-MAIL-1"}
    ).raise_for_status()
    post("/roles", {"id": ROLE, "name": "Editor"})
    post(
        "/policies",
        {"id": POLICY, "name": "Editing", "app_access": True, "admin_access": False, "roles": [{"role": ROLE}]},
    )
    for rule in permissions():
        answer = client.post("/permissions", json={"policy": POLICY, **rule})
        if answer.status_code == httpx.codes.FORBIDDEN:  # a 12 without a licence
            post(
                "/permissions",
                {"policy": POLICY, "collection": rule["collection"], "action": rule["action"], "fields": ["*"]},
            )
        else:
            answer.raise_for_status()
    for at, (entry, token) in enumerate(zip(USERS, (EDITOR, None), strict=True), 1):
        post("/users", {
            "id": entry, "first_name": f"PERSONAL-first-{at}", "last_name": f"PERSONAL-last-{at}", "email": f"personal{at}@example.com",
            "telephone": "PERSONAL-telephone", "role": ROLE, "organisation": at, "token": token, "status": "active",
        })  # fmt: skip


def permissions() -> list[Record]:
    whole = ("pages_blocks", "block_hero", "block_text", "languages", "pages_translations", "organisations")
    own = {"organisation": {"_eq": "$CURRENT_USER.organisation"}}
    fields = ["id", "status", "title", "permalink", "organisation", "blocks", "translations"]
    return [
        {"collection": "pages", "action": "read", "fields": fields, "permissions": own},
        {"collection": "pages", "action": "update", "fields": ["title"], "permissions": own, "validation": {"title": {"_nempty": True}}},
        *[dict[str, object](collection=name, action="read", fields=["*"]) for name in whole],
    ]  # fmt: skip


def record(client: httpx.Client, token: str) -> dict[str, Record]:
    """Return what the Directus answers to the bearer of ``token``, by path."""
    headers = {"authorization": f"Bearer {token}"} if token else {"authorization": ""}
    lists = {f"/items/{name}": name for name in COLLECTIONS} | {f"/{name}": name for name in LISTS}
    found = {}
    for path in (*PLAIN, *lists):
        answer = client.get(f"{path}?limit=-1&fields=*" if path in lists else path, headers=headers)
        if answer.is_success:
            found[path] = {"data": cut(answer.json()["data"])}
    return found


def cut(data: object) -> object:
    """Return what describes a schema without what every Directus has, but for two fields of users."""
    if not isinstance(data, list):
        return (
            {key: [] if key == "systemFields" else entry for key, entry in data.items()}
            if isinstance(data, dict)
            else data
        )
    kept = {("directus_users", "id"), ("directus_users", "email")}
    return [
        entry
        for entry in data
        if not (isinstance(entry.get("meta"), dict) and entry["meta"].get("system"))
        or (entry["collection"], entry.get("field")) in kept
    ]


def lines(recording: Recording) -> bytes:
    """Return the recording with one answer a line."""
    answers = ",\n".join(
        f"{msgspec.json.encode(token).decode()}: {{\n"
        + ",\n".join(
            f" {msgspec.json.encode(path).decode()}: {msgspec.json.encode(answer).decode()}"
            for path, answer in found.items()
        )
        + "\n}"
        for token, found in recording.answers.items()
    )
    head = f'{{"directus": {msgspec.json.encode(recording.directus).decode()},\n"about": {msgspec.json.encode(recording.about).decode()}'
    return f'{head},\n"answers": {{\n{answers}\n}}}}\n'.encode()


def main(address: str, token: str, path: str) -> None:
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
        if client.get("/collections/pages").is_error:
            make(client)
        answers = {ADMINISTRATOR: record(client, token), EDITOR: record(client, EDITOR), "": record(client, "")}
    version = str(answers[ADMINISTRATOR]["/server/info"]["data"]["version"])  # type: ignore[index]
    about = "Recorded by tests/pull_recording.py from a real Directus on SQLite; users, keys and texts are made up."
    recording = Recording(directus=version, about=about, answers=answers)
    Path(path).write_bytes(lines(recording))


if __name__ == "__main__":
    main(*sys.argv[1:])
