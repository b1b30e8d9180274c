"""What an items call names: its collection, the paths of fields in its query, and the fields in its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.store.query.functions import split_path
from scopebox.text.messages import MAX_QUOTED_CHARACTERS
from scopebox.vocabulary import QUERY_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.access.records import Action

MAX_NAMES: Final = 200  # of fields, and items of data, that are looked at
MAX_ENTRIES: Final = 2_000  # of a filter that are looked at
MAX_DEPTH: Final = 10  # levels of a filter, and steps of a path
MAX_PATH_CHARACTERS: Final = MAX_QUOTED_CHARACTERS * MAX_DEPTH
ACTIONS: Final[Mapping[str, tuple[Action, ...]]] = {
    "create-items": ("create",),
    "read-items": ("read",),
    "update-items": ("update", "read"),
    "delete-items": ("delete", "read"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a call names. ``query`` are paths of fields, ``conditions`` those in its filter, ``data`` the fields of its items."""

    type: str
    collection: str
    query: tuple[tuple[str, ...], ...] = ()
    conditions: tuple[tuple[str, ...], ...] = ()
    data: tuple[str, ...] = ()


def named_in(kind: str, args: Sequence[object]) -> Named | None:
    """Return what a call of the type ``kind`` names; None for one that is not about items. Arguments may be anything, and large."""
    if kind not in ACTIONS or not args or not isinstance(args[0], str):
        return None
    options = args[1] if len(args) > 1 and isinstance(args[1], Mapping) else {}
    query = options.get("query")
    paths, conditions = _different(_paths(query)), _different(_conditions(_filter_of(query)))
    return Named(kind, args[0][:MAX_QUOTED_CHARACTERS], paths, conditions, tuple(_names(options.get("data"))))


def _different(paths: Iterator[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(islice(paths, MAX_NAMES)))


def _names(data: object) -> list[str]:
    items = [data] if isinstance(data, Mapping) else data if isinstance(data, list) else []
    names = (
        str(name)[:MAX_QUOTED_CHARACTERS] for item in items[:MAX_NAMES] if isinstance(item, Mapping) for name in item
    )
    return list(dict.fromkeys(islice(names, MAX_NAMES)))


def _paths(query: object) -> Iterator[tuple[str, ...]]:
    if not isinstance(query, Mapping):
        return
    for name in _texts(query.get("fields")):
        yield from _unaliased(_path(name), query.get("alias"), query.get("deep"))
    yield from map(_path, _texts(query.get("groupBy")))
    aggregate = query.get("aggregate")
    functions = aggregate if isinstance(aggregate, Mapping) else {}
    for name in _texts(query.get("sort")):
        path = _path(name.removeprefix("-"))
        if path[0] not in functions:
            yield path
    for names in islice(functions.values(), MAX_NAMES):
        yield from map(_path, _texts(names))


def _unaliased(path: tuple[str, ...], alias: object, deep: object) -> Iterator[tuple[str, ...]]:
    """Yield the path that ``path`` stands for, nothing where a name in it stands for what is no name.

    The first step may be one of ``alias``, one behind it of what ``deep`` says of its level.
    """
    meant: list[str] = []
    for step in path:
        name = alias.get(step, step) if isinstance(alias, Mapping) else step
        if not isinstance(name, str):
            return
        meant += [step] if name == step else _path(name)
        deep = deep.get(step) if isinstance(deep, Mapping) else None
        alias = deep.get("_alias") if isinstance(deep, Mapping) else None
    yield tuple(meant[: MAX_DEPTH + 1])


def _filter_of(query: object) -> object:
    """Return the filter of a query; a query without any key of one is a filter itself."""
    if not isinstance(query, Mapping):
        return None
    return query.get("filter") if any(key in query for key in QUERY_KEYS) else query


def _conditions(conditions: object) -> Iterator[tuple[str, ...]]:
    """Yield the paths of fields in a filter. Many entries may name none, so it is they that are counted."""
    left: list[tuple[object, tuple[str, ...], int]] = [(conditions, (), MAX_DEPTH)]
    for _ in range(MAX_ENTRIES):
        if not left:
            return
        rule, path, depth = left.pop()
        if path and not isinstance(rule, list):
            yield path
        if depth:
            left += reversed([(entry, (*path, *step), depth - 1) for step, entry in _entries(rule)])


def _entries(rule: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield what a list or an object of a filter holds, each with the step that leads to it, if any."""
    if isinstance(rule, list):
        yield from (((), entry) for entry in rule[:MAX_NAMES])
    elif isinstance(rule, Mapping):
        for name, entry in islice(rule.items(), MAX_NAMES):
            yield () if str(name).startswith("_") else (str(name)[:MAX_QUOTED_CHARACTERS],), entry


def _texts(value: object) -> list[str]:
    texts = value.split(",", MAX_NAMES) if isinstance(value, str) else value if isinstance(value, list) else []
    return [text.strip()[:MAX_PATH_CHARACTERS] for text in texts[:MAX_NAMES] if isinstance(text, str)]


def _path(text: str) -> tuple[str, ...]:
    steps: list[str] = []
    rest: str | None = text[:MAX_PATH_CHARACTERS]
    while rest is not None and len(steps) <= MAX_DEPTH:
        step, rest = split_path(rest)
        steps.append(step[:MAX_QUOTED_CHARACTERS])
    return tuple(steps)
