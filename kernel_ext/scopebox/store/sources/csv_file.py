"""Items of CSV, as an export of a Directus or a spreadsheet writes them: a header of fields, and texts that the fields make values of.

The usual reader cannot tell an empty text (``""``) from none, which is what a Directus writes for null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import SchemaError
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scopebox.store.schema.schema import Collection, Field

MAX_CELLS: Final = 500_000  # of one file
MAX_COLUMNS: Final = 1_000
_END: Final = r"(,|\r\n|\n|\r|\Z)"
_PLAIN: Final = re.compile(rf'([^",\r\n]*+){_END}')
# A part of a cell in quotes, and what ends it: an expression keeps 64 bytes for each quote that stands there twice, until it ends.
_QUOTED: Final = re.compile(rf'([^"]*+(?>(?:""[^"]*+){{0,1000}}))(?:"{_END})?')
_WHOLE: Final = re.compile(r"[+-]?\d{1,30}")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?")
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False, "t": True, "f": False}
_HINT: Final = "Values are parted by commas; one with a comma, a quote or a line break stands in double quotes, a quote in it twice."

Item = dict[str, object]
Cell = str | None  # None: nothing between two commas
Line = tuple[int, list[Cell]]


def read(path: Path, data: bytes, collection: Collection) -> tuple[list[Item], list[int]]:
    """Return the items of the file ``path``, and the line at which each begins. SchemaError names line and column of what is wrong."""
    lines = _lines(path, _text(path, data))
    first, header = next(lines, (1, []))
    names = _names(path, first, header, collection)
    fields = [collection.fields.get(name) for name in names]
    items: list[Item] = []
    starts: list[int] = []
    for line, cells in lines:
        if cells == [None]:
            continue
        if len(cells) != len(names):
            few = f"{len(cells):,} values stand under {len(names):,} columns"
            raise SchemaError(f"{path}: line {line}: {few}", hint=_HINT)
        items.append(
            {
                name: cell if field is None else _value(field, cell, f"{path}: line {line}, column {name}")
                for name, field, cell in zip(names, fields, cells, strict=True)
            }
        )
        starts.append(line)
    return items, starts


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SchemaError(f"{path}: line {line} is not UTF-8", hint="Save the file as CSV in UTF-8.") from None


def _lines(path: Path, text: str) -> Iterator[Line]:
    """Yield the cells of each line with its number; a quoted cell may go over several."""
    at = cells = 0
    line = start = 1
    row: list[Cell] = []
    while at < len(text) or row:
        cell, end, at = _cell(text, at)
        if end is None:
            raise SchemaError(f"{path}: line {line}: a double quote that does not fit", hint=_HINT)
        row.append(cell)
        cells += 1
        if cells > MAX_CELLS:
            raise SchemaError(f"{path}: line {line}: more than {MAX_CELLS:,} values, which are the limit")
        line += (cell or "").count("\n")
        if end != ",":
            yield start, row
            line += bool(end)
            row, start = [], line


def _cell(text: str, at: int) -> tuple[Cell, str | None, int]:
    """Return the cell that begins at ``at``, what ends it, and where the next begins; None ends it where a quote does not fit."""
    if not text.startswith('"', at):
        found = _PLAIN.match(text, at)
        return (found[1] or None, found[2], found.end()) if found else (None, None, at)
    begin = end = at + 1
    while (found := _QUOTED.match(text, end)) and found.end() > end:
        end = found.end()
        if found[2] is not None:
            return text[begin : found.end(1)].replace('""', '"'), found[2], end
    return None, None, end


def _names(path: Path, line: int, header: list[Cell], collection: Collection) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise SchemaError(f"{path}: line {line}: {len(header):,} columns, {MAX_COLUMNS:,} are the limit")
    names: list[str] = []
    for name in header:
        if not name or name in names:
            what = f"the column {inline(name)} stands there twice" if name else "a column has no name"
            raise SchemaError(f"{path}: line {line}: {what}", hint="The first line names the fields.")
        names.append(name)
        whole = collection.fields.get(name.partition(".")[0])
        if name not in collection.fields and whole is not None and whole.type == "json":
            raise SchemaError(
                f"{path}: line {line}, column {name[:MAX_QUOTED_CHARACTERS]}: the object of a field in columns of its own",
                hint=f"Export {collection.name} as JSON.",
            )
    if not set(names) & collection.fields.keys():
        hint = f"{_HINT} The first line names the fields of {collection.name}."
        raise SchemaError(f"{path}: line {line}: none of the columns is a field of {collection.name}", hint=hint)
    return names


def _value(field: Field, cell: str | None, place: str) -> object:
    """Return the value that ``cell`` is for ``field``; what is wrong with a date and the like, the field itself says."""
    if not cell and (cell is None or field.type not in ("string", "text")):
        return "" if not field.nullable and field.type in ("string", "text") else None
    text = cell or ""
    match field.type:
        case "integer" | "bigInteger" | "float" | "decimal":
            return _number(field, text, place)
        case "boolean":
            if len(text) > len("false") or text.lower() not in _FLAGS:
                raise SchemaError(f"{place}: {inline(text)} is neither true nor false")
            return _FLAGS[text.lower()]
        case "json" | "csv" | "alias":
            return _parsed(text)
        case _:
            return text


def _number(field: Field, text: str, place: str) -> object:
    whole = field.type in ("integer", "bigInteger")
    if not (_WHOLE if whole else _NUMBER).fullmatch(text):
        raise SchemaError(f"{place}: {inline(text)} is not a valid {'whole number' if whole else 'number'}")
    return int(text) if whole else text if field.type == "decimal" else float(text)


def _parsed(text: str) -> object:
    """Return what ``text`` is in JSON; itself if it is none."""
    try:
        return wire.decode_json(text)
    except (msgspec.DecodeError, RecursionError):
        return text
