"""Reading permissions: what a policy allows on a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.access.entries import Entry, enumerated, known
from scopebox.store.access.item_rules import ItemRules
from scopebox.store.access.records import ACTIONS, AccessRule, Accountability
from scopebox.store.access.variables import Variables
from scopebox.store.values.generated import now
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from scopebox.store.access.entries import Record

SHARE: Final = "share"  # the action of a link that shows an item to anybody
_PERMISSION: Final = frozenset(
    {"id", "policy", "system", "collection", "action", "fields", "permissions", "validation", "presets"}
)


class _Nobody:
    """Looks up nothing: whether a rule can be read does not depend on users, roles and policies."""

    def policy_ids(self, _: Accountability) -> list[str]:
        return []


class Permissions:
    """Reads what a policy allows. The values of its rules and presets are counted together for an action on a collection, as they are when one asks."""

    def __init__(self) -> None:
        self._rules: dict[tuple[object, object], ItemRules] = {}

    def read(self, entry: Entry) -> AccessRule | None:
        """Return what ``entry`` allows; None for ``share``, which allows nothing here. Raises SchemaError, naming the place."""
        known(entry.record, _PERMISSION, entry.place)
        collection, action = entry.record.get("collection"), entry.record.get("action")
        if not isinstance(collection, str):
            raise SchemaError(f"{entry.place}.collection has to be the name of a collection, not {inline(collection)}")
        if action == SHARE:
            return None
        if action not in ACTIONS:
            actions = enumerated((*ACTIONS, SHARE))
            raise SchemaError(
                f"{entry.place}.action: {inline(action)} is no action", hint=f"The actions are {actions}."
            )
        nobody = Variables(_Nobody(), Accountability(admin=True), now())
        counted = self._rules.setdefault((collection, action), ItemRules(nobody))
        rules = {key: _rule(entry, key, counted) for key in ("permissions", "validation", "presets")}
        return AccessRule(collection, action, entry.names("fields"), **rules)


def _rule(entry: Entry, key: str, counted: ItemRules) -> Record:
    rule = entry.record.get(key) or {}
    if not isinstance(rule, dict):
        raise SchemaError(f"{entry.place}.{key} has to be an object, not {inline(rule)}")
    try:  # a rule that no request could be checked against
        if key == "presets":
            counted.count(rule)
        elif rule:
            counted.parse(rule)
    except DirectusError as error:
        hint = "" if key == "presets" else "A rule is a filter, as in a query."
        raise SchemaError(f"{entry.place}.{key}: {error.message}", hint=hint) from error
    return rule
