"""Functions of fields: ``year(published_on)``, ``count(comments)``, ``json(meta, a.b[0])``; which type has which, and their SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.errors import invalid

if TYPE_CHECKING:
    from scopebox.store.schema.schema import FieldType

_DAY: Final = ("year", "month", "week", "day", "weekday")
_CLOCK: Final = ("hour", "minute", "second")
DATE_PARTS: Final = _DAY + _CLOCK
BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "date": _DAY,
    "dateTime": _DAY + _CLOCK,
    "timestamp": _DAY + _CLOCK,
    "time": _CLOCK,
    "json": ("count", "json"),
    "alias": ("count",),
}
"""The functions that each field type has."""

_CALL: Final = re.compile(r"([^()]*)\(([^)]*)\)")
_STEP: Final = re.compile(r"\.?([^.\[\]()*?\"'\\$]+)|\[(\d{1,9})\]")
MAX_PATH_CHARACTERS: Final = 500
_PARTS: Final = {
    "year": "year({})",
    "month": "month({})",
    "week": "week({})",
    "day": "day({})",
    "weekday": "dayofweek({})",
    "hour": "hour({})",
    "minute": "minute({})",
    "second": "date_part('second', {}) + date_part('microsecond', {}) % 1000000 / 1000000",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to a field; ``path`` are the steps of ``json(field, path)``."""

    name: str
    field: str
    path: tuple[str | int, ...] = ()

    @property
    def key(self) -> str:
        """The key of its value in an answer."""
        return "_".join((self.field, *map(str, self.path), self.name))


def parse_call(text: str, *, whole: bool = False) -> Call | None:
    """Return the call that ``text`` begins with, None if it is none.

    What stands behind it plays no part, as in a Directus; ``whole``: nothing may.
    """
    if "(" not in text:  # nearly all are plain names
        return None
    match = _CALL.fullmatch(text) if whole else _CALL.match(text)
    if match is None:
        return None
    name, inside = match[1], match[2]
    if name == "json":
        return _json_call(inside)
    return Call(name, inside)


def field_of(text: str) -> str:
    """Return the field that a name in a query is about: the name itself, or what stands in its first parentheses."""
    match = _CALL.match(text) if "(" in text else None
    return (match[2].strip() if match and match[1] else "") or text.strip()


def split_path(name: str) -> tuple[str, str | None]:
    """Return the first step of a path and the rest of it, None if there is none.

    ``year(author.joined)`` is the same as ``author.year(joined)``; the dots of a JSON path are its own.
    """
    head, bracket, inside = name.partition("(")
    root, dot, rest = head.partition(".")
    if dot:
        return root, rest + bracket + inside
    root, dot, rest = inside.partition(",")[0].partition(".")
    if bracket and dot:
        return root, f"{head}({inside[len(root) + 1 :]}"
    return name, None


def _json_call(inside: str) -> Call:
    column, comma, path = inside.partition(",")
    steps = json_path(path.strip())
    if not comma or not steps:
        raise invalid("Invalid json() syntax: requires json(field, path) format")
    return Call("json", column.strip(), steps)


def json_path(text: str) -> tuple[str | int, ...]:
    """Return the steps of a path like ``a.b[0].c``, none if it is no path."""
    steps: list[str | int] = []
    at = 0
    while at < len(text) <= MAX_PATH_CHARACTERS:
        match = _STEP.match(text, at)
        if match is None or (match[1] is not None and steps and text[at] != "."):
            return ()
        steps.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    return tuple(steps)


def check_call(call: Call, type_: FieldType) -> None:
    """Raise the error of a function that the type does not have."""
    known = BY_TYPE.get(type_, ())
    if call.name not in known:
        error = invalid(f'Invalid function specified "{call.name}"')
        has = ", ".join(f"{name}()" for name in known) or "no functions"
        error.hint = f"A field of type {type_} has {has}"
        raise error


def part_sql(name: str, column: str) -> str:
    """Return the SQL of a part of a date or a time."""
    return _PARTS[name].replace("{}", column)


def list_length(column: str) -> str:
    """Return the SQL of the length of a JSON list; anything else fails, as it does in PostgreSQL."""
    return (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN json_type({column}) = 'ARRAY' THEN json_array_length({column}) "
        f"ELSE error('cannot get array length of a non-array') END"
    )


def shown_part(name: str, column: str) -> str:
    """Return the SQL of the text that an answer shows of a part: PostgreSQL's numeric, seconds with six decimals."""
    value = part_sql(name, column)
    return f"printf('%.6f', {value})" if name == "second" else f"CAST({value} AS VARCHAR)"


def json_pointer(path: tuple[str | int, ...]) -> str:
    """Return the JSON pointer of ``path``; it is a parameter of a statement, never a part of its text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
