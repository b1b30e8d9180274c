"""What an items call names: its collection, the paths of fields in its query, and the fields in its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.text.messages import MAX_QUOTED_CHARACTERS

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
    """What a call names. ``query`` are paths of fields, ``data`` the fields of its items."""

    type: str
    collection: str
    query: tuple[tuple[str, ...], ...] = ()
    data: tuple[str, ...] = ()


def named_in(kind: str, args: Sequence[object]) -> Named | None:
    """Return what a call of the type ``kind`` names; None for one that is not about items. Arguments may be anything, and large."""
    if kind not in ACTIONS or not args or not isinstance(args[0], str):
        return None
    options = args[1] if len(args) > 1 and isinstance(args[1], Mapping) else {}
    paths = tuple(dict.fromkeys(islice(_paths(options.get("query")), MAX_NAMES)))
    return Named(kind, args[0][:MAX_QUOTED_CHARACTERS], paths, tuple(_names(options.get("data"))))


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
        meant = aliases.get(name)
        yield _path(meant if isinstance(meant, str) else name)
    for name in _texts(query.get("sort")):
        if not name.startswith(("-count", "count")):
            yield _path(name.removeprefix("-"))
    aggregate = query.get("aggregate")
    for names in islice(aggregate.values(), MAX_NAMES) if isinstance(aggregate, Mapping) else ():
        yield from (_path(name) for name in _texts(names))
    conditions = query.get("filter")
    yield from _conditions(conditions)
    if not any(key in query for key in ("fields", "filter", "sort", "limit", "aggregate", "deep")):
        yield from _conditions(query)  # a bare filter


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
    return tuple(step[:MAX_QUOTED_CHARACTERS] for step in text[:MAX_PATH_CHARACTERS].split(".", MAX_DEPTH))
