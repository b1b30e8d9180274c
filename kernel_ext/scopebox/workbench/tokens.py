"""In whose name something is tried: the tokens of users, by the names of their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.errors import ScopeboxError
from scopebox.store.access.records import ADMIN
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from scopebox.store.access import Access


def token_of(access: Access, role: str) -> str:
    """Return the token of the first user with a role; ScopeboxError if there is none."""
    wanted = access.for_role(role)
    for user in access.users.values():
        if user.token:
            who = access.for_user(user)
            if (who.admin, who.roles) == (wanted.admin, wanted.roles):
                return user.token
    raise ScopeboxError(f"No user with the role {quote(role)} has a token", hint="%sandbox roles shows who has one.")


def roles_with_token(access: Access) -> list[str]:
    """Return the names of the roles whose users have a token, each once."""
    held = [access.roles.get(user.role or "") for user in access.users.values() if user.token]
    return list(dict.fromkeys(ADMIN if role is None else role.name for role in held))
