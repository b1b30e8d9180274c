"""Who may do what: users with static tokens, roles, and policies whose permissions add up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hmac import compare_digest
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from scopebox.errors import UnknownNameError
from scopebox.store.access.access_file import read_parts
from scopebox.store.access.access_tokens import invalid_credentials
from scopebox.store.access.app import APP
from scopebox.store.access.lasting_rules import LastingRules
from scopebox.store.access.passwords import check_password
from scopebox.store.access.records import (
    ADMIN,
    ADMIN_POLICY,
    ADMIN_ROLE,
    PUBLIC,
    AccessRule,
    Accountability,
    Action,
    Policy,
    Role,
    User,
    stable_id,
)
from scopebox.store.access.variables import details_of
from scopebox.store.steps import at_once
from scopebox.text.literals import inline
from scopebox.text.messages import closest, listed, remedy

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


_TOKEN_BYTES: Final = 24  # of the token of an administrator who is made up


@dataclass(frozen=True, eq=False)
class Access:
    """Users, roles and policies by key, which is the name unless several have one. The roles ``admin`` (everything) and ``public`` (nothing) are always there.

    ``everybody`` are the keys of the policies of requests without credentials and of users without a role; ``notes`` says what of
    the source has no effect here. ``new_token`` is that of an administrator who was made up because the source has no users.
    """

    users: Mapping[str, User] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    everybody: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    new_token: str = field(default="", repr=False)

    def with_somebody(self) -> Access:
        """Return this access, with an administrator who has a random token if there are no users, as nobody could use it otherwise."""
        if any(user.id is not None for user in self.users.values()):
            return self
        token = token_urlsafe(_TOKEN_BYTES)
        user = User(ADMIN, stable_id("user", ADMIN), ADMIN, token, admin=True)
        return replace(self, users={**self.users, ADMIN: user}, new_token=token)

    def public(self) -> Accountability:
        """Return the accountability of a request without credentials."""
        return Accountability()

    def for_role(self, role: str) -> Accountability:
        """Return the accountability of a role, by name or id, without a user. Raises UnknownNameError."""
        found = self.roles.get(role) or self._role_by_id.get(role)
        if found is not None:
            return self._accountability(found)
        alike = [key for key, entry in self.roles.items() if entry.name == role]
        if len(alike) == 1:
            return self._accountability(self.roles[alike[0]])
        if alike:
            raise UnknownNameError(f"More than one role is called {inline(role)}; say {listed(alike)}")
        if role == ADMIN:
            return _administrator(None)
        if role == PUBLIC:
            return self.public()
        names = sorted({*self.roles, ADMIN, PUBLIC})
        close = closest(role, names)
        hint = f"did you mean {inline(close)}?" if close else f"the roles are {', '.join(names)}"
        raise UnknownNameError(f"There is no role {inline(role)}; {hint}")

    def for_token(self, token: str) -> Accountability:
        """Return the accountability of the active user with this static token; DirectusError 401 without one."""
        for user in self.users.values():
            if token and user.token and compare_digest(user.token.encode(), token.encode()) and user.active:
                return self.for_user(user)
        raise invalid_credentials()

    def user_of(self, id_: object) -> User | None:
        """Return the user with this id; None if there is none."""
        return self._user_by_id.get(id_) if isinstance(id_, str) else None

    def find_user(self, called: str) -> User:
        """Return the user with this name, id or email. Raises UnknownNameError."""
        lowered = called.lower()
        for name, user in self.users.items():
            if user.id is not None and lowered in (name.lower(), user.id, user.email.lower()):
                return user
        names = [name for name, user in self.users.items() if user.id is not None]
        raise UnknownNameError(f"There is no user {inline(called)}; {remedy(called, names)}")

    def user_by_email(self, email: str) -> User | None:
        """Return the user who logs in with ``email``, whatever the case of its letters; None if there is none."""
        return self._user_by_email.get(email.lower())

    def with_password(self, user: User, password: str) -> Access:
        """Return this access with another password of ``user``, in plain text. ValueError for one that is no password for trying."""
        check_password(password)
        changed = {name: replace(user, password=password) for name, entry in self.users.items() if entry is user}
        return replace(self, users={**self.users, **changed})

    def for_user(self, user: User) -> Accountability:
        """Return the accountability of ``user``: that of its role, with its own policies added."""
        role = self.roles.get(user.role or "")
        if role is None and (user.role == ADMIN or user.admin):
            return _administrator(user.id)
        return self._accountability(role, user)

    def _accountability(self, role: Role | None, user: User | None = None) -> Accountability:
        line = self.line(role)
        policies = [
            self.policies[key]
            for key in (*(key for entry in line for key in entry.policies), *(user.policies if user else ()))
        ]
        admin = (user is not None and user.admin) or any(policy.admin for policy in policies)
        return Accountability(
            user=user.id if user else None,
            role=role.id if role else None,
            roles=tuple(entry.id for entry in line),
            admin=admin,
            app=any(policy.app or policy.admin for policy in policies),
        )

    def line(self, role: Role | None) -> list[Role]:
        """Return ``role`` and all roles above it, the highest first: their policies add up in this order."""
        found: list[Role] = []
        while role is not None and role not in found:
            found.append(role)
            role = self.roles.get(role.parent or "")
        return found[::-1]

    def policies_of(self, accountability: Accountability) -> list[Policy]:
        """Return the policies that add up for ``accountability``: those of its roles, or of everybody, then those of its user."""
        user = self._user_by_id.get(accountability.user or "")
        roles = [self._role_by_id[id_] for id_ in accountability.roles if id_ in self._role_by_id]
        keys = [key for role in roles for key in role.policies] if accountability.roles else self.everybody
        return [self.policies[key] for key in dict.fromkeys((*keys, *(user.policies if user else ())))]

    @cached_property
    def _role_by_id(self) -> Mapping[str, Role]:
        return {role.id: role for role in self.roles.values()}

    @cached_property
    def _user_by_id(self) -> Mapping[str, User]:
        return {user.id: user for user in self.users.values() if user.id is not None}

    @cached_property
    def _user_by_email(self) -> Mapping[str, User]:
        found: dict[str, User] = {}
        for user in self.users.values():
            if user.id is not None:
                found.setdefault(user.email.lower(), user)
        return found

    def policy_ids(self, accountability: Accountability) -> list[str]:
        """Return the ids of the policies that add up for ``accountability``."""
        own = [ADMIN_POLICY] if ADMIN_ROLE in accountability.roles else []
        return own + [policy.id for policy in self.policies_of(accountability)]

    def rules_of(self, accountability: Accountability) -> list[AccessRule]:
        """Return all permissions that add up; who may use the app has some besides."""
        granted = [permission for policy in self.policies_of(accountability) for permission in policy.permissions]
        return [*granted, *(APP if accountability.app else ())]

    def permissions_of(self, accountability: Accountability, collection: str, action: Action) -> list[AccessRule]:
        """Return the permissions that add up for ``action`` on ``collection``."""
        return [
            rule for rule in self.rules_of(accountability) if rule.collection == collection and rule.action == action
        ]

    def details_of(self, accountability: Accountability, action: Action) -> frozenset[str]:
        """Return the variables like ``$CURRENT_USER.email`` in the rules, the validation and the presets for ``action`` on anything."""
        if not self._details:
            return frozenset()
        found = [self._details.get((policy.id, action)) for policy in self.policies_of(accountability)]
        return frozenset[str]().union(*(details for details in found if details))

    @cached_property
    def _details(self) -> Mapping[tuple[str, Action], frozenset[str]]:
        found: dict[tuple[str, Action], frozenset[str]] = {}
        for policy in self.policies.values():
            for rule in policy.permissions:
                if details := details_of([rule.permissions, rule.validation, rule.presets]):
                    known = found.get((policy.id, rule.action), frozenset())
                    found[policy.id, rule.action] = known | details
        return found

    @cached_property
    def lasting_rules(self) -> LastingRules:
        """What was made of its long rules."""
        return LastingRules()

    def own_data(self, accountability: Accountability) -> Mapping[str, object]:
        """Return what the access says of the user behind ``accountability`` besides, whether there are such fields or not."""
        user = self._user_by_id.get(accountability.user or "")
        return user.data if user is not None else {}

    @classmethod
    def read(cls, source: object) -> Access:
        """Read an object of ``users``, ``roles`` and ``policies``: each by name, as in an access.json, or in the lists that the API of a Directus answers.

        Such lists may come with those of ``permissions`` and ``access``. Raises SchemaError, naming the place.
        """
        return at_once(cls.steps(source))

    @classmethod
    def steps(cls, source: object) -> Generator[None, None, Access]:
        """Do as :meth:`read` in steps."""
        found = yield from read_parts(source)
        return cls(found.users, found.roles, found.policies, found.public, tuple(found.notes.lines))


def _administrator(user: str | None) -> Accountability:
    return Accountability(user=user, role=ADMIN_ROLE, roles=(ADMIN_ROLE,), admin=True, app=user is not None)


def role_names(access: Access) -> list[str]:
    """Return the names of all roles, the built-in ones among them: what :meth:`Access.for_role` takes."""
    return list(dict.fromkeys((ADMIN, *access.roles, PUBLIC)))
