"""Reading who may do what: every entry checked, every error with the place of what is wrong in it.

It comes as an access.json of ours, an object of users, roles and policies by name, or in the lists that the API of a Directus
answers, where ids refer to ids: roles and users have their policies through entries of ``access``, policies their permissions
through those of ``permissions``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.access.entries import FEWER, PARTS, Entry, References, entries, enumerated, known, unique
from scopebox.store.access.passwords import check_password, hashed
from scopebox.store.access.permissions import Permissions
from scopebox.store.access.records import ADMIN, PUBLIC, AccessRule, Policy, Role, User, stable_id
from scopebox.text.literals import inline
from scopebox.text.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Generator

MAX_PERMISSIONS: Final = 5_000  # of one policy
_POLICY: Final = frozenset({"id", "name", "admin_access", "app_access", "permissions", "roles", "users"})
_ROLE: Final = frozenset({"id", "name", "policies", "parent", "children", "users"})
_USER: Final = frozenset({"id", "role", "token", "admin", "policies"})
_SECRETS: Final = frozenset({"tfa_secret", "auth_data"})
_ABOUT_POLICIES: Final = frozenset({"ip_access", "enforce_tfa", "description", "icon", "note"})
_ABOUT_ROLES: Final = frozenset({"description", "icon", "note"})
_MASK: Final = "**"  # what a Directus shows of a secret begins so


@dataclass
class Parts:
    """What was read: users, roles and policies by key, the policies of everybody, and what of it is not followed."""

    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    public: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)


def read_parts(source: object) -> Generator[None, None, Parts]:
    """Return users, roles and policies in ``source``, the content of an access.json, read in steps. SchemaError names the place of what is wrong."""
    if not isinstance(source, dict):
        raise SchemaError("The content has to be an object", hint=f"Its keys are {enumerated(PARTS)}.")
    known(source, frozenset(PARTS), "The top level")
    reader = _Reader({part: entries(source, part) for part in PARTS})
    yield from reader.read_policies()
    reader.read_roles()
    yield
    yield from reader.read_users()
    return reader.found


class _Reader:
    """Reads the parts one after the other; what refers to something comes after it."""

    def __init__(self, parts: dict[str, list[Entry]]) -> None:
        self.found = Parts()
        self._parts = parts
        self._keys = {part: _keys(part, parts[part]) for part in ("policies", "roles", "users")}
        self._policies, self._roles, self._users = References("policy"), References("role"), References("user")
        for part, references in (("policies", self._policies), ("roles", self._roles), ("users", self._users)):
            for entry, key in zip(parts[part], self._keys[part], strict=True):
                references.add(key, entry.text("id"), _name(entry))
        self._held = self._holders()

    def _holders(self) -> dict[tuple[str, str], list[str]]:
        """Return the policies that the entries of ``access`` give, by role or user; those of nobody are everybody's."""
        held: dict[tuple[str, str], list[str]] = {}
        for entry in sorted(self._parts["access"], key=_order):
            policy = self._policies.find(entry.record.get("policy"))
            holder = next((kind for kind in ("role", "user") if entry.record.get(kind) is not None), "")
            references = self._roles if holder == "role" else self._users
            key = references.find(entry.record[holder]) if holder else ""
            if policy is None or key is None:
                missing = "policy" if policy is None else holder
                self.found.notes.count(f"access to a {missing}", "it is not in the project, not used", entry.place)
            else:
                held.setdefault((holder, key), []).append(policy)
        return held

    def read_policies(self) -> Generator[None, None, None]:
        """Read the policies with their permissions, wherever those stand, in steps."""
        rules = yield from self._listed_permissions()
        for entry, key in zip(self._parts["policies"], self._keys["policies"], strict=True):
            given = entry.listed("permissions")
            by_hand = entry.key is not None and not self._parts["permissions"]
            own = [rule for rule in given if by_hand or not isinstance(rule, int)]
            if len(own) < len(given) and not self._parts["permissions"]:
                self.found.notes.count("policy with permissions by number", "no list of permissions has them", key)
            written = [
                Entry(f"{entry.place}.permissions[{at}]", key, _object(rule, entry, at)) for at, rule in enumerate(own)
            ]
            own_rules = yield from self._rules(written, key)
            allowed = (*own_rules, *rules.get(key, ()))
            if len(allowed) > MAX_PERMISSIONS:
                much = f"{len(allowed):,} permissions, {MAX_PERMISSIONS:,} are the limit"
                raise SchemaError(f"{entry.place}: {much}", hint=FEWER)
            self.found.policies[key] = self._policy(entry, key, allowed)

    def _policy(self, entry: Entry, key: str, allowed: tuple[AccessRule, ...]) -> Policy:
        data = entry.more(_POLICY, _ABOUT_POLICIES)
        if entry.names("ip_access"):
            self.found.notes.count("policy with ip_access", "it counts from every address here", key)
        if entry.flag("enforce_tfa"):
            self.found.notes.count("policy with enforce_tfa", "a login asks for no second factor here", key)
        return Policy(
            _name(entry) or key,
            entry.text("id") or stable_id("policy", key),
            entry.flag("admin_access"),
            entry.flag("app_access"),
            allowed,
            data,
        )

    def _listed_permissions(self) -> Generator[None, None, dict[str, list[AccessRule]]]:
        """Return the permissions of the list of all of them, by policy, read in steps."""
        found: dict[str, list[Entry]] = {}
        for entry in self._parts["permissions"]:
            policy = entry.record.get("policy")
            if policy is None and "role" in entry.record:
                raise SchemaError(
                    f"{entry.place} has a role and no policy, as before Directus 11",
                    hint="Export roles, policies and permissions from a Directus 11 or newer.",
                )
            key = self._policies.find(policy)
            if key is not None:
                found.setdefault(key, []).append(entry)
            elif not entry.record.get("system"):  # those of the app, which every Directus has
                self.found.notes.count("permission of a policy", "it is not in the project, not used", entry.place)
        rules: dict[str, list[AccessRule]] = {}
        for key, listed in found.items():
            rules[key] = yield from self._rules(listed, key)
        return rules

    def _rules(self, written: list[Entry], policy: str) -> Generator[None, None, list[AccessRule]]:
        found, permissions = [], Permissions()
        for entry in written:
            yield
            rule = permissions.read(entry)
            if rule is not None:
                found.append(rule)
            else:
                place = f"{policy}: {entry.record['collection']}"
                self.found.notes.count("permission to share", "nothing is shared here, not used", place)
        return found

    def read_roles(self) -> None:
        """Read the roles, and the policies of everybody, which a role ``public`` of ours has."""
        for entry, key in zip(self._parts["roles"], self._keys["roles"], strict=True):
            if entry.key is None and (entry.record.get("admin_access") or entry.record.get("app_access")):
                self.found.notes.count(
                    "role with rights of its own", "since Directus 11 policies have them, not used", key
                )
            self.found.roles[key] = Role(
                _name(entry) or key,
                entry.text("id") or stable_id("role", key),
                self._policies_of("role", entry, key),
                entry.more(_ROLE, _ABOUT_ROLES),
                self._lead(entry, "parent", self._roles),
            )
        for entry, key in zip(self._parts["roles"], self._keys["roles"], strict=True):
            self._check_line(entry, key)
        ours = [
            key for entry, key in zip(self._parts["roles"], self._keys["roles"], strict=True) if entry.key == PUBLIC
        ]
        given = [policy for key in ours for policy in self.found.roles[key].policies]
        self.found.public = tuple(dict.fromkeys((*given, *self._held.get(("", ""), ()))))

    def _check_line(self, entry: Entry, key: str) -> None:
        """Refuse a role that is its own ancestor."""
        line: dict[str, None] = {}
        above: str | None = key
        while above is not None:
            if above in line:
                chain = inline(" → ".join((*line, above)))
                raise SchemaError(f"{entry.place}.parent: a role cannot stand above itself: {chain}")
            line[above] = None
            above = self.found.roles[above].parent

    def read_users(self) -> Generator[None, None, None]:
        """Read the users in steps; no two of them have the same token."""
        holders: dict[str, str] = {}
        for entry, key in zip(self._parts["users"], self._keys["users"], strict=True):
            user = self._user(entry, key)
            self.found.users[key] = user
            if user.token is not None and holders.setdefault(user.token, key) != key:
                raise SchemaError(f"{entry.place}.token: the user {inline(holders[user.token])} has the same one")
            yield

    def _user(self, entry: Entry, key: str) -> User:
        token = entry.text("token")
        if token is not None and token.startswith(_MASK):
            self.found.notes.count("user with a concealed token", "no request can carry it; give another one", key)
            token = None
        secrets = [name for name in _SECRETS if entry.record.get(name) and not _masked(entry.record[name])]
        if secrets:
            self.found.notes.count("user with a secret", "second factors and the like are not kept", key)
        role = entry.record.get("role")
        built_in = role in (ADMIN, PUBLIC) and self._roles.find(role) is None
        return User(
            key,
            None if entry.key == PUBLIC else entry.text("id") or stable_id("user", key),
            (ADMIN if role == ADMIN else None) if built_in else self._lead(entry, "role", self._roles),
            token,
            entry.flag("admin"),
            entry.more(_USER | _SECRETS | {"password"}),
            self._policies_of("user", entry, key),
            self._password(entry, key),
        )

    def _password(self, entry: Entry, key: str) -> str | None:
        """Return the password of a user, in plain text; none where it is concealed, or the hash of a real one."""
        password = entry.text("password", secret=True)
        if password is None or _masked(password):
            return None
        if hashed(password):
            self.found.notes.count("user with the hash of a password", "no real one is kept; give another one", key)
            return None
        try:
            check_password(password)
        except ValueError as error:
            raise SchemaError(f"{entry.place}.{'password'}: {error}") from None
        return password

    def _lead(self, entry: Entry, name: str, references: References) -> str | None:
        """Return the key of what ``entry`` refers to under ``name``; None for nothing."""
        given = entry.record.get(name)
        if given is None or given == "":
            return None
        if not isinstance(given, str | dict):
            raise SchemaError(f"{entry.place}.{name} has to be a text, not {inline(given)}")
        found = references.find(given)
        if found is None and entry.key is not None:
            raise SchemaError(f"{entry.place}.{name}: {references.missing(given)}")
        if found is None:
            self.found.notes.count(f"{name} of a record", "it is not in the project, left out", entry.place)
        return found

    def _policies_of(self, holder: str, entry: Entry, key: str) -> tuple[str, ...]:
        """Return the policies that ``entry`` names itself, then those that it has by ``access``."""
        named = entry.names("policies") if isinstance(entry.record.get("policies"), str) else entry.listed("policies")
        found = []
        for given in named:
            policy = self._policies.find(given.get("policy") or given if isinstance(given, dict) else given)
            if policy is not None:
                found.append(policy)
            elif entry.key is not None and not self._parts["access"]:
                if not isinstance(given, str | dict):
                    raise SchemaError(f"{entry.place}.policies has to be a list of names, not {inline(named)}")
                raise SchemaError(f"{entry.place}.policies: {self._policies.missing(given)}")
            elif not self._parts["access"]:  # a number of an access, which the list of them would lead on
                what = f"policy of a {holder} by the id of an access"
                self.found.notes.count(what, "no list of access has it, not used", key)
        return tuple(dict.fromkeys((*found, *self._held.get((holder, key), ()))))


def _keys(part: str, listed: list[Entry]) -> list[str]:
    """Return the keys of entries: the names of ours, and those of records, told apart by their ids."""
    named = iter(unique((_called(part, entry), entry.text("id") or "") for entry in listed if entry.key is None))
    keys = [next(named) if entry.key is None else entry.key for entry in listed]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SchemaError(f"{part}: {inline(twice)} is there twice", hint="Each has an id of its own.")
    return keys


def _called(part: str, entry: Entry) -> str:
    """Return what a record is called by people."""
    if part == "users":
        whole = " ".join(filter(None, (entry.text("first_name"), entry.text("last_name"))))
        name = entry.text("email") or whole or entry.text("id")
    else:
        name = entry.text("name") or entry.text("id")
    if name is None:
        raise SchemaError(f"{entry.place} has neither a name nor an id", hint="The API of a Directus answers both.")
    return name


def _name(entry: Entry) -> str | None:
    return entry.text("name")


def _object(given: object, entry: Entry, at: int) -> dict[str, object]:
    if not isinstance(given, dict):
        raise SchemaError(f"{entry.place}.permissions[{at}] has to be an object, not {inline(given)}")
    return given


def _order(entry: Entry) -> float:
    order = entry.record.get("sort")
    return order if isinstance(order, int | float) else -1


def _masked(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_MASK)
