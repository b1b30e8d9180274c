"""What an items call names: its collections and fields, as far as its query and its data tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.store.access.enough import Need
from scopebox.store.reading.rights import other_side
from scopebox.store.schema.schema import scoped
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.access.records import Action
    from scopebox.store.schema.schema import Schema

MAX_NAMES: Final = 200  # of fields, and items of data, that are looked at
MAX_DEPTH: Final = 10  # levels of a filter, and steps of a path
_WILDCARD: Final = "*"
_ACTIONS: Final[Mapping[str, tuple[Action, ...]]] = {
    "create-items": ("create",),
    "read-items": ("read",),
    "update-items": ("update", "read"),
    "delete-items": ("delete", "read"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a call names. ``query`` are paths of fields, ``data`` the fields of its items."""

    type: str
    collection: str
    query: tuple[tuple[str, ...], ...] = ()
    data: tuple[str, ...] = ()


@dataclass(slots=True)
class Asked:
    """The fields by collection that a call needs to read, those that are not there, each with its collection, and the steps behind a field that leads nowhere: operators, most likely."""

    fields: dict[str, set[str]] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)


def named_in(kind: str, args: Sequence[object]) -> Named | None:
    """Return what a call of the type ``kind`` names; None for one that is not about items. Arguments may be anything, and large."""
    if kind not in _ACTIONS or not args or not isinstance(args[0], str):
        return None
    options = args[1] if len(args) > 1 and isinstance(args[1], Mapping) else {}
    paths = tuple(dict.fromkeys(islice(_paths(options.get("query")), MAX_NAMES)))
    return Named(kind, args[0][:MAX_QUOTED_CHARACTERS], paths, tuple(_names(options.get("data"))))


def asked(named: Named, schema: Schema) -> Asked:
    """Return the fields on the paths of a query, and those of its data, by what the schema says of them."""
    found = Asked({named.collection: set()})
    for path in named.query:
        _follow(found, schema, named.collection, path)
    fields = schema.all[named.collection].fields if named.collection in schema.all else {}
    found.missing += [(named.collection, name) for name in named.data if name not in fields]
    return found


def needs_of(named: Named, schema: Schema) -> list[Need]:
    """Return what a role has to be allowed so that a call goes through."""
    found = asked(named, schema).fields
    fields = frozenset(named.data)
    needs = [
        Need(named.collection, action, fields, everywhere=action != "create")
        for action in _ACTIONS[named.type]
        if action != "read"
    ]
    if "read" in _ACTIONS[named.type]:
        needs += [Need(name, "read", frozenset(names)) for name, names in found.items()]
    return needs


def _follow(found: Asked, schema: Schema, collection: str, path: tuple[str, ...]) -> None:
    """Add the fields on one path, until it ends or leads to nothing that the schema knows."""
    for at, step in enumerate(path[:MAX_DEPTH], 1):
        if collection not in schema.all or step == _WILDCARD:
            return
        name, scope = scoped(step.partition("(")[2].removesuffix(")") or step)
        if name not in schema.all[collection].fields:
            found.missing.append((collection, name))
            return
        found.fields.setdefault(collection, set()).add(name)
        relation = schema.relation_of(collection, name)
        if relation is not None:
            collection = other_side(relation, collection, name)
        elif scope is not None:
            collection = scope
        else:
            found.operators += path[at : at + 1]
            return


def _names(data: object) -> list[str]:
    items = [data] if isinstance(data, Mapping) else data if isinstance(data, list) else []
    names = (
        str(name)[:MAX_QUOTED_CHARACTERS] for item in items[:MAX_NAMES] if isinstance(item, Mapping) for name in item
    )
    return list(dict.fromkeys(islice(names, MAX_NAMES)))


def _paths(query: object) -> Iterator[tuple[str, ...]]:
    if not isinstance(query, Mapping):
        return
    alias = query.get("alias")
    aliases = alias if isinstance(alias, Mapping) else {}
    for name in (*_texts(query.get("fields")), *_texts(query.get("groupBy"))):
        yield _path(str(aliases.get(name, name)))
    for name in _texts(query.get("sort")):
        if not name.startswith(("-count", "count")):
            yield _path(name.removeprefix("-"))
    aggregate = query.get("aggregate")
    for names in aggregate.values() if isinstance(aggregate, Mapping) else ():
        yield from (_path(name) for name in _texts(names))
    conditions = query.get("filter")
    yield from _conditions(conditions, (), MAX_DEPTH)
    if not any(key in query for key in ("fields", "filter", "sort", "limit", "aggregate", "deep")):
        yield from _conditions(query, (), MAX_DEPTH)  # a bare filter


def _conditions(rule: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the paths of fields in a filter."""
    if isinstance(rule, list):
        for entry in rule[:MAX_NAMES]:
            yield from _conditions(entry, path, depth - 1) if depth else ()
    elif isinstance(rule, Mapping):
        if path:
            yield path
        for name, entry in islice(rule.items(), MAX_NAMES):
            step = () if str(name).startswith("_") else (str(name)[:MAX_QUOTED_CHARACTERS],)
            yield from _conditions(entry, (*path, *step), depth - 1) if depth else ()
    elif path:
        yield path


def _texts(value: object) -> list[str]:
    texts = value.split(",", MAX_NAMES) if isinstance(value, str) else value if isinstance(value, list) else []
    return [text.strip()[: MAX_QUOTED_CHARACTERS * MAX_DEPTH] for text in texts[:MAX_NAMES] if isinstance(text, str)]


def _path(text: str) -> tuple[str, ...]:
    return tuple(step[:MAX_QUOTED_CHARACTERS] for step in text.split(".", MAX_DEPTH))
