"""Reading an access.json: every entry checked, every error with the place of what is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.access.records import (
    ACTIONS,
    PUBLIC,
    AccessRule,
    Accountability,
    Policy,
    Role,
    User,
    stable_id,
)
from scopebox.store.access.variables import Variables
from scopebox.store.query import filters
from scopebox.store.values.generated import now
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, hint, remedy

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Mapping


Entry = dict[str, object]
MAX_ENTRIES: Final = 1_000  # users, roles or policies
MAX_PERMISSIONS: Final = 5_000  # of one policy
MAX_NAME: Final = 300  # characters of the name of a user, a role or a policy
_FEWER: Final = "Leave out what the notebook does not need."
_PARTS: Final = ("users", "roles", "policies")
# What a Directus keeps beside, for people: read over, never acted on.
_FOR_PEOPLE: Final = frozenset({"note", "name", "description", "icon"})
_POLICY: Final = frozenset({"id", "admin_access", "app_access", "permissions"}) | _FOR_PEOPLE
_ROLE: Final = frozenset({"id", "policies"}) | _FOR_PEOPLE
_PERMISSION: Final = frozenset(
    {"id", "policy", "system", "collection", "action", "fields", "permissions", "validation", "presets"}
)
_USER: Final = frozenset({"id", "role", "token", "admin", "note"})


class _Nobody:
    """Looks up nothing: whether a rule can be read does not depend on users, roles and policies."""

    def policy_ids(self, _: Accountability) -> list[str]:
        return []

    def user_data(self, _: Accountability) -> Mapping[str, object]:
        return {}

    def role_data(self, _: Accountability) -> Mapping[str, object]:
        return {}


def read_parts(source: object) -> tuple[dict[str, User], dict[str, Role], dict[str, Policy]]:
    """Return the users, the roles and the policies that ``source``, the content of an access.json, describes. Raises SchemaError, naming the place."""
    if not isinstance(source, dict):
        raise SchemaError("The content has to be an object", hint=f"Its keys are {_listed(_PARTS)}.")
    _known(source, frozenset(_PARTS), "The top level")
    policies = {name: _policy(name, entry) for name, entry in _entries(source, "policies")}
    roles = {name: _role(name, entry, policies) for name, entry in _entries(source, "roles")}
    users = {name: _user(name, entry, roles) for name, entry in _entries(source, "users")}
    holders: dict[str, str] = {}
    for name, user in users.items():
        if user.token is not None and holders.setdefault(user.token, name) != name:
            raise SchemaError(f"users.{name}.token: the user {inline(holders[user.token])} has the same one")
    return users, roles, policies


def _entries(source: Entry, key: str) -> list[tuple[str, Entry]]:
    entries = source.get(key, {})
    if not isinstance(entries, dict):
        raise SchemaError(f"{key} has to be an object of objects, by name, not {inline(entries)}")
    if len(entries) > MAX_ENTRIES:
        raise SchemaError(f"{len(entries):,} {key}, {MAX_ENTRIES:,} are the limit", hint=_FEWER)
    for name, entry in entries.items():
        if len(name) > MAX_NAME:
            raise SchemaError(
                f"{key}: the name {inline(name)} has {len(name):,} characters, {MAX_NAME} are the limit",
                hint="Shorten it.",
            )
        if not isinstance(entry, dict):
            raise SchemaError(f"{key}.{name} has to be an object, not {inline(entry)}")
    return [(str(name), entry) for name, entry in entries.items()]


def _policy(name: str, entry: Entry) -> Policy:
    place = f"policies.{name}"
    _known(entry, _POLICY, place)
    given = [] if entry.get("permissions") is None else entry["permissions"]
    if not isinstance(given, list):
        raise SchemaError(f"{place}.permissions has to be a list, not {inline(given)}")
    if len(given) > MAX_PERMISSIONS:
        raise SchemaError(f"{place}: {len(given):,} permissions, {MAX_PERMISSIONS:,} are the limit", hint=_FEWER)
    return Policy(
        name,
        _text(entry, "id", place) or stable_id("policy", name),
        _flag(entry, "admin_access", place),
        _flag(entry, "app_access", place),
        tuple(_permission(f"{place}.permissions[{at}]", item) for at, item in enumerate(given)),
    )


def _permission(place: str, entry: object) -> AccessRule:
    if not isinstance(entry, dict):
        raise SchemaError(f"{place} has to be an object, not {inline(entry)}")
    _known(entry, _PERMISSION, place)
    collection, action = entry.get("collection"), entry.get("action")
    if not isinstance(collection, str):
        raise SchemaError(f"{place}.collection has to be the name of a collection, not {inline(collection)}")
    if action not in ACTIONS:
        raise SchemaError(f"{place}.action: {inline(action)} is no action", hint=f"The actions are {_listed(ACTIONS)}.")
    rules = {key: entry.get(key) or {} for key in ("permissions", "validation", "presets")}
    for key, rule in rules.items():
        if not isinstance(rule, dict):
            raise SchemaError(f"{place}.{key} has to be an object, not {inline(rule)}")
        if key != "presets":
            _readable(rule, f"{place}.{key}")
    return AccessRule(collection, action, _names(entry, "fields", place), **rules)


def _readable(rule: Entry, place: str) -> None:
    """Raise SchemaError for a rule that no request could be checked against."""
    try:
        filters.parse(rule, Variables(_Nobody(), Accountability(admin=True), now()))
    except DirectusError as error:
        raise SchemaError(f"{place}: {error.message}", hint="A rule is a filter, as in a query.") from error


def _role(name: str, entry: Entry, policies: Mapping[str, Policy]) -> Role:
    place = f"roles.{name}"
    _known(entry, _ROLE, place)
    names = _names(entry, "policies", place)
    for policy in names:
        if policy not in policies:
            raise SchemaError(f"{place}.policies: there is no policy {_close(policy, policies)}")
    return Role(name, _text(entry, "id", place) or stable_id("role", name), names)


def _user(name: str, entry: Entry, roles: Mapping[str, Role]) -> User:
    place = f"users.{name}"
    role = _text(entry, "role", place)
    if role is not None and role not in roles:
        raise SchemaError(f"{place}.role: there is no role {_close(role, roles)}")
    return User(
        name,
        None if name == PUBLIC else _text(entry, "id", place) or stable_id("user", name),
        role,
        _text(entry, "token", place),
        _flag(entry, "admin", place),
        {key: value for key, value in entry.items() if key not in _USER},
    )


def _known(entry: Entry, keys: frozenset[str], place: str) -> None:
    for key in entry:
        if key not in keys:
            otherwise = f"its keys are {_listed(sorted(keys))}"
            raise SchemaError(f"{place} has the unknown key {inline(key)}", hint=hint(key, keys, otherwise))


def _names(entry: Entry, key: str, place: str) -> tuple[str, ...]:
    given = entry.get(key) or []
    names = given.split(",") if isinstance(given, str) else given  # a Directus also writes them with commas
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SchemaError(f"{place}.{key} has to be a list of names, not {inline(given)}")
    return tuple(names)


def _text(entry: Entry, key: str, place: str) -> str | None:
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise SchemaError(f"{place}.{key} has to be a text, not {inline(value)}")
    return value or None


def _flag(entry: Entry, key: str, place: str) -> bool:
    value = entry.get(key, False)
    if value is not None and not isinstance(value, bool):
        raise SchemaError(f"{place}.{key} has to be true or false, not {inline(value)}")
    return bool(value)


def _close(name: str, known: Names[str]) -> str:
    return f"{name[:MAX_QUOTED_CHARACTERS]!r}; {remedy(name, known)}"


def _listed(names: Names[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"
