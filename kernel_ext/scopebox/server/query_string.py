"""Query strings as a Directus parses them: ``fields=a,b``, ``filter[title][_eq]=x``, ``a[]=1&a[]=2``, ``filter={…}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from scopebox.errors import DirectusError
from scopebox.server.error_shapes import too_long

if TYPE_CHECKING:
    from starlette.requests import Request

Tree = dict[str, object]
MAX_DEPTH: Final = 10
MAX_PARAMETERS: Final = 1_000
MAX_LIST_LENGTH: Final = 100
MAX_QUERY_CHARACTERS: Final = 2**17  # of a whole query string
MAX_NAME_CHARACTERS: Final = 1_000  # of the name of a parameter, brackets included
_SEGMENT: Final = re.compile(r"\[([^\[\]]*)\]")
_REFUSED: Final = frozenset({"__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"})


def parse_query(text: str) -> Tree:
    """Return the parameters of ``text`` as an object. Names in brackets make objects and lists, ten levels at most.

    A name given twice makes a list; numeric names above 100 stay names. DirectusError 414 for a query string that is too long,
    400 beyond a thousand parameters or for a name of more than a thousand characters.
    """
    if len(text) > MAX_QUERY_CHARACTERS:
        raise too_long(f"A query string has at most {MAX_QUERY_CHARACTERS:,} characters; SEARCH takes it as a body.")
    pairs = [part for part in text.split("&") if part]
    if len(pairs) > MAX_PARAMETERS:
        raise _invalid(f"There are more than {MAX_PARAMETERS} parameters")
    tree: Tree = {}
    for part in pairs:
        name, _, value = part.partition("=")
        if len(name) > 3 * MAX_NAME_CHARACTERS:  # each character may be percent-encoded
            raise _invalid(f"The name of a parameter has more than {MAX_NAME_CHARACTERS:,} characters")
        path = _path(unquote_plus(name))
        if path and not _REFUSED.intersection(path):
            _put(tree, path, unquote_plus(value))
    return {name: _listed(value) for name, value in tree.items()}


def _invalid(reason: str) -> DirectusError:
    return DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})


def _path(name: str) -> list[str]:
    """Return the steps of ``a[b][c]``; brackets beyond the deepest level stay part of the last name."""
    if len(name) > MAX_NAME_CHARACTERS:
        raise _invalid(f"The name of a parameter has more than {MAX_NAME_CHARACTERS:,} characters")
    head, bracket, _ = name.partition("[")
    if not bracket or "]" not in name:
        return [name] if name else []
    steps, end = [head] if head else [], len(head)
    while len(steps) <= MAX_DEPTH and (match := _SEGMENT.match(name, end)):
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
    if isinstance(there, list):
        there.append(value)
    else:
        tree[name] = value if there is None else [there, value]


def _listed(value: object) -> object:
    """Turn objects whose names are small numbers into lists, as ``a[0]=x&a[1]=y`` and ``a[]=x`` mean them."""
    if not isinstance(value, dict):
        return value
    entries = {name: _listed(entry) for name, entry in value.items()}
    if entries and all(name.isdecimal() and len(name) < 4 and int(name) <= MAX_LIST_LENGTH for name in entries):  # noqa: PLR2004
        return [entries[name] for name in sorted(entries, key=int)]
    return entries


def query_of(request: Request) -> str:
    """Return the query string of a request as it was sent."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")
