"""The note for people on a call that was refused or failed.

It may name collections, fields and roles that the extension cannot see: it stands in the trace and in what the notebook shows, and never
goes to the guest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.extension.advice.needs import asked, needs_of
from scopebox.extension.advice.refused import narrowed, undeclared
from scopebox.extension.advice.registrations import registration_advice
from scopebox.extension.advice.schema import missing_text, operator_text
from scopebox.extension.refusing import FORBIDDEN
from scopebox.grants.refusal import RefusalError
from scopebox.network.secrets import UNKNOWN
from scopebox.store.access.enough import may, roles_for
from scopebox.store.access.records import ADMIN
from scopebox.store.views.rules import rule_words
from scopebox.text.messages import closest, listed
from scopebox.text.visible import clean
from scopebox.vocabulary import API_PREFIX, REGISTRATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.extension.advice.named import Named
    from scopebox.extension.extension import Extension
    from scopebox.manifest.permission import Permission
    from scopebox.store.access.enough import Need
    from scopebox.store.store import Store

MAX_MESSAGE_CHARACTERS: Final = 300  # of an error that are looked at
_OPERATOR: Final = re.compile(r'"(\w{1,20})" field type does not contain the "([^"]{1,60})" filter operator')


def advice(extension: Extension, kind: str, args: Sequence[object], named: Named | None, error: Exception) -> str:
    """Return what the user should know of a call of ``kind`` that ended with ``error``; empty where the error says it all.

    ``named`` is what :func:`~scopebox.extension.advice.named.named_in` found in its arguments.
    """
    permission = extension.grants.get(kind.removeprefix(API_PREFIX))
    match error:
        case RefusalError(reason="undeclared"):
            return undeclared(extension, kind, args, named)
        case RefusalError() if permission is not None:
            return narrowed(extension, permission.permission, error)
        case DirectusError(hint="") if named is not None and permission is not None:
            return _of_items(extension.services.store, permission.permission, named, error)
        case TypeError() | ValueError() if kind in REGISTRATIONS:
            return registration_advice(kind, args, str(error), extension.language)
        case ValueError() if str(error).startswith(UNKNOWN):
            return _of_secret(extension, str(error))
        case _:
            return ""


def _of_secret(extension: Extension, message: str) -> str:
    """Return which secret was probably meant, and how to make the one that was asked for."""
    name = message.removeprefix(UNKNOWN).strip(" '\"")
    if not name:
        return "A secret has a name: {{secret.NAME}}."
    meant = closest(name, extension.services.requester.secret_names)
    return f"{f'Did you mean {meant}? ' if meant else ''}%sandbox secret {clean(name)} asks for a new one."


def _of_items(store: Store, permission: Permission, named: Named, error: DirectusError) -> str:
    operator = _OPERATOR.search(error.message[:MAX_MESSAGE_CHARACTERS])
    missing = operator_text(operator[2], operator[1]) if operator else ""
    missing = missing or missing_text(store.schema, asked(named, store.schema), named.collection)
    return missing or (_of_role(store, permission, named) if error.status == FORBIDDEN else "")


def _of_role(store: Store, permission: Permission, named: Named) -> str:
    """Return what the role of the permission lacks, and which roles do not."""
    role = str(permission.role)
    who = store.access.for_role(role)
    needs = needs_of(named, store.schema)
    lacking = [need for need in needs if not may(store.access, who, need)]
    if not lacking:
        return ""
    enough = roles_for(store.access, needs)
    said = " ".join(_lack(store, role, need) for need in lacking[:2])
    return f"{said} {_instead(permission.permission, enough)}"


def _lack(store: Store, role: str, need: Need) -> str:
    who = store.access.for_role(role)
    rules = list(store.access.permissions_of(who, need.collection, need.action))
    verb = f"may not {need.action}"
    fields = {name for rule in rules for name in rule.fields}
    refused = sorted(need.fields - fields)
    if rules and refused and "*" not in fields:
        return f"The role {clean(role)} {verb} {listed([f'{need.collection}.{name}' for name in refused])}."
    if rules:
        words = " or ".join(filter(None, (rule_words(rule.permissions, 200) for rule in rules[:3])))
        return f"The role {clean(role)} may {need.action} {clean(need.collection)} only where {clean(words)}."
    return f"The role {clean(role)} {verb} {clean(need.collection)}."


def _instead(permission: str, enough: Sequence[str]) -> str:
    if not enough:
        return "No role of this store may."
    only = f"Only {ADMIN} may" if enough[0] == ADMIN else f"Roles that may: {listed(list(enough))}"
    return f'{only}. Write role = "{clean(enough[0])}" in the entry {permission} of the manifest, or ask for less.'
