"""The routes of system collections: ``/users``, ``/roles``, ``/policies``, ``/files`` and ``/folders``, as far as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NoReturn

import msgspec

from scopebox.errors import DirectusError
from scopebox.server.absent_routes import route_not_found
from scopebox.server.bodies import check_batch
from scopebox.store.access.access_tokens import invalid_credentials
from scopebox.store.access.records import ADMIN, row_key
from scopebox.store.errors import forbidden, forbidden_collection
from scopebox.store.schema.system import FILES, FOLDERS, POLICIES, ROLES, USERS
from scopebox.store.values.types import is_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from scopebox.store.access import Access, Accountability
    from scopebox.store.items import ItemsService

Query = dict[str, object]
COLLECTIONS: Final = {"users": USERS, "roles": ROLES, "policies": POLICIES, "files": FILES, "folders": FOLDERS}
"""The system collection behind each route."""
BY_KEYS: Final = (FILES, FOLDERS)
"""Those of which a SEARCH reads the items with given keys."""
_ACTIONS: Final[Mapping[str, Literal["create", "update", "delete"]]] = {
    "POST": "create",
    "PATCH": "update",
    "DELETE": "delete",
}
_ME: Final = ("me",)
_ACCESS: Final = "users, roles and policies are those of the project. Change its access.json and serve it again, or set store.access in Python"
_FILES: Final = "files and folders are those of the project. Change its files.json or folders.json and serve it again"
_SOURCES: Final = {USERS: _ACCESS, ROLES: _ACCESS, POLICIES: _ACCESS, FILES: _FILES, FOLDERS: _FILES}


def refuse_write(access: Access, who: Accountability, method: str, place: tuple[str, ...], body: object) -> NoReturn:
    """Raise the DirectusError of a write at ``place``, a collection and what stands below it.

    Who may not do it is refused as by a Directus, everybody else because it is not done here.
    """
    (collection, *rest), action = place, _ACTIONS[method]
    own = collection == USERS and [key.lower() for key in rest] == [*_ME]
    if own and who.user is None:
        raise invalid_credentials()
    if action != "create" and not rest and isinstance(body, dict):
        check_batch(body, action)
    if action != "create" and len(rest) == 1 and not own and not is_uuid(rest[0]):
        raise forbidden()
    if not who.admin and not access.permissions_of(who, collection, action):
        raise forbidden_collection(collection)
    raise forbidden(f"{collection} is read-only here: {_SOURCES[collection]}")


def check_reads(request: Request, rest: list[str]) -> None:
    """Raise the DirectusError of a read of what is not kept."""
    if len(rest) > 1 or (rest and request.method == "SEARCH"):
        raise route_not_found(request)


async def one(service: ItemsService, collection: str, key: str, query: Query, who: Accountability) -> list[bytes]:
    """Return the item with ``key`` as the pieces of a JSON text; ``me`` stands for one's own user, and for one's own roles."""
    if key.lower() not in _ME or collection not in (USERS, ROLES):
        return (await service.read_one(key, query)).pieces()
    return await (_own_user(service, query, who) if collection == USERS else _own_roles(service, query, who))


async def _own_user(service: ItemsService, query: Query, who: Accountability) -> list[bytes]:
    if who.user is None:
        raise invalid_credentials()
    try:
        return (await service.read_one(row_key("user", who.user), query)).pieces()
    except DirectusError as error:
        made_up = {"email": f"{ADMIN}@example.com", "role": who.role, "status": "active"} if who.admin else {}
        return _known(error, {"id": who.user, **made_up})


async def _own_roles(service: ItemsService, query: Query, who: Accountability) -> list[bytes]:
    if who.user is None and who.role is None:
        raise forbidden()
    try:
        keys = [row_key("role", role) for role in who.roles]
        return (await service.read({**query, "limit": -1}, keys=keys)).pieces()
    except DirectusError as error:
        return _known(error, [{"id": role} for role in who.roles])


def _known(error: DirectusError, data: Mapping[str, object] | list[dict[str, str]]) -> list[bytes]:
    """Return what everybody knows of himself, whatever he may read."""
    if error.code != "FORBIDDEN":
        raise error
    return [msgspec.json.encode(data)]
