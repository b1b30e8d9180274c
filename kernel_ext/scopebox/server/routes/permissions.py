"""``/permissions/me`` and ``/policies/me/globals``: what one may do oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.server.routes.route import Asked, data_response
from scopebox.store.access.variables import Variables
from scopebox.store.errors import forbidden
from scopebox.store.schema.system import NAMES
from scopebox.store.values.generated import now
from scopebox.store.writing.rights import as_object, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from scopebox.store.access.records import AccessRule

Right = dict[str, object]
_ACTIONS: Final = ("read", "create", "update", "delete", "share")


async def mine(asked: Asked) -> Response:
    """Answer with what one may do, collection by collection; DirectusError 403 for the public."""
    who = asked.who
    if who.user is None and who.role is None:
        raise forbidden()
    if who.admin:
        everything = {action: {"access": "full", "fields": ["*"]} for action in _ACTIONS}
        return data_response(dict.fromkeys((*asked.store.schema.collections, *sorted(NAMES)), everything))
    variables = Variables(asked.store.access, who, now())
    return data_response(_rights(asked.store.access.rules_of(who), variables))


def _rights(rules: Iterable[AccessRule], variables: Variables) -> dict[str, dict[str, Right]]:
    found: dict[str, dict[str, Right]] = {}
    for rule in rules:
        actions = found.setdefault(rule.collection, {action: {"access": "none"} for action in _ACTIONS})
        _add(actions[rule.action], rule, as_object(resolved(rule.presets, variables)))
    for actions in found.values():
        for right in actions.values():
            if names := right.get("fields"):
                assert isinstance(names, dict)
                right["fields"] = ["*"] if "*" in names else list(names)
    return found


def _add(right: Right, rule: AccessRule, presets: Right) -> None:
    """Add what a rule allows: with any condition, access is partial, whatever other rules say. Fields are the keys of an object meanwhile."""
    if right["access"] == "none":
        right["access"] = "full"
    if rule.permissions:
        right["access"] = "partial"
    if rule.fields:
        _object(right, "fields").update(dict.fromkeys(rule.fields))
    if presets:
        _object(right, "presets").update(presets)


def _object(right: Right, name: str) -> Right:
    found = right.setdefault(name, {})
    assert isinstance(found, dict)
    return found


async def globals_(asked: Asked) -> Response:
    """Answer whether one is an administrator, and may use the app."""
    who = asked.who
    if who.user is None and who.role is None:
        return data_response({"app_access": who.app})
    return data_response({"app_access": who.app, "admin_access": who.admin, "enforce_tfa": False})
