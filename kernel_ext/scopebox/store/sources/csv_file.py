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
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from scopebox.store.schema.schema import Collection, Field

MAX_CELLS: Final = 500_000  # of one file
MAX_COLUMNS: Final = 1_000
MAX_LINE: Final = 2 * 2**20  # bytes of one line, its cells over several included
MAX_PORTION: Final = 2**19  # bytes of lines whose items are there at the same time, or a few more
PART: Final = 2**16  # bytes that are made text at a time, or a few more, up to the end of a line
_END: Final = r"(,|\r\n|\n|\r|\Z)"
_ENDS: Final = re.compile(rb"\r\n|\n|\r")
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


def portions(path: Path, data: bytes, collection: Collection, most: int) -> Iterator[tuple[list[Item], list[int]]]:
    """Yield the items of the file ``path``, no more than ``most`` at a time, and the line at which each begins; none is a place to rest.

    SchemaError names line and column of what is wrong.
    """
    reader = _Reader(path, collection)
    size = 0
    for part in _parts(path, data):  # as text, all of the file could take four times as much memory
        for line, cells in reader.lines(part):
            reader.take(line, cells)
            if len(reader.items) == most:
                yield reader.taken()
        size += len(part)
        yield reader.taken() if size >= MAX_PORTION else ([], [])
        size %= MAX_PORTION
    yield reader.taken()


class _Reader:
    """Makes items of the lines of one file."""

    def __init__(self, path: Path, collection: Collection) -> None:
        self.items: list[Item] = []
        self._starts: list[int] = []
        self._path = path
        self._collection = collection
        self._names: list[str] = []
        self._fields: list[Field | None] = []
        self._cells = 0
        self._line = 1

    def lines(self, part: bytes) -> Iterator[Line]:
        """Yield the cells of each line of the next ``part`` of the file, with its number."""
        self._line = yield from _lines(self._path, _text(self._path, part, self._line), self._line)

    def take(self, line: int, cells: list[Cell]) -> None:
        """Take the next line: the first one names the fields, one without anything means nothing."""
        self._cells += len(cells)
        if self._cells > MAX_CELLS:
            raise SchemaError(f"{self._path}: line {line}: more than {MAX_CELLS:,} values, which are the limit")
        if not self._names:
            self._head(line, cells)
        elif cells != [None]:
            self.items.append(self._item(line, cells))
            self._starts.append(line)

    def taken(self) -> tuple[list[Item], list[int]]:
        """Return the items that are there, with their lines, and forget them; SchemaError for a file without a first line."""
        if not self._names:
            self._head(1, [])
        found = self.items, self._starts
        self.items, self._starts = [], []
        return found

    def _head(self, line: int, cells: list[Cell]) -> None:
        self._names = _names(self._path, line, cells, self._collection)
        self._fields = [self._collection.fields.get(name) for name in self._names]

    def _item(self, line: int, cells: list[Cell]) -> Item:
        if len(cells) != len(self._names):
            few = f"{len(cells):,} values stand under {len(self._names):,} columns"
            raise SchemaError(f"{self._path}: line {line}: {few}", hint=_HINT)
        return {
            name: cell if field is None else _value(field, cell, f"{self._path}: line {line}, column {name}")
            for name, field, cell in zip(self._names, self._fields, cells, strict=True)
        }


def _parts(path: Path, data: bytes) -> Iterator[bytes]:
    """Yield whole lines, little more than ``PART`` bytes of them."""
    start = 0
    while start < len(data):
        end = _line_end(data, start)
        if end - start > PART + MAX_LINE:
            what = f"a line from line {1 + _lines_before(data, start)} on has more than {MAX_LINE:,} bytes, which are the limit"
            raise SchemaError(f"{path}: {what}", hint=f"If none is that long, a double quote does not fit. {_HINT}")
        yield data[start:end]
        start = end


def _lines_before(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + data.count(b"\r", 0, at) - data.count(b"\r\n", 0, at)


def _line_end(data: bytes, start: int) -> int:
    """Return where the first line ends that ends ``PART`` bytes behind ``start`` or later, or where one is too long.

    Outside of a cell in quotes a number of quotes stands before that is even.
    """
    at = start + PART
    inside = data.count(b'"', start, at) % 2
    while at < len(data) and at - start <= PART + MAX_LINE:
        pieces = data[at : at + PART].split(b'"')
        for number, piece in enumerate(pieces):
            if number % 2 == inside and (found := _ENDS.search(piece)):
                end = at + found.end()
                return end + data.startswith(b"\r\n", end - 1)
            at += len(piece) + 1
        at -= 1  # behind the last piece stands no quote
        inside = (inside + len(pieces) - 1) % 2
    return min(at, len(data))


def _text(path: Path, data: bytes, first: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = first + _lines_before(data, error.start)
        raise SchemaError(f"{path}: line {line} is not UTF-8", hint="Save the file as CSV in UTF-8.") from None


def _lines(path: Path, text: str, first: int = 1) -> Generator[Line, None, int]:
    """Yield the cells of each line with its number, and return that of the next; a quoted cell may go over several."""
    at = 0
    line = start = first
    row: list[Cell] = []
    while at < len(text) or row:
        cell, end, at = _cell(text, at)
        if end is None:
            raise SchemaError(f"{path}: line {line}: a double quote that does not fit", hint=_HINT)
        row.append(cell)
        line += (cell or "").count("\n")
        if end != ",":
            yield start, row
            line += bool(end)
            row, start = [], line
    return line


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
