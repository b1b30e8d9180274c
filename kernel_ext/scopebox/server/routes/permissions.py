"""``/permissions/me`` and ``/policies/me/globals``: what one may do oneself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from scopebox_guest.weight import MAX_VALUES

from scopebox.errors import DirectusError
from scopebox.server.routes.route import AT_ONCE, Asked, data_response, room_for
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
_IN_RECORD: Final = 20  # names and values that take as much as a record of the schema
_ACTIONS: Final = ("read", "create", "update", "delete", "share")


async def mine(asked: Asked) -> Response:
    """Answer with what one may do, collection by collection; DirectusError 403 for the public."""
    who = asked.who
    if who.user is None and who.role is None:
        raise forbidden()
    if who.admin:
        everything = {action: {"access": "full", "fields": ["*"]} for action in _ACTIONS}
        return data_response(dict.fromkeys((*asked.store.schema.collections, *sorted(NAMES)), everything))
    rules = asked.store.access.rules_of(who)
    await room_for(asked, sum(len(rule.fields) + _values_in(rule.presets) for rule in rules) // _IN_RECORD)
    return data_response(await _rights(rules, _Presets(Variables(asked.store.access, who, now()))))


class _Presets:
    """Resolves the variables in presets, some at a time: others are answered in between."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._values = 0
        self._until = AT_ONCE

    async def resolved(self, value: object) -> object:
        """Return ``value`` resolved; DirectusError 400 beyond as many values as a body may have: a variable may be a list of many."""
        if isinstance(value, dict):
            return {name: await self.resolved(entry) for name, entry in value.items()}
        if isinstance(value, list):
            return [await self.resolved(entry) for entry in value]
        found = resolved(value, self._variables)
        self._values += len(found) if isinstance(found, list) else 1
        if self._values > MAX_VALUES:
            reason = f"The presets of the rules have more than {MAX_VALUES:,} values: give them fewer"
            raise DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})
        if self._values >= self._until:
            self._until = self._values + AT_ONCE
            await asyncio.sleep(0)
        return found


def _values_in(presets: object) -> int:
    found, level = 0, [presets]
    while level:
        found += len(level)
        lists = [
            entry.values() if isinstance(entry, dict) else entry for entry in level if isinstance(entry, dict | list)
        ]
        level = [entry for entries in lists for entry in entries]
    return found


async def _rights(rules: Iterable[AccessRule], presets: _Presets) -> dict[str, dict[str, Right]]:
    found: dict[str, dict[str, Right]] = {}
    for rule in rules:
        actions = found.setdefault(rule.collection, {action: {"access": "none"} for action in _ACTIONS})
        _add(actions[rule.action], rule, as_object(await presets.resolved(rule.presets)))
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
