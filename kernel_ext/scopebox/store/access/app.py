"""What a policy with app access lets its holders do by itself: see the schema, their own user and roles, and what the app keeps for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.access.records import AccessRule
from scopebox.store.schema.system import ROLES, USERS
from scopebox.store.schema.system_metas import PREFIX

if TYPE_CHECKING:
    from scopebox.store.access.records import Action

_OF_ONESELF: Final = (
    "id", "first_name", "last_name", "last_page", "email", "password", "location", "title", "description", "tags", "provider",
    "preferences_divider", "avatar", "language", "appearance", "theme_light", "theme_dark", "tfa_secret", "status", "role",
)  # fmt: skip
_EVERYTHING: Final = ("*",)


def _read(name: str) -> AccessRule:
    return AccessRule(f"{PREFIX}{name}", "read", _EVERYTHING)


def _own(name: str, action: Action, by: str, *fields: str) -> AccessRule:
    return AccessRule(f"{PREFIX}{name}", action, fields or _EVERYTHING, {by: {"_eq": "$CURRENT_USER"}})


APP: Final = (
    _read("collections"), _read("fields"), _read("relations"), _read("translations"), _own("activity", "read", "user"),
    _own("comments", "read", "user_created"), AccessRule(f"{PREFIX}comments", "create", _EVERYTHING),
    _own("comments", "update", "user_created", "comment"), _own("comments", "delete", "user_created"),
    _own("presets", "read", "user"), AccessRule(f"{PREFIX}presets", "create", _EVERYTHING), _own("presets", "update", "user"),
    _own("presets", "delete", "user"),
    AccessRule(ROLES, "read", _EVERYTHING, {"id": {"_in": "$CURRENT_ROLES"}}), _read("settings"),
    _own("notifications", "read", "recipient"), _own("notifications", "update", "recipient", "status"),
    _own("shares", "read", "user_created"), AccessRule(USERS, "read", _OF_ONESELF, {"id": {"_eq": "$CURRENT_USER"}}),
)  # fmt: skip
"""The permissions that a Directus gives; those on what a store does not have only say so."""
