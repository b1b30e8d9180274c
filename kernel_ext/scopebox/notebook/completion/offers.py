"""The words that fit a slot in the body of a ``%%sandbox`` cell: what completion offers there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.completion import javascript_names
from scopebox.notebook.completion.slots import API
from scopebox.vocabulary import (
    EXECUTION_TYPES,
    ITEM_EVENTS,
    LOGICAL,
    MANIFEST_KEYS,
    METHODS,
    PERMISSION_KEYS,
    PERMISSIONS,
    QUANTIFIERS,
    QUERY_KEYS,
    SCOPES,
    TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.languages import Language
    from scopebox.notebook.completion.language import Language as Names
    from scopebox.notebook.completion.slots import Kind, Slot
    from scopebox.sandbox.sandbox import Sandbox

GIVEN: Final = ("exec", "gather", "print")
OUTPUTS: Final = ("text", "json")
_NAMES: Final = re.compile(r"[^\W\d]\w+")
# Of the kinds that need nothing else.
_FIXED: Final[Mapping[Kind, Iterable[str]]] = {
    "manifest key": MANIFEST_KEYS,
    "entry key": PERMISSION_KEYS,
    "first key": (*MANIFEST_KEYS, *PERMISSION_KEYS),
    "scope": SCOPES,
    "permission": PERMISSIONS,
    "methods": METHODS,
    "type": TYPES,
    "execution type": EXECUTION_TYPES,
    "method": METHODS,
    "output": OUTPUTS,
    "query key": QUERY_KEYS,
}


def collections(box: Sandbox | None) -> list[str]:
    """Return the names of all collections."""
    return [] if box is None else list(box.store.schema.collections)


def roles(box: Sandbox | None) -> list[str]:
    """Return the names of all roles."""
    from scopebox.store.access.access import role_names  # noqa: PLC0415 - loading must be quick
    from scopebox.store.access.records import ADMIN, PUBLIC  # noqa: PLC0415

    return [ADMIN, PUBLIC] if box is None else role_names(box.store.access)


def events(names: Iterable[str]) -> list[str]:
    """Return the events that a store with collections of these names fires."""
    return [*ITEM_EVENTS, *(f"{name}.{event}" for name in names for event in ITEM_EVENTS)]


def words(slot: Slot, box: Sandbox | None) -> Iterable[str]:  # noqa: PLR0911 - one return a kind
    """Return the words that fit a slot in a text, or in a manifest."""
    if slot.kind in _FIXED:
        return _FIXED[slot.kind]
    match slot.kind:
        case "scope key":
            return EXECUTION_TYPES[slot.owner].scope_keys or ()
        case "option":
            return EXECUTION_TYPES[slot.owner].options
        case "role":
            return roles(box)
        case "collection":
            return collections(box)
        case "event":
            return events(collections(box))
        case "secret":
            return [f"{name}}}}}" for name in box.secrets] if box is not None else ()
        case _:
            return _in_items(slot, _fields(slot, box))


def _in_items(slot: Slot, fields: list[str]) -> Iterable[str]:  # noqa: PLR0911 - one return a kind
    from scopebox.store.query.operators import OPERATORS  # noqa: PLC0415 - loading must be quick
    from scopebox.store.reading.aggregate_functions import FUNCTIONS  # noqa: PLC0415

    match slot.kind:
        case "field":
            return (*fields, "*")
        case "sort field":
            return (*fields, *(f"-{name}" for name in fields))
        case "data key":
            return fields
        case "filter key":
            return (*fields, *LOGICAL, *((*QUANTIFIERS, *OPERATORS) if slot.related else ()))
        case "operator":
            return OPERATORS
        case "function":
            return FUNCTIONS
        case _:
            return ()


def _fields(slot: Slot, box: Sandbox | None) -> list[str]:
    """Return the fields of a collection, behind the way that leads to it; those of all collections where it is not known which."""
    known = {} if box is None else box.store.schema.collections
    if slot.owner not in known and slot.lead:
        return []
    chosen = [known[slot.owner]] if slot.owner in known else known.values()
    return [f"{slot.lead}{name}" for name in dict.fromkeys(name for entry in chosen for name in entry.fields)]


def in_code(slot: Slot, language: Language, names: Names, cell: str) -> Iterable[str]:
    """Return the words that fit a slot of the code itself, in a cell of that text."""
    python = language is DEFAULT_LANGUAGE
    match slot.kind:
        case "imported" if slot.owner in (API, javascript_names.MODULE):
            return SCOPES
        case "imported":
            return names.modules.get(slot.owner, ())
        case "module":
            return (*names.modules, API) if python else (javascript_names.MODULE,)
        case "member":
            return names.members(slot.owner) if python else javascript_names.members(slot.owner)
        case _ if slot.typed:
            return sorted({*_NAMES.findall(cell), *(GIVEN if python else javascript_names.WORDS)})
        case _:
            return ()
