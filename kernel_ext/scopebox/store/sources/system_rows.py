"""The rows of the system collections: users, roles and policies from an access, files and folders from a project. No secret is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.access.records import ADMIN, ADMIN_POLICY, ADMIN_ROLE, PUBLIC, stable_id
from scopebox.store.database import tables
from scopebox.store.schema.schema import columns
from scopebox.store.schema.system import ACCESS, MASK, POLICIES, ROLES, USERS
from scopebox.store.sources import item_files
from scopebox.store.values.types import is_uuid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scopebox.store.access import Access
    from scopebox.store.access.records import User
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Schema

Item = dict[str, object]
_SECRETS: Final = ("token", "password", "tfa_secret", "auth_data")
_COLUMNS: Final = (
    "SELECT table_name, column_name FROM duckdb_columns() "
    "WHERE database_name = current_database() AND table_name LIKE 'directus_%' ORDER BY column_index"
)
_LOOK: Final[Item] = {"name": "Administrator", "icon": "verified", "description": "$t:admin_description"}


def prepare(session: Session, schema: Schema) -> None:
    """Create the tables of the system collections of ``schema`` that are not there, or have other columns now."""
    there: dict[object, list[object]] = {}
    for table, column in session.rows(_COLUMNS):
        there.setdefault(table, []).append(column)
    for name, collection in schema.system.items():
        if there.get(name) != [field.name for field in columns(collection)]:
            tables.renew(session, collection)


def take_access(session: Session, schema: Schema, access: Access) -> None:
    """Make users, roles and policies what ``access`` says. Raises SchemaError, naming the value that does not fit."""
    rows = {USERS: _users(access), ROLES: _roles(access), POLICIES: _policies(access), ACCESS: _assignments(access)}
    for name, found in rows.items():
        take(session, schema, name, [*found])


def take(session: Session, schema: Schema, name: str, items: Sequence[Item], source: str = "") -> None:
    """Make the system collection ``name`` hold ``items`` and nothing else."""
    if name in schema.system:
        tables.renew(session, schema.system[name])
        item_files.fill(session, schema.system[name], items, source)


def _key(kind: str, given: str) -> str:
    """Return the key of a row; a Directus knows none but uuids."""
    return given if is_uuid(given) else stable_id(kind, given)


def _users(access: Access) -> Iterator[Item]:
    for name, user in access.users.items():
        if user.id is not None:
            kept = {key: value for key, value in user.data.items() if key not in _SECRETS}
            yield {
                **kept,
                "id": _key("user", user.id),
                "email": user.data.get("email", name if "@" in name else f"{name}@example.com"),
                "role": _role_of(access, user),
                "token": MASK if user.token else None,
                **{key: MASK for key in ("password", "tfa_secret") if user.data.get(key)},
            }


def _role_of(access: Access, user: User) -> str | None:
    role = access.roles.get(user.role or "")
    if role is not None:
        return None if role.name == PUBLIC else _key("role", role.id)
    return ADMIN_ROLE if user.admin else None


def _roles(access: Access) -> Iterator[Item]:
    if ADMIN not in access.roles:
        yield {**_LOOK, "id": ADMIN_ROLE}
    for role in access.roles.values():
        if role.name != PUBLIC:
            yield {**role.data, "id": _key("role", role.id), "name": role.name}


def _policies(access: Access) -> Iterator[Item]:
    if ADMIN not in access.policies:
        yield {**_LOOK, "id": ADMIN_POLICY, "admin_access": True, "app_access": True}
    for policy in access.policies.values():
        more: Mapping[str, object] = {"admin_access": policy.admin, "app_access": policy.app}
        yield {**policy.data, "id": _key("policy", policy.id), "name": policy.name, **more}


def _assignments(access: Access) -> Iterator[Item]:
    """Yield which role has which policy, as a Directus keeps it; nobody's role stands for the public."""
    pairs = [(ADMIN_ROLE, ADMIN_POLICY)] if ADMIN not in access.roles else []
    pairs += [
        ("" if role.name == PUBLIC else _key("role", role.id), _key("policy", access.policies[name].id))
        for role in access.roles.values()
        for name in role.policies
    ]
    for at, (role, policy) in enumerate(pairs, 1):
        key = stable_id("access", f"{role}:{policy}")
        yield {"id": key, "role": role or None, "policy": policy, "sort": at}
