"""The rows of the system collections: users, roles and policies from an access, files and folders from a project. No secret is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.access.records import ADMIN, ADMIN_POLICY, ADMIN_ROLE, PUBLIC, row_key, stable_id
from scopebox.store.database import tables
from scopebox.store.schema.schema import columns
from scopebox.store.schema.system import ACCESS, MASK, POLICIES, ROLES, USERS
from scopebox.store.sources import item_files
from scopebox.store.sources.item_sources import Listed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from scopebox.store.access import Access
    from scopebox.store.access.records import Role, User
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Schema
    from scopebox.store.sources.item_files import Intake
    from scopebox.store.sources.item_sources import Items

Item = dict[str, object]
_SECRETS: Final = ("token", "password", "tfa_secret", "auth_data")
_COLUMNS: Final = (
    "SELECT table_name, column_name FROM duckdb_columns() "
    "WHERE database_name = current_database() AND table_name LIKE 'directus_%' ORDER BY column_index"
)
_LOOK: Final[Item] = {"name": "Administrator", "icon": "verified", "description": "$t:admin_description"}


def create(session: Session, schema: Schema) -> None:
    """Create the tables of the system collections of ``schema``, of which none is there."""
    for collection in schema.system.values():
        tables.create(session, collection)


def prepare(session: Session, schema: Schema) -> None:
    """Create the tables of the system collections of ``schema`` that are not there, or have other columns now."""
    there: dict[object, list[object]] = {}
    for table, column in session.rows(_COLUMNS):
        there.setdefault(table, []).append(column)
    for name, collection in schema.system.items():
        if there.get(name) != [field.name for field in columns(collection)]:
            tables.renew(session, collection)


def take_access(session: Session, schema: Schema, access: Access, *, new: bool = False) -> Generator[None, None, None]:
    """Make users, roles and policies what ``access`` says, in steps; their tables may be ``new``. SchemaError, naming the value that does not fit."""
    rows = {USERS: _users(access), ROLES: _roles(access), POLICIES: _policies(access), ACCESS: _assignments(access)}
    for name, found in rows.items():
        yield from take(session, schema, name, Listed([*found]), item_files.Intake(), new=new)


def take(
    session: Session, schema: Schema, name: str, items: Items, intake: Intake, *, new: bool
) -> Generator[None, None, None]:
    """Make the system collection ``name``, which is empty where it is ``new``, hold ``items`` and nothing else, in steps."""
    if name in schema.system:
        if not new:
            tables.empty(session, schema.system[name])
        yield from item_files.fill(session, schema.system[name], items, intake)


def _users(access: Access) -> Iterator[Item]:
    """Yield the users; one who was made up is none of the project's, which may refer to users that nobody knows."""
    for user in access.users.values():
        if user.id is not None and not access.new_token:
            kept = {key: value for key, value in user.data.items() if key not in _SECRETS}
            yield {
                **kept,
                "id": row_key("user", user.id),
                "email": user.data.get("email", user.email),
                "role": _role_of(access, user),
                "token": MASK if user.token else None,
                "password": MASK if user.password else None,
            }


def _role_of(access: Access, user: User) -> str | None:
    role = access.roles.get(user.role or "")
    if role is not None:
        return _role_key(role)
    return ADMIN_ROLE if user.admin or user.role == ADMIN else None


def _role_key(role: Role) -> str | None:
    """Return the key of ``role``; None for the one that stands for everybody."""
    return None if role.name == PUBLIC else row_key("role", role.id)


def _built_in(access: Access) -> bool:
    """Return whether the administrators are those of the store, and not a role of the project."""
    roles = [access.policies[key].admin for role in access.roles.values() for key in role.policies]
    return ADMIN not in access.roles and (
        not any(roles) or any(_role_of(access, user) == ADMIN_ROLE for user in access.users.values())
    )


def _roles(access: Access) -> Iterator[Item]:
    if _built_in(access):
        yield {**_LOOK, "id": ADMIN_ROLE}
    for role in access.roles.values():
        if role.name != PUBLIC:
            above = access.roles.get(role.parent or "")
            yield {**role.data, "id": row_key("role", role.id), "name": role.name, "parent": above and _role_key(above)}


def _policies(access: Access) -> Iterator[Item]:
    if _built_in(access):
        yield {**_LOOK, "id": ADMIN_POLICY, "admin_access": True, "app_access": True}
    for policy in access.policies.values():
        more: Mapping[str, object] = {"admin_access": policy.admin, "app_access": policy.app}
        yield {**policy.data, "id": row_key("policy", policy.id), "name": policy.name, **more}


def _assignments(access: Access) -> Iterator[Item]:
    """Yield which role, or user, has which policy, as a Directus keeps it; everybody's has neither."""
    held: list[tuple[str, str | None, tuple[str, ...]]] = [
        ("role", _role_key(role), role.policies) for role in access.roles.values()
    ]
    held += [("user", row_key("user", user.id), user.policies) for user in access.users.values() if user.id is not None]
    held.append(("role", None, access.everybody))
    pairs = [(kind, key, row_key("policy", access.policies[name].id)) for kind, key, names in held for name in names]
    if _built_in(access):
        pairs.insert(0, ("role", ADMIN_ROLE, ADMIN_POLICY))
    for at, (kind, key, policy) in enumerate(dict.fromkeys(pairs), 1):
        yield {"id": stable_id("access", f"{kind}:{key}:{policy}"), kind: key, "policy": policy, "sort": at}
