"""Which roles may do something: for advice to people, never for a decision."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store.access.access import role_names
from scopebox.store.access.records import ADMIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.access.access import Access
    from scopebox.store.access.records import AccessRule, Accountability, Action

ALL: Final = "*"
MAX_ROLES: Final = 200  # that are looked at
MAX_RULES: Final = 2_000  # of one role that are counted
_ALL_FIELDS: Final = 100  # what a permission for all fields counts as
_OF_A_USER: Final = b"$CURRENT_USER"


@dataclass(frozen=True, slots=True)
class Need:
    """An action on fields of a collection; ``everywhere``: on any item, whatever is in it."""

    collection: str
    action: Action
    fields: frozenset[str] = frozenset()
    everywhere: bool = False


def roles_for(access: Access, needs: Sequence[Need]) -> list[str]:
    """Return the roles that may do all of it without a user, the weakest first; those that may everything come last."""
    found = []
    for at, name in enumerate(islice(role_names(access), MAX_ROLES)):
        who = access.for_role(name)
        rules = () if who.admin else access.rules_of(who)
        if all(_cover(who, rules, need) for need in needs):
            found.append((who.admin, name == ADMIN, _strength(access, who), at, name))
    return [name for *_, name in sorted(found)]


def may(access: Access, who: Accountability, need: Need) -> bool:
    """Whether the permissions of ``who`` cover ``need``; a rule about the current user covers nobody here."""
    return _cover(who, () if who.admin else access.rules_of(who), need)


def _cover(who: Accountability, rules: Sequence[AccessRule], need: Need) -> bool:
    if who.admin:
        return True
    held = [
        rule
        for rule in rules
        if rule.collection == need.collection
        and rule.action == need.action
        and _holds(rule, everywhere=need.everywhere)
    ]
    fields = {name for rule in held for name in rule.fields}
    return bool(held) and (ALL in fields or need.action == "delete" or need.fields <= fields)


def _holds(rule: AccessRule, *, everywhere: bool) -> bool:
    if not rule.permissions:
        return True
    return not everywhere and _OF_A_USER not in msgspec.json.encode(rule.permissions)


def _strength(access: Access, who: Accountability) -> int:
    rules = islice((rule for policy in access.policies_of(who) for rule in policy.permissions), MAX_RULES)
    return sum(_ALL_FIELDS if ALL in rule.fields else len(rule.fields) + 1 for rule in rules)
