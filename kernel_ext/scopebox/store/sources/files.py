"""Files of a project. A downloaded one is written by somebody else: its files are bounded, plain, and its own.

A link that leads out of the folder would bring in any file of the user's, a device or a pipe never ends, and memory is spent on
values rather than on bytes. All of that is refused before anything is decoded, by an error that names the file.
"""

from __future__ import annotations

import errno
import os
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from scopebox_guest import weight, wire

from scopebox import plain_file
from scopebox.errors import SchemaError
from scopebox.text.sizes import most_decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MIB: Final = 2**20
MAX_FILE: Final = 16 * MIB  # bytes of one file
MAX_PROJECT: Final = 64 * MIB  # bytes of all files of a project
MAX_VALUES: Final = 500_000  # in one file of JSON, or in one list of a snapshot
MAX_KEPT: Final = 32 * MIB  # bytes of memory, about, of the files that are decoded as a whole
MAX_ENTRY: Final = (
    2 * MIB
)  # bytes of one item, or of one entry of a schema: with a wide character each takes four times as many
MAX_MEMBERS: Final = 2_000  # of an object of lists
MAX_ENTRIES: Final = 200_000  # of a list: each takes memory, even as a text that stays where it is
MAX_FILES: Final = 2_000  # entries of the folder of items, or of that of extensions

_CONFLICT: Final = b"<<<<<<< "  # how the first side of a merge conflict begins, at the start of a line
_BYTE: Final = re.compile(r"\(byte (\d{1,12})\)$")  # where the decoder of JSON stopped
_NEAR_END: Final = 40
_AT: Final = re.compile(r"at `\$\[(\d{1,12})\]")  # which entry of a list is of another type
_COMMA: Final = ord(",")
_SIGN: Final = re.compile(rb"[^ \t\r\n]")
FEWER: Final = "Keep what you need of it; items go in later with box.items or store.from_dataframe as well."

T = TypeVar("T")


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What an answer of the API is."""

    data: msgspec.Raw
    meta: msgspec.Raw = msgspec.Raw(b"null")


class _Object(msgspec.Struct, gc=False):
    """An object of which nothing is kept."""


@dataclass
class Folder:
    """The folder of a project. ``read`` counts the bytes that were read of it so far, ``kept`` those that data takes in memory, about."""

    path: Path
    read: int = field(default=0, init=False)
    kept: int = field(default=0, init=False)

    def file(self, *parts: str) -> Path | None:
        """Return the path of a file of the project; None if there is nothing of that name. SchemaError if it leads elsewhere."""
        path = self.path.joinpath(*parts)
        return self._own(path) if os.path.lexists(path) else None

    def files(self, name: str, suffix: str) -> Sequence[Path]:
        """Return the files that end in ``suffix`` in the folder ``name`` of the project, in order; none if it has no such."""
        wanted = [entry for entry in self.names(name) if entry.endswith(suffix) and not entry.startswith(".")]
        return [self._own(self.path / name / entry) for entry in wanted]

    def names(self, name: str) -> Sequence[str]:
        """Return the names in the folder ``name`` of the project, in order; none if it has no such. SchemaError for very many."""
        folder = self.file(name)
        if folder is None:
            return ()
        found = []
        try:
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number == MAX_FILES:
                        raise SchemaError(
                            f"{folder} has more than {MAX_FILES:,} files, which are the limit", hint=FEWER
                        )
                    found.append(entry.name)
        except OSError as error:
            raise SchemaError(f"{folder} cannot be read: {_reason(error)}") from error
        return sorted(found)

    def _own(self, path: Path) -> Path:
        try:
            real, root = path.resolve(strict=True), self.path.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # a link to nothing, or to itself
            raise SchemaError(f"{path} cannot be read: {_reason(error)}") from error
        if not real.is_relative_to(root):
            raise SchemaError(
                f"{path} is a link that leads out of the project",
                hint="Put a copy of the file in its place if you want it in the project.",
            )
        return path

    def content(self, path: Path) -> bytes:
        """Return the bytes of a file of the project."""
        data = content(path)
        self.read += len(data)
        if self.read > MAX_PROJECT:
            raise SchemaError(
                f"{path}: the files of the project have more than {MAX_PROJECT // MIB} MiB up to here, which are the limit",
                hint=FEWER,
            )
        return data

    def text_of_json(self, path: Path) -> msgspec.Raw:
        """Return the JSON of a file of the project, to be decoded in parts."""
        return counted(path, msgspec.Raw(self.content(path)))

    def kept_json(self, path: Path, text: msgspec.Raw) -> object:
        """Return what ``text``, JSON of the file ``path``, says, all of which is kept. SchemaError where such texts take much memory."""
        self.kept += most_decoded(bytes(text))
        if self.kept > MAX_KEPT:
            raise SchemaError(
                f"{path}: it takes more than {MAX_KEPT // MIB} MiB of memory, with what was read before, which are the limit",
                hint=FEWER,
            )
        return decoded_as(path, text, object)


def content(path: Path) -> bytes:
    """Return the bytes of the plain file ``path``, without the mark that some editors write before a text. SchemaError for what is none, or too large."""
    try:
        data = plain_file.content(path, MAX_FILE).removeprefix(BOM_UTF8)
    except OSError as error:
        hint = FEWER if error.errno == errno.EFBIG else ""
        raise SchemaError(f"{path} cannot be read: {_reason(error)}", hint=hint) from error
    _refuse_conflict(path, data)
    return data


def _refuse_conflict(path: Path, data: bytes) -> None:
    """Raise SchemaError for a file that somebody merged half: no parser says that as clearly."""
    found = 0 if data.startswith(_CONFLICT) else data.find(b"\n" + _CONFLICT) + 1
    if found or data.startswith(_CONFLICT):
        raise SchemaError(
            f"{path}: line {_line(data, found)} is the mark of a merge conflict: "
            f"{data[found : found + 60].splitlines()[0].decode(errors='replace')}",
            hint="Keep one side of what stands between <<<<<<< and >>>>>>>, or write the file anew.",
        )


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def decoded(path: Path, data: bytes) -> object:
    """Return the JSON value that ``data``, the bytes of the file ``path``, are."""
    return decoded_as(path, counted(path, msgspec.Raw(data)), object)


def counted(place: object, data: msgspec.Raw) -> msgspec.Raw:
    """Return ``data``, the JSON at ``place``, to be decoded as a whole or in parts. SchemaError if it holds very many values."""
    try:
        weight.check_values(bytes(data), MAX_VALUES)
    except ValueError as error:
        raise SchemaError(f"{place} cannot be read: {_reason(error)}", hint=FEWER) from error
    return data


def decoded_as(path: Path, data: msgspec.Raw, type_: type[T]) -> T:
    """Return what ``data``, JSON of the file ``path``, says, as a ``type_``. msgspec.ValidationError where it is JSON of another shape."""
    try:
        return wire.decode_as(data, type_)
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError) as error:
        byte = _BYTE.search(str(error)[-_NEAR_END:])
        line = f"line {_line(bytes(data), int(byte[1]))}: " if byte else ""
        raise SchemaError(f"{path} cannot be read: {line}{_reason(error)}") from error


def first_sign(data: msgspec.Raw) -> bytes:
    """Return the sign that JSON begins with, empty for none."""
    found = _SIGN.search(memoryview(data))
    return bytes(found[0]) if found else b""


def entries(path: Path, name: str, data: msgspec.Raw) -> list[msgspec.Raw]:
    """Return the entries of the list ``data``, which is called ``name``, each as its text: decoded, all of them take many times as much memory.

    SchemaError for very many, before any is made; msgspec.ValidationError where it is no list.
    """
    if bytes(data).count(b",") >= MAX_ENTRIES:
        found = _objects(path, name, data)
        if found > MAX_ENTRIES:
            raise SchemaError(f"{path}: {name} has {found:,} entries, {MAX_ENTRIES:,} are the limit", hint=FEWER)
    return decoded_as(path, data, list[msgspec.Raw])


def _objects(path: Path, name: str, data: msgspec.Raw) -> int:
    try:
        return len(decoded_as(path, data, list[_Object]))
    except msgspec.ValidationError as error:
        at = _AT.search(str(error)[-_NEAR_END:])
        if at is None:
            raise
        raise SchemaError(f"{path}: {name}[{at[1]}] has to be an object") from None


def members(path: Path, data: bytes) -> dict[str, msgspec.Raw]:
    """Return the lists in the object that ``data`` is, each as its text. SchemaError if it is none, or has very many.

    One after the other: a decoder would make all of them before they are counted.
    """
    try:
        decoded_as(path, counted(path, msgspec.Raw(data)), _Object)
    except msgspec.ValidationError:
        raise SchemaError(f"{path} has to hold an object of lists, by collection") from None
    found: dict[str, msgspec.Raw] = {}
    rest = memoryview(data)[data.index(b"{") + 1 :]
    while first_sign(msgspec.Raw(rest)) != b"}":
        if len(found) == MAX_MEMBERS:
            raise SchemaError(f"{path} holds more than {MAX_MEMBERS:,} lists, which are the limit", hint=FEWER)
        colon = _end(msgspec.Raw(rest))
        name, rest = decoded_as(path, msgspec.Raw(rest[:colon]), str), rest[colon + 1 :]
        end = _end(msgspec.Raw(rest))
        found[name] = decoded_as(path, msgspec.Raw(rest[:end]), msgspec.Raw)
        rest = rest[end + (rest[end] == _COMMA) :]
    return found


def _end(text: msgspec.Raw) -> int:
    """Return where something stands behind the first value of ``text``: a decoder says how far it has read."""
    try:
        wire.decode_as(text, msgspec.Raw)
    except msgspec.DecodeError as error:
        byte = _BYTE.search(str(error)[-_NEAR_END:])
        assert byte is not None
        return int(byte[1]) - 1
    return len(memoryview(text))


def unwrapped(path: Path, data: msgspec.Raw) -> msgspec.Raw:
    """Return ``data``, or what stands under ``data`` in it where it is an answer of the API."""
    if first_sign(data) != b"{":
        return data
    try:
        inner = decoded_as(path, data, _Answer).data
    except msgspec.ValidationError:  # an object of its own
        return data
    return inner if first_sign(inner) in (b"[", b"{") else data


def entry(path: Path, place: str, data: msgspec.Raw) -> object:
    """Return what ``data``, the entry of a list that is called ``place``, says. SchemaError for a large one."""
    size = len(memoryview(data))
    if size > MAX_ENTRY:
        raise SchemaError(f"{path}: {place} has {size:,} bytes, {MAX_ENTRY:,} are the limit", hint=FEWER)
    try:
        return wire.decode_json(data)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path}: {place} cannot be read: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(error)[:200]


def listed(names: Iterable[object], most: int = 10) -> str:
    """Return ``names`` in a sentence, no more than ``most`` of them."""
    found = [str(name)[:200] for name in names]
    more = len(found) - most
    return f"{', '.join(found[:most])}{f' and {more:,} more' if more > 0 else ''}"
