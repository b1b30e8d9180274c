"""Who may do what: users with static tokens, roles, and policies whose permissions add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING

from scopebox.errors import DirectusError, UnknownNameError
from scopebox.store.access.access_file import read_parts
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
)
from scopebox.text.literals import inline
from scopebox.text.messages import closest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False)
class Access:
    """Users, roles and policies by name. The roles ``admin`` (everything) and ``public`` (nothing) are always there."""

    users: Mapping[str, User] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)

    def public(self) -> Accountability:
        """Return the accountability of a request without credentials."""
        return Accountability()

    def for_role(self, role: str) -> Accountability:
        """Return the accountability of a role, by name or id, without a user. Raises UnknownNameError."""
        found = next((entry for entry in self.roles.values() if role in (entry.name, entry.id)), None)
        if found is not None:
            return self._accountability(found)
        if role == ADMIN:
            return _administrator(None)
        if role == PUBLIC:
            return self.public()
        names = sorted({*self.roles, ADMIN, PUBLIC})
        close = closest(role, names)
        hint = f"did you mean {inline(close)}?" if close else f"the roles are {', '.join(names)}"
        raise UnknownNameError(f"There is no role {inline(role)}; {hint}")

    def for_token(self, token: str) -> Accountability:
        """Return the accountability of the user with this static token; DirectusError 401 without one."""
        for user in self.users.values():
            if token and user.token and compare_digest(user.token.encode(), token.encode()):
                return self.for_user(user)
        raise DirectusError(401, "INVALID_CREDENTIALS", "Invalid user credentials.")

    def for_user(self, user: User) -> Accountability:
        """Return the accountability of ``user``."""
        role = self.roles.get(user.role or "")
        if role is None:
            return _administrator(user.id) if user.admin else Accountability(user=user.id)
        return self._accountability(role, user.id, admin=user.admin)

    def _accountability(self, role: Role, user: str | None = None, *, admin: bool = False) -> Accountability:
        policies = [self.policies[name] for name in role.policies]
        return Accountability(
            user=user,
            role=role.id,
            roles=(role.id,),
            admin=admin or any(policy.admin for policy in policies),
            app=any(policy.app for policy in policies),
        )

    def policies_of(self, accountability: Accountability) -> list[Policy]:
        """Return the policies that add up for ``accountability``; for nobody in particular those of the role ``public``."""
        names = [
            name for role in self.roles.values() if role.id in accountability.roles for name in role.policies
        ] or list(self.roles[PUBLIC].policies if not accountability.roles and PUBLIC in self.roles else ())
        return [self.policies[name] for name in names]

    def policy_ids(self, accountability: Accountability) -> list[str]:
        """Return the ids of the policies that add up for ``accountability``."""
        own = [ADMIN_POLICY] if ADMIN_ROLE in accountability.roles else []
        return own + [policy.id for policy in self.policies_of(accountability)]

    def permissions_of(self, accountability: Accountability, collection: str, action: Action) -> list[AccessRule]:
        """Return the permissions that add up for ``action`` on ``collection``."""
        return [
            permission
            for policy in self.policies_of(accountability)
            for permission in policy.permissions
            if permission.collection == collection and permission.action == action
        ]

    def user_data(self, accountability: Accountability) -> Mapping[str, object]:
        """Return the fields of the user behind ``accountability``, for ``$CURRENT_USER.email`` and its kind."""
        for user in self.users.values():
            if accountability.user is not None and user.id == accountability.user:
                return {"id": user.id, "role": accountability.role, "email": f"{user.name}@example.com", **user.data}
        return {}

    def role_data(self, accountability: Accountability) -> Mapping[str, object]:
        """Return the fields of the role behind ``accountability``, for ``$CURRENT_ROLE.name``."""
        for role in self.roles.values():
            if role.id == accountability.role:
                return {"id": role.id, "name": role.name}
        return {"id": ADMIN_ROLE, "name": "Administrator"} if accountability.role == ADMIN_ROLE else {}

    @classmethod
    def read(cls, source: object) -> Access:
        """Read the content of an access.json: ``users``, ``roles`` and ``policies`` by name. Raises SchemaError."""
        return cls(*read_parts(source))


def _administrator(user: str | None) -> Accountability:
    return Accountability(user=user, role=ADMIN_ROLE, roles=(ADMIN_ROLE,), admin=True, app=user is not None)


def role_names(access: Access) -> list[str]:
    """Return the names of all roles, the built-in ones among them: what :meth:`Access.for_role` takes."""
    return list(dict.fromkeys((ADMIN, *(role.name for role in access.roles.values()), PUBLIC)))
