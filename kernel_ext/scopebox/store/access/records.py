"""The records of access: rules, policies, roles, users, and in whose name something is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from scopebox.store.values.types import is_uuid
from scopebox.text.literals import record_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Action = Literal["create", "read", "update", "delete"]
ACTIONS: Final = ("create", "read", "update", "delete")
ADMIN: Final = "admin"
PUBLIC: Final = "public"


def stable_id(kind: str, name: str) -> str:
    """Return the id of a user, role or policy that was given none: a UUID, the same one always."""
    return str(uuid5(NAMESPACE_URL, f"scopebox:{kind}:{name}"))


def row_key(kind: str, given: str) -> str:
    """Return the primary key of a user, a role or a policy with the id ``given``; a Directus knows none but uuids."""
    return given if is_uuid(given) else stable_id(kind, given)


ADMIN_ROLE: Final = stable_id("role", ADMIN)
ADMIN_POLICY: Final = stable_id("policy", ADMIN)


@dataclass(frozen=True, slots=True, eq=False)
class AccessRule:
    """What one policy allows on one collection: ``fields`` (``*`` is all), the rule for items, validation, presets."""

    collection: str
    action: Action
    fields: tuple[str, ...] = ()
    permissions: Mapping[str, object] = field(default_factory=dict)
    validation: Mapping[str, object] = field(default_factory=dict)
    presets: Mapping[str, object] = field(default_factory=dict)

    __repr__ = record_text


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A named set of permissions; ``data`` holds what a Directus keeps of it besides."""

    name: str
    id: str
    admin: bool = False
    app: bool = False
    permissions: tuple[AccessRule, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A role: the keys of its policies and of the role above it, whose policies it has as well.

    ``data`` holds what a Directus keeps of it besides.
    """

    name: str
    id: str
    policies: tuple[str, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    parent: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """A user with a static token, and the keys of its role and of policies of its own.

    ``data`` holds its further fields (email and the like) for dynamic variables; ``password`` is plain text, for trying logins.
    """

    name: str
    id: str | None = None
    role: str | None = None
    token: str | None = field(default=None, repr=False)
    admin: bool = False
    data: Mapping[str, object] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)

    @property
    def email(self) -> str:
        """The address that the user logs in with: what the access says, else one made of the name."""
        given = self.data.get("email")
        return given if isinstance(given, str) else self.name if "@" in self.name else f"{self.name}@example.com"

    @property
    def active(self) -> bool:
        """Whether the user may do anything."""
        return self.data.get("status") in (None, "active")


@dataclass(frozen=True, slots=True)
class Accountability:
    """In whose name something is done. ``role`` and ``roles`` are ids, those of ``roles`` from the highest role down to ``role``."""

    user: str | None = None
    role: str | None = None
    roles: tuple[str, ...] = ()
    admin: bool = False
    app: bool = False
    ip: str | None = None

    def as_data(self) -> dict[str, object]:
        """Return the JSON object that hooks see."""
        return {
            "user": self.user,
            "role": self.role,
            "roles": list(self.roles),
            "admin": self.admin,
            "app": self.app,
            "ip": self.ip,
        }
