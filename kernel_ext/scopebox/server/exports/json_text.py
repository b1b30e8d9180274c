"""JSON as ``JSON.stringify`` of a JavaScript engine writes it: indented by tabs, or in one line."""

from __future__ import annotations

from json.encoder import encode_basestring

from scopebox.server.exports.content import Add, Items, add_escaped, scalar


def write_json(value: object, add: Add) -> None:
    """Write ``value`` indented by tabs."""
    _write(value, add, "\n", "\t", ": ")


def write_line(value: object, add: Add) -> None:
    """Write ``value`` in one line, without blanks."""
    _write(value, add, "", "", ":")


def _write(value: object, add: Add, line: str, step: str, colon: str) -> None:
    """Write one value; ``line`` begins a line as far in as the value stands, ``step`` is what its parts stand further in."""
    if isinstance(value, str):
        add('"')
        add_escaped(add, value, _escaped)
        add('"')
    elif isinstance(value, dict):
        _write_object(value, add, line, step, colon)
    elif isinstance(value, list | Items):
        for at, part in enumerate(value):
            add("," + line + step if at else "[" + line + step)
            _write(part, add, line + step, step, colon)
        add(line + "]" if len(value) else "[]")
    else:
        add(scalar(value))


def _write_object(value: dict[str, object], add: Add, line: str, step: str, colon: str) -> None:
    for at, (name, part) in enumerate(value.items()):
        add(("," if at else "{") + line + step + '"')
        add_escaped(add, name, _escaped)
        add('"' + colon)
        _write(part, add, line + step, step, colon)
    add(line + "}" if value else "{}")


def _escaped(text: str) -> str:
    return encode_basestring(text)[1:-1]
