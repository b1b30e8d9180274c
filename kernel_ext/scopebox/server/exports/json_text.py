"""JSON as ``JSON.stringify`` of a JavaScript engine writes it: indented by tabs, or in one line."""

from __future__ import annotations

from collections.abc import Iterator
from json.encoder import encode_basestring

from scopebox.server.exports.content import Items, escaped, scalar, value_of


def write_json(value: object) -> Iterator[str]:
    """Write ``value`` indented by tabs."""
    yield from _write(value, "\n", "\t", ": ")


def write_line(value: object) -> Iterator[str]:
    """Write ``value`` in one line, without blanks."""
    yield from _write(value, "", "", ":")


def _write(value: object, line: str, step: str, colon: str) -> Iterator[str]:
    """Write one value; ``line`` begins a line as far in as the value stands, ``step`` is what its parts stand further in."""
    value = value_of(value)
    if isinstance(value, str):
        yield '"'
        yield from escaped(value, _escaped)
        yield '"'
    elif isinstance(value, dict):
        yield from _write_object(value, line, step, colon)
    elif isinstance(value, list | Items):
        for at, part in enumerate(value):
            yield "," + line + step if at else "[" + line + step
            yield from _write(part, line + step, step, colon)
        yield line + "]" if len(value) else "[]"
    else:
        yield scalar(value)


def _write_object(value: dict[str, object], line: str, step: str, colon: str) -> Iterator[str]:
    for at, (name, part) in enumerate(value.items()):
        yield ("," if at else "{") + line + step + '"'
        yield from escaped(name, _escaped)
        yield '"' + colon
        yield from _write(part, line + step, step, colon)
    yield line + "}" if value else "{}"


def _escaped(text: str) -> str:
    return encode_basestring(text)[1:-1]
