"""What can stand at a place of a ``%%sandbox`` cell: the words that completion offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.vocabulary import (
    EXECUTION_TYPES,
    HOOK_KINDS,
    ITEM_EVENTS,
    ITEMS,
    LOGICAL,
    METHODS,
    PERMISSION_KEYS,
    PERMISSIONS,
    QUANTIFIERS,
    QUERY_KEYS,
    SCOPES,
    TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.notebook.completion.cursor import Level, Place
    from scopebox.sandbox.sandbox import Sandbox

GIVEN: Final = ("exec", "gather", "print")
VALUES: Final = {"method": METHODS, "output": ("text", "json")}

REFERENCE: Final = "{{secret."
_SCOPE: Final = "requestedScopes"


def ending(text: str, more: str = "") -> str:
    """Return the letters, digits and underscores at the end of ``text``, and the characters in ``more`` among them."""
    at = len(text)
    while at and (text[at - 1].isalnum() or text[at - 1] == "_" or text[at - 1] in more):
        at -= 1
    return text[at:]


def collections(box: Sandbox | None) -> list[str]:
    """Return the names of all collections."""
    return [] if box is None else list(box.store.schema.collections)


def roles(box: Sandbox | None) -> list[str]:
    """Return the names of all roles."""
    from scopebox.store.access.access import role_names  # noqa: PLC0415 - loading must be quick
    from scopebox.store.access.records import ADMIN, PUBLIC  # noqa: PLC0415

    return [ADMIN, PUBLIC] if box is None else role_names(box.store.access)


def secrets(box: Sandbox | None) -> list[str]:
    """Return the names of all secrets."""
    return [] if box is None else list(box.secrets)


def events(names: Iterable[str]) -> list[str]:
    """Return the events that a store with collections of these names fires."""
    return [*ITEM_EVENTS, *(f"{name}.{event}" for name in names for event in ITEM_EVENTS)]


def in_manifest(text: str, box: Sandbox | None) -> Iterable[str]:
    """Return what can follow ``text``, the manifest up to the cursor, comment signs taken away."""
    line = text.rpartition("\n")[2]
    before, _, value = line.rpartition("=")
    if value.count('"') % 2 or value.count("'") % 2:
        return _manifest_values(ending(before.rstrip()), box)
    if _SCOPE in text:
        return (*SCOPES, *dict.fromkeys(key for name in SCOPES for key in EXECUTION_TYPES[name].scope_keys or ()))
    if "{" in line or text.count("[") > text.count("]"):
        return PERMISSION_KEYS
    return ("permissions", "requestedScopes", "type")


def in_objects(place: Place, box: Sandbox | None) -> Iterable[str]:
    """Return what can stand at a place of a manifest in the notation of JavaScript's objects, whose outermost braces are there."""
    match tuple(key for key in place.path if key != "[]"):
        case ("",) if "[]" not in place.path:
            return ("permissions", "requestedScopes", "type", *PERMISSION_KEYS)
        case ("",) | ("permissions", ""):
            return PERMISSION_KEYS
        case ("requestedScopes", ""):
            return SCOPES
        case ("requestedScopes", name, "") if name in SCOPES:
            return EXECUTION_TYPES[name].scope_keys or ()
        case (*_, key):
            return _manifest_values(key, box)
    return ()


def _manifest_values(key: str, box: Sandbox | None) -> Iterable[str]:
    known = {"permission": PERMISSIONS, "role": roles(box), "methods": METHODS, "type": TYPES}
    return known.get(key, ())


def in_text(place: Place, box: Sandbox | None) -> Iterable[str]:
    """Return what can stand in the text at a place of the code."""
    call = place.call
    if call is None:
        return ()
    function = call.callee.rpartition(".")[2]
    if function in HOOK_KINDS:
        return () if call.texts or place.path else events(collections(box))
    return _in_exec(call, place, box) if function == "exec" else ()


def _in_exec(call: Level, place: Place, box: Sandbox | None) -> Iterable[str]:
    if not call.texts:
        return () if place.path else EXECUTION_TYPES
    kind = call.texts[0] or ""
    if kind not in ITEMS:
        return _in_options(kind, place.path, box)
    if len(call.texts) == 1:
        return () if place.path else collections(box)
    return _in_items(kind, place.path, _Fields(box, call.texts[1] or "", place.text or ""))


def _in_options(kind: str, path: tuple[str, ...], box: Sandbox | None) -> Iterable[str]:
    match path:
        case ("",):
            return EXECUTION_TYPES[kind].options if kind in EXECUTION_TYPES else ()
        case ("event",):
            return events(collections(box))
        case (key,):
            return VALUES.get(key, ())
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a collection; ``text`` may lead through relations (``author.na``)."""

    box: Sandbox | None
    collection: str
    text: str = ""

    def names(self) -> list[str]:
        """Return the fields; those of all collections where it is not known which."""
        known = {} if self.box is None else self.box.store.schema.collections
        chosen = [known[self.collection]] if self.collection in known else known.values()
        return list(dict.fromkeys(name for entry in chosen for name in entry.fields))

    def paths(self) -> list[str]:
        """Return the fields, below the relations that the text already names."""
        *way, _ = self.text.lstrip("-").split(".")
        end = self
        for name in way:
            end = end.through(name) or _Fields(None, "")
        lead = "".join(f"{name}." for name in way)
        return [f"{lead}{name}" for name in end.names()]

    def through(self, name: str) -> _Fields | None:
        """Return the fields of the collection behind a relation, None if the field is none."""
        relation = None if self.box is None else self.box.store.schema.relation_of(self.collection, name)
        if relation is None:
            return None
        forward = (relation.many, relation.field) == (self.collection, name)
        return _Fields(self.box, relation.one if forward else relation.many, self.text)


def _in_items(kind: str, path: tuple[str, ...], fields: _Fields) -> Iterable[str]:
    match path:
        case ("",):
            return EXECUTION_TYPES[kind].options
        case ("query", *inner):
            return _in_query(inner, fields)
        case ("data", *inner):
            return fields.names() if inner and inner[-1] == "" else ()
        case _:
            return ()


def _in_query(path: list[str], fields: _Fields) -> Iterable[str]:
    from scopebox.store.reading.aggregates import FUNCTIONS  # noqa: PLC0415 - loading must be quick

    match path:
        case [""]:
            return QUERY_KEYS
        case ["sort", *_]:
            return (*fields.paths(), *(f"-{name}" for name in fields.paths()))
        case ["fields" | "groupBy", *_]:
            return (*fields.paths(), "*")
        case ["aggregate", *inner]:
            return FUNCTIONS if inner == [""] else fields.names()
        case ["filter", *inner]:
            return _in_filter(inner, fields)
        case _:
            return ()


def _in_filter(path: list[str], fields: _Fields) -> Iterable[str]:
    """Follow the keys on the way: below a field stand operators, below a relation its fields as well."""
    from scopebox.store.query.operators import OPERATORS  # noqa: PLC0415 - loading must be quick

    if not path or path[-1] != "":
        return ()
    behind: tuple[str, ...] = ()
    for key in path[:-1]:
        if key in (*LOGICAL, *QUANTIFIERS, "[]"):
            continue
        related = fields.through(key)
        if related is None:
            return OPERATORS
        fields, behind = related, (*QUANTIFIERS, *OPERATORS)
    return (*fields.names(), *LOGICAL, *behind)
