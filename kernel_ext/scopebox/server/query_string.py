"""Query strings as a Directus parses them: ``fields=a,b``, ``filter[title][_eq]=x``, ``a[]=1&a[]=2``, ``filter={…}``.

It does what the library qs 6.14 does with the settings of a Directus 11: names ten levels deep, lists of up to 500 entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from scopebox.errors import DirectusError
from scopebox.server.error_shapes import too_long

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

Tree = dict[str, object]
MAX_DEPTH: Final = 10
MAX_PARAMETERS: Final = 1_000
MAX_LIST_LENGTH: Final = 500
MAX_PLACE_DIGITS: Final = 10  # of the name of a place in a list
MAX_QUERY_CHARACTERS: Final = 2**17  # of a whole query string
MAX_NAME_CHARACTERS: Final = 1_000  # of the name of a parameter, brackets included
_SEGMENT: Final = re.compile(r"\[([^\[\]]*)\]")
_OPENING: Final = re.compile("%5[bB]")
_CLOSING: Final = re.compile("%5[dD]")
_UNDECODABLE: Final = re.compile("%(?![0-9a-fA-F]{2})")
_NAMES_OF_OBJECTS: Final = frozenset(
    (
        "constructor", "__defineGetter__", "__defineSetter__", "hasOwnProperty", "__lookupGetter__", "__lookupSetter__",
        "isPrototypeOf", "propertyIsEnumerable", "toString", "valueOf", "__proto__", "toLocaleString",
    )
)  # fmt: skip
"""What every object of JavaScript has: a parameter with one of these in its name counts for nothing."""


class _List(dict[int, object]):
    """A list while it grows, by position: there may be holes."""

    def put(self, value: object) -> None:
        """Add a value at the end."""
        self[self.end] = value

    @property
    def end(self) -> int:
        """The position behind the last value."""
        return max(self, default=-1) + 1


class _Overgrown(Tree):
    """What was a list until it had too many entries: values are still put at its end."""

    def __init__(self, found: Tree) -> None:
        super().__init__(found)
        self._largest = max(map(_number, self), default=-1)

    def __setitem__(self, name: str, value: object) -> None:
        super().__setitem__(name, value)
        self._largest = max(self._largest, _number(name))

    def put(self, value: object) -> None:
        """Add a value behind the largest number among the names, which is kept: to look for it would take longer with every value."""
        self[str(self._largest + 1)] = value


def _number(name: str) -> int:
    """Return the number that a name is, -1 if it is none: what has more digits is no place in a list."""
    return int(name) if len(name) <= MAX_PLACE_DIGITS and name.isascii() and name.isdecimal() else -1


def parse_query(text: str) -> Tree:
    """Return the parameters of ``text`` as an object. Names in brackets make objects and lists, ten levels at most.

    A name given twice makes a list; a list that would have more than 500 entries is an object with numbers as names. DirectusError 414 for
    a query string that is too long, 400 beyond a thousand parameters or for a name of more than a thousand characters.
    """
    if not text:
        return {}
    if len(text) > MAX_QUERY_CHARACTERS:
        raise too_long(f"A query string has at most {MAX_QUERY_CHARACTERS:,} characters; SEARCH takes it as a body.")
    parts = [part for part in _CLOSING.sub("]", _OPENING.sub("[", text)).split("&") if part]
    if len(parts) > MAX_PARAMETERS:
        raise _invalid(f"There are more than {MAX_PARAMETERS} parameters")
    tree: object = {}
    for name, value in _by_name(parts).items():
        steps = _steps(name)
        if steps:
            tree = _merged(tree, _nested(steps, value))
    found = _without_holes(tree)
    assert isinstance(found, dict)
    return found


def _invalid(reason: str) -> DirectusError:
    return DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})


def _by_name(parts: list[str]) -> dict[str, object]:
    """Return the values by the whole name, several of one name as a list."""
    found: dict[str, object] = {}
    for part in parts:
        end = part.find("]=") + 1 or part.find("=")
        raw, value = (part, "") if end < 0 else (part[:end], part[end + 1 :])
        if len(raw) > 3 * MAX_NAME_CHARACTERS:  # each character may be percent-encoded
            raise _invalid(f"The name of a parameter has more than {MAX_NAME_CHARACTERS:,} characters")
        name = _decoded(raw)
        found[name] = _combined(found[name], _decoded(value)) if name in found else _decoded(value)
    return found


def _decoded(text: str) -> str:
    """Return what a percent-encoded text says; the text itself, if that is no UTF-8."""
    text = text.replace("+", " ")
    if "%" not in text or _UNDECODABLE.search(text):
        return text
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _steps(name: str) -> list[str]:
    """Return the steps of ``a[b][c]`` as ``a``, ``[b]``, ``[c]``, none for a name that does not count.

    Brackets beyond the deepest level stay part of the last step; what stands between brackets plays no part.
    """
    if len(name) > MAX_NAME_CHARACTERS:
        raise _invalid(f"The name of a parameter has more than {MAX_NAME_CHARACTERS:,} characters")
    matches = list(_SEGMENT.finditer(name))
    head = name[: matches[0].start()] if matches else name
    inner = [match[1] for match in matches[:MAX_DEPTH]]
    if not _NAMES_OF_OBJECTS.isdisjoint((head, *inner)):
        return []
    steps = [head] if head else []
    steps += [f"[{step}]" for step in inner]
    if len(matches) > MAX_DEPTH:
        steps.append(f"[{name[matches[MAX_DEPTH].start() :]}]")
    return steps


def _nested(steps: list[str], value: object) -> object:
    """Return ``value`` in the objects and lists that ``steps`` name."""
    for step in reversed(steps):
        if step == "[]":
            value = value if isinstance(value, _Overgrown) else _combined(_List(), value)
            continue
        bracketed = step.startswith("[") and step.endswith("]")
        name = step[1:-1] if bracketed else step
        place = _place(name) if bracketed else None
        if place is None:
            value = {} if name == "__proto__" else {name: value}
        elif place < MAX_LIST_LENGTH:
            value = _List({place: value})
        else:
            value = _Overgrown({name: value})
    return value


def _place(name: str) -> int | None:
    """Return the position in a list that a name is, None if it is none."""
    number = _number(name)
    return number if number >= 0 and str(number) == name else None


def _combined(one: object, other: object) -> object:
    """Return both as one list, the entries of lists among them."""
    if isinstance(one, _Overgrown):
        one.put(other)
        return one
    found, end = _List(), 0
    for part in (one, other):
        entries = part if isinstance(part, _List) else {0: part}
        found.update((end + place, value) for place, value in entries.items())
        end += part.end if isinstance(part, _List) else 1
    return found if end <= MAX_LIST_LENGTH else _Overgrown(_named(found))


def _entries(found: _List) -> list[object]:
    return [found[place] for place in sorted(found)]


def _named(found: _List) -> Tree:
    """Return a list as an object, whose names are the positions."""
    return {str(place): found[place] for place in sorted(found)}


def _merged(target: object, source: object) -> object:
    """Return ``target`` with what ``source``, which is a level of another parameter, adds to it."""
    if source in ("", {}) and not isinstance(source, _List):
        return target
    if not isinstance(source, dict):
        return _with_value(target, str(source))
    if not isinstance(target, dict):
        return _behind(target, source)
    if isinstance(target, _List):
        if isinstance(source, _List):
            return _merged_lists(target, source)
        target = _named(target)
    for name, value in (_named(source) if isinstance(source, _List) else source).items():
        target[name] = _merged(target[name], value) if name in target else value
    grows = isinstance(source, _Overgrown) and not isinstance(target, _Overgrown)
    return _Overgrown(target) if grows else target


def _with_value(target: object, source: str) -> object:
    """Return ``target`` with a single text added: at the end of a list; to an object as a name."""
    if isinstance(target, _List):
        if target.end > MAX_LIST_LENGTH:
            return _Overgrown({**_named(target), str(target.end): source})
        target.put(source)
    elif isinstance(target, _Overgrown):
        target.put(source)
    elif isinstance(target, dict):
        target |= {} if source in _NAMES_OF_OBJECTS else {source: True}
    else:
        return _List({0: target, 1: source})
    return target


def _behind(target: object, source: Mapping[str, object] | _List | _Overgrown) -> object:
    """Return a list, or what was one, with the single value ``target`` in front of ``source``."""
    if isinstance(source, _Overgrown):
        return _Overgrown({"0": target, **{str(int(name) + 1): value for name, value in source.items()}})
    return _combined(_List({0: target}), source)


def _merged_lists(target: _List, source: _List) -> _List:
    for place, value in sorted(source.items()):
        there = target.get(place)
        if place not in target:
            target[place] = value
        elif isinstance(there, dict) and there and isinstance(value, dict):
            target[place] = _merged(there, value)
        else:
            target.put(value)
    return target


def _without_holes(value: object) -> object:
    if isinstance(value, _List):
        return [_without_holes(entry) for entry in _entries(value)]
    return {name: _without_holes(entry) for name, entry in value.items()} if isinstance(value, dict) else value


def query_of(request: Request) -> str:
    """Return the query string of a request as it was sent."""
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")
