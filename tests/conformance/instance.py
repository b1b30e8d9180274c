"""A real Directus that is there for recording: a project is put onto it, and taken away again, through its API alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

import httpx

from tests.conformance.cases import Json

Records = list[Json]
SYSTEM_ITEMS: Final = {"directus_folders": "folders", "directus_files": "files"}
"""The system collections whose items a project has as files, and their routes."""
_GENERATED: Final = frozenset({
    "date-created", "date-updated", "user-created", "user-updated", "role-created", "role-updated", "hash",
})  # fmt: skip
_ACCOUNT: Final = frozenset({"id", "email", "role", "token", "policies", "admin", "note"})  # of a user


_BEFORE_DELETION: Final[dict[str, Json]] = {
    "roles": {"parent": None},
    "folders": {"parent": None},
    "files": {"filename_disk": "none"},  # it stumbles on files without one
}


class RecordingError(Exception):
    """The instance refused something, or holds what is not the project's."""


@dataclass(frozen=True)
class Source:
    """The files of a project."""

    snapshot: Json
    items: dict[str, object]
    access: Json

    @classmethod
    def read(cls, folder: Path) -> Source:
        """Read ``snapshot.json``, ``items.json`` or ``items/``, and ``access.json``."""
        whole = folder / "items.json"
        items = json.loads(whole.read_text("utf-8")) if whole.is_file() else {}
        items |= {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "items").glob("*.json"))}
        access = folder / "access.json"
        return cls(
            json.loads((folder / "snapshot.json").read_text("utf-8")),
            items,
            json.loads(access.read_text("utf-8")) if access.is_file() else {},
        )

    def part(self, name: str) -> Records:
        """Return the ``collections``, ``fields`` or ``relations`` of the snapshot."""
        return cast("Records", self.snapshot.get(name) or [])

    def named(self, name: str) -> dict[str, Json]:
        """Return the ``users``, ``roles`` or ``policies``."""
        return cast("dict[str, Json]", self.access.get(name) or {})

    def tokens(self) -> dict[str, str | None]:
        """Return the token of each user."""
        return {name: cast("str | None", user.get("token")) for name, user in self.named("users").items()}


@dataclass
class Instance:
    """A Directus behind ``client``, in the name of an administrator."""

    client: httpx.AsyncClient
    token: str

    async def call(self, method: str, path: str, body: object = None) -> object:
        """Send one request; return the data of its answer. RecordingError where it is refused."""
        headers = {"authorization": f"Bearer {self.token}"}
        answer = await self.client.request(method, path, json=body, headers=headers)
        if answer.is_error:
            raise RecordingError(f"{method} {path}: {answer.status_code} {answer.text[:600]}\n{json.dumps(body)[:600]}")
        return answer.json()["data"] if answer.content else None

    async def _list(self, path: str) -> Records:
        return cast("Records", await self.call("GET", path))

    async def _own(self, path: str) -> Records:
        """Return the entries of ``path`` that a project may have brought: not the administrator's, nor those every Directus has."""
        me = cast("Json", await self.call("GET", "/users/me?fields=id,role"))
        kept = {me["id"], me["role"]}
        if path == "policies":
            kept |= {entry["policy"] for entry in await self._list(f"/access?filter[role][_eq]={me['role']}")}
            kept |= {"abf8a154-5b1c-4a46-ac9c-7300570f4f17"}  # that of the public
        return [entry for entry in await self._list(f"/{path}?limit=-1&fields=id") if entry["id"] not in kept]

    async def _collections(self) -> list[str]:
        names = [str(entry["collection"]) for entry in await self._list("/collections")]
        return [name for name in names if not name.startswith("directus_")]

    async def check_empty(self) -> None:
        """Raise RecordingError if the instance holds collections, or users besides the administrator."""
        found = await self._collections()
        found += [f"the user {entry['id']}" for entry in await self._own("users")]
        if found:
            hint = "Record against an instance that is there for nothing else, or pass --clear to lose all of it."
            raise RecordingError(f"The instance is not empty: {', '.join(found[:5])}. {hint}")

    async def clear(self) -> None:
        """Take away every collection, and every user, role, policy, file and folder besides the administrator's."""
        for field in await self._list("/fields"):
            if str(field["collection"]).startswith("directus_") and not cast("Json", field["meta"] or {}).get("system"):
                await self.call("DELETE", _path("fields", field["collection"], field["field"]))
        relations = await self._list("/relations")
        for relation in relations:
            own = not str(relation["collection"]).startswith("directus_")
            if own and relation["collection"] == relation["related_collection"]:  # else a Directus on SQLite stumbles
                await self.call("DELETE", _path("fields", relation["collection"], relation["field"]))
        for name in reversed(_referred_first(await self._collections(), relations)):
            await self.call("DELETE", _path("collections", name))
        for path in ("users", "roles", "policies", "files", "folders"):
            keys = [entry["id"] for entry in await self._own(path)]
            if keys and path in _BEFORE_DELETION:
                await self.call("PATCH", f"/{path}", {"keys": keys, "data": _BEFORE_DELETION[path]})
            if keys:
                await self.call("DELETE", f"/{path}", keys)

    async def install(self, source: Source) -> None:
        """Put the project onto the empty instance."""
        held = [field for field in source.part("fields") if _held_back(field)]
        await self._install_schema(source)
        await self._install_policies(source)
        await self._install_roles(source)
        await self._install_users(source)
        await self._install_items(source)
        await self._complete_users(source)
        for field in held:
            meta = cast("Json", field["meta"])
            later = {name: meta.get(name) for name in ("special", "validation")}
            await self.call("PATCH", _path("fields", field["collection"], field["field"]), {"meta": later})

    async def snapshot(self, source: Source) -> Json:
        """Return the snapshot of the installed project, in the order of ``source``."""
        found = cast("Json", await self.call("GET", "/schema/snapshot"))
        names = [str(entry["collection"]) for entry in source.part("collections")]
        return {
            **{name: found[name] for name in ("version", "directus", "vendor")},
            **{
                part: sorted(
                    (entry for entry in cast("Records", found[part])),
                    key=lambda entry: (
                        (_place(names, entry["collection"]), cast("Json", entry["meta"] or {}).get("sort") or 0)
                        if part == "fields"
                        else _place(names, entry["collection"])
                    ),
                )
                for part in ("collections", "fields", "relations")
            },
        }

    async def _install_schema(self, source: Source) -> None:
        for collection in source.part("collections"):
            name = collection["collection"]
            fields = [_early(field) for field in source.part("fields") if field["collection"] == name]
            folder = collection.get("schema", {}) is None
            body = {"collection": name, "meta": collection.get("meta") or {}, "schema": None if folder else {}}
            await self.call("POST", "/collections", body if folder else {**body, "fields": fields})
        for field in source.part("fields"):
            if str(field["collection"]).startswith("directus_"):
                await self.call("POST", _path("fields", field["collection"]), _early(field))
        for relation in source.part("relations"):
            told = {name: relation.get(name) for name in ("collection", "field", "related_collection", "meta")}
            rules = cast("Json", relation.get("schema") or {})
            schema = (
                {"on_delete": rules.get("on_delete") or "NO ACTION"} if relation.get("related_collection") else None
            )
            await self.call("POST", "/relations", {**told, "schema": schema})

    async def _install_policies(self, source: Source) -> None:
        for name, policy in source.named("policies").items():
            body = {**policy, "name": name}
            permissions = cast("Records", body.pop("permissions", None) or [])
            policy["id"] = cast("Json", await self.call("POST", "/policies", body))["id"]
            for permission in permissions:
                await self.call("POST", "/permissions", {**permission, "policy": policy["id"]})

    async def _install_roles(self, source: Source) -> None:
        roles = source.named("roles")
        for name, role in _parents_first(roles):
            body = {**role, "name": name}
            policies = body.pop("policies", None)
            if name == "public":
                await self._attach(source, policies, {"role": None})
                continue
            body["parent"] = roles.get(str(role.get("parent")), {"id": None})["id"]
            role["id"] = cast("Json", await self.call("POST", "/roles", body))["id"]
            await self._attach(source, policies, {"role": role["id"]})

    async def _install_users(self, source: Source) -> None:
        me = cast("Json", await self.call("GET", "/users/me?fields=role"))
        for name, user in source.named("users").items():
            if name == "public":
                continue
            role = source.named("roles").get(str(user.get("role")), {"id": None})["id"]
            told = {
                "id": user.get("id"),
                "email": user.get("email") or f"{name}@example.com",
                "role": me["role"] if user.get("admin") else role,
                "token": user.get("token"),
            }
            user["id"] = cast("Json", await self.call("POST", "/users", told))["id"]
            await self._attach(source, user.get("policies"), {"user": user["id"]})

    async def _complete_users(self, source: Source) -> None:
        """Give the users the fields that may lead to items."""
        for name, user in source.named("users").items():
            data = {key: value for key, value in user.items() if key not in _ACCOUNT}
            if data and name != "public":
                await self.call("PATCH", f"/users/{user['id']}", data)

    async def _attach(self, source: Source, policies: object, holder: Json) -> None:
        for at, name in enumerate(cast("list[str]", policies or []), 1):
            await self.call("POST", "/access", {**holder, "policy": source.named("policies")[name]["id"], "sort": at})

    async def _install_items(self, source: Source) -> None:
        for name, route in SYSTEM_ITEMS.items():
            for item in cast("Records", source.items.get(name) or []):
                await self.call("POST", f"/{route}", item)
        singletons = {
            entry["collection"]
            for entry in source.part("collections")
            if cast("Json", entry.get("meta") or {}).get("singleton")
        }
        names = [str(entry["collection"]) for entry in source.part("collections")]
        for name in _referred_first(names, source.part("relations")):
            rows = source.items.get(name)
            if isinstance(rows, dict) and name in singletons:
                await self.call("PATCH", _path("items", name), rows)
            elif rows:
                await self.call("POST", _path("items", name) + "?limit=1", rows)


def _path(*parts: object) -> str:
    return "".join("/" + quote(str(part), safe="") for part in parts)


def _place(names: list[str], name: object) -> int:
    return names.index(str(name)) if name in names else len(names)


def _early(field: Json) -> Json:
    """Return ``field`` as it is while the items are put in: they hold already what it would make up or refuse."""
    if not _held_back(field):
        return field
    meta = dict(cast("Json", field["meta"]))
    special = [name for name in cast("list[str]", meta.get("special") or []) if name not in _GENERATED]
    return {**field, "meta": {**meta, "special": special or None, "validation": None}}


def _held_back(field: Json) -> bool:
    meta = cast("Json", field.get("meta") or {})
    return bool(meta.get("validation") or _GENERATED & set(cast("list[str]", meta.get("special") or [])))


def _parents_first(roles: dict[str, Json]) -> Iterable[tuple[str, Json]]:
    """Yield the roles by name, each after the one it stands below."""
    waiting, done = dict(roles), {"None"}
    while waiting:
        for name in [name for name, role in waiting.items() if str(role.get("parent")) in done]:
            yield name, waiting.pop(name)
            done.add(name)


def _referred_first(names: list[str], relations: Records) -> list[str]:
    """Return the collections ``names`` in an order in which items refer to items that are there, as far as there is one."""
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above or name in order or name not in names:
            return
        for relation in relations:
            if relation["collection"] == name and relation.get("related_collection"):
                visit(str(relation["related_collection"]), (*above, name))
        order.append(name)

    for name in names:
        visit(name, ())
    return order
