"""What a policy with app access lets its holders read by itself: their own user and their own roles."""

from __future__ import annotations

from typing import Final

from scopebox.store.access.records import AccessRule
from scopebox.store.schema.system import ROLES, USERS

_OF_ONESELF: Final = (
    "id", "first_name", "last_name", "last_page", "email", "password", "location", "title", "description", "tags", "provider",
    "avatar", "language", "appearance", "theme_light", "theme_dark", "tfa_secret", "status", "role",
)  # fmt: skip
APP: Final = (
    AccessRule(ROLES, "read", ("*",), {"id": {"_in": "$CURRENT_ROLES"}}),
    AccessRule(USERS, "read", _OF_ONESELF, {"id": {"_eq": "$CURRENT_USER"}}),
)
"""The permissions, of those that a Directus gives, on what a store has."""
