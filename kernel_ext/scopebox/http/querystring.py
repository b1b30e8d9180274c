"""Query strings as a Directus parses them: ``fields=a,b``, ``filter[title][_eq]=x``, ``a[]=1&a[]=2``, ``filter={…}``."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from scopebox.errors import DirectusError

Tree = dict[str, object]
DEEPEST: Final = 10
MOST: Final = 1_000
LONGEST: Final = 100
_SEGMENT: Final = re.compile(r"\[([^\[\]]*)\]")
_REFUSED: Final = frozenset({"__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"})


def parse_query(text: str) -> Tree:
    """Return the parameters of ``text`` as an object. Names in brackets make objects and lists, ten levels at most.

    A name given twice makes a list; numeric names above 100 stay names. DirectusError 400 beyond a thousand parameters.
    """
    pairs = [part for part in text.split("&") if part]
    if len(pairs) > MOST:
        raise DirectusError(400, "INVALID_QUERY", f"Invalid query. There are more than {MOST} parameters.")
    tree: Tree = {}
    for part in pairs:
        name, _, value = part.partition("=")
        path = _path(unquote_plus(name))
        if path and not _REFUSED.intersection(path):
            _put(tree, path, unquote_plus(value))
    return {name: _listed(value) for name, value in tree.items()}


def _path(name: str) -> list[str]:
    """Return the steps of ``a[b][c]``; brackets beyond the deepest level stay part of the last name."""
    head, bracket, _ = name.partition("[")
    if not bracket or "]" not in name:
        return [name] if name else []
    steps, end = [head] if head else [], len(head)
    while len(steps) <= DEEPEST and (match := _SEGMENT.match(name, end)):
        steps.append(match[1])
        end = match.end()
    if end < len(name):
        steps.append(name[end:])
    return steps


def _put(tree: Tree, path: list[str], value: str) -> None:
    for at, step in enumerate(path[:-1]):
        name = step or str(len(tree)) if at else step
        below = tree.get(name)
        if not isinstance(below, dict):
            below = {} if below is None else {"0": below}
            tree[name] = below
        tree = below
    name = path[-1] or str(len(tree))
    there = tree.get(name)
    tree[name] = value if there is None else [*there, value] if isinstance(there, list) else [there, value]


def _listed(value: object) -> object:
    """Turn objects whose names are small numbers into lists, as ``a[0]=x&a[1]=y`` and ``a[]=x`` mean them."""
    if not isinstance(value, dict):
        return value
    entries = {name: _listed(entry) for name, entry in value.items()}
    if entries and all(name.isdecimal() and len(name) < 4 and int(name) <= LONGEST for name in entries):  # noqa: PLR2004
        return [entries[name] for name in sorted(entries, key=int)]
    return entries
