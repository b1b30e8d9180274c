"""What an items call needs of the schema and of a role, by what it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.extension.advice.named import ACTIONS, MAX_DEPTH
from scopebox.store.access.enough import Need
from scopebox.store.query.functions import field_of
from scopebox.store.reading.rights import other_side
from scopebox.store.schema.schema import scoped

if TYPE_CHECKING:
    from scopebox.extension.advice.named import Named
    from scopebox.store.schema.schema import Schema

_WILDCARD: Final = "*"


class Behind(NamedTuple):
    """A step behind a field that leads nowhere, or not to one collection; in a ``condition`` most likely an operator."""

    collection: str
    field: str
    step: str
    condition: bool


@dataclass(slots=True)
class Asked:
    """The fields by collection that a call needs to read, those that are not there, each with its collection, and the steps that nothing leads to."""

    fields: dict[str, set[str]] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    behind: list[Behind] = field(default_factory=list)


def asked(named: Named, schema: Schema) -> Asked:
    """Return the fields on the paths of a query, and those of its data, by what the schema says of them."""
    found = Asked({named.collection: set()})
    for path in named.query:
        _follow(found, schema, named.collection, path)
    for path in named.conditions:
        _follow(found, schema, named.collection, path, condition=True)
    fields = schema.all[named.collection].fields if named.collection in schema.all else {}
    found.missing += [(named.collection, name) for name in named.data if name not in fields]
    return found


def needs_of(named: Named, schema: Schema) -> list[Need]:
    """Return what a role has to be allowed so that a call goes through."""
    found = asked(named, schema).fields
    fields = frozenset(named.data)
    needs = [
        Need(named.collection, action, fields, everywhere=action != "create")
        for action in ACTIONS[named.type]
        if action != "read"
    ]
    if "read" in ACTIONS[named.type]:
        needs += [Need(name, "read", frozenset(names)) for name, names in found.items()]
    return needs


def _follow(found: Asked, schema: Schema, collection: str, path: tuple[str, ...], *, condition: bool = False) -> None:
    """Add the fields on one path, until it ends or leads to nothing that the schema knows."""
    for at, step in enumerate(path[:MAX_DEPTH], 1):
        if collection not in schema.all or step == _WILDCARD:
            return
        name, scope = scoped(field_of(step).partition(",")[0].strip())  # json(field, path) is about the field
        several = schema.any_relation_of(collection, name) is not None
        if name not in schema.all[collection].fields or (scope is not None and not several):
            found.missing.append((collection, name if scope is None else f"{name}:{scope}"))
            return
        found.fields.setdefault(collection, set()).add(name)
        relation = schema.relation_of(collection, name)
        if relation is not None:
            collection = other_side(relation, collection, name)
        elif scope is not None:
            collection = scope
        else:
            found.behind += [Behind(collection, name, below, condition) for below in path[at : at + 1]]
            return
