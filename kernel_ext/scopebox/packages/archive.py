"""An archive of npm (.tgz), read as a stream: every bound is checked before memory is taken, and nothing is written to the disk.

What npm packs are plain files and folders. Links, devices, paths that leave the archive, two files of one name and anything behind
its end are refused by name: two programs that read such an archive may not see the same package.
"""

from __future__ import annotations

import zlib
from bisect import bisect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from scopebox import plain_file
from scopebox.errors import PackageError
from scopebox.packages.files import MAX_FILES, Content
from scopebox.packages.paths import check_path
from scopebox.text.messages import quote

MAX_ARCHIVE_BYTES: Final = 12 * 2**20  # as many take a tenth of a second to inflate, whatever they hold
MAX_UNPACKED_BYTES: Final = 24 * 2**20
MAX_EXTENDED_BYTES: Final = 64 * 1024  # of what is said about one file beside its header
MAX_RECORDS: Final = 20_000  # of what is said about all files beside their headers: tar writes four or eight about one

_PIECE: Final = 64 * 1024
_ZEROS: Final = bytes(_PIECE)
_BETWEEN_MARKS: Final = 2**20  # bytes, packed and unpacked
_BLOCK: Final = 512
_EMPTY: Final = bytes(_BLOCK)
_FILES: Final = (b"0", b"\0")
_FOLDER: Final = b"5"
_ABOUT_NEXT: Final = b"x"
_ABOUT_ALL: Final = b"g"
_LONG_NAME: Final = b"L"
_COUNTS: Final = (b"path", b"size", b"linkpath")
_OTHERS: Final[Mapping[bytes, str]] = {
    b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"6": "a pipe",
}  # fmt: skip
_WHOSE: Final = "The archive"


class _Header(NamedTuple):
    """One block of 512 bytes that says what follows."""

    name: str
    size: int
    kind: bytes


class _Mark(NamedTuple):
    """A point of an archive from which it can be read on: so many bytes of it are read, and as many unpacked."""

    unpacked: int
    packed: int
    inflate: zlib._Decompress


class Archive:
    """A .tgz file, which is read once, when it is opened; a look at a file goes on from a mark that was made before it then."""

    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, int] = {}  # of the first byte of each file, unpacked
        sizes: dict[str, int] = {}
        with _stream(path, _beginning()) as stream:
            for name, size in _members(stream):
                if name in sizes:
                    raise PackageError(f"The archive has {quote(name)} twice")
                sizes[name], self._places[name] = size, stream.taken
        self._marks = stream.marks
        self.sizes: Mapping[str, int] = sizes

    def read(self, path: str, most: int) -> Content | None:
        """Return at most the first ``most`` bytes of a file, None if there is none."""
        if path not in self.sizes:
            return None
        size, place = self.sizes[path], self._places[path]
        mark = self._marks[bisect(self._marks, place, key=lambda mark: mark.unpacked) - 1]
        with _stream(self._path, mark) as stream:
            stream.skip(place - stream.taken)
            return Content(stream.head(min(size, most)), size)


def _beginning() -> _Mark:
    return _Mark(0, 0, zlib.decompressobj(16 + zlib.MAX_WBITS))


class _Stream:
    """What a gzip file holds from a mark on, piece by piece; PackageError for more than ``MAX_UNPACKED_BYTES`` of it."""

    def __init__(self, file: BinaryIO, mark: _Mark) -> None:
        self._file = file
        self.marks = [mark]
        self.taken, self._packed, inflate = mark  # bytes of the content so far, of all pieces
        self._unpacked = self.taken
        self._inflate = inflate.copy()
        self._waiting = b""
        self._at = 0  # of what waits, how much was taken

    def head(self, size: int) -> bytes:
        """Return the next ``size`` bytes; PackageError if there are fewer."""
        pieces = []
        while size:
            piece = self._next(size)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Pass over the next ``size`` bytes."""
        while size:
            size -= len(self._next(size))

    def check_end(self) -> None:
        """Raise PackageError if anything but zeros is left."""
        while self._fill():
            if not _ZEROS.startswith(self._waiting[self._at :]):
                raise PackageError("The archive goes on behind its end")
            self._at = len(self._waiting)

    def _next(self, most: int) -> bytes:
        if not self._fill():
            raise PackageError("The archive ends too early", hint="It may not have come down whole.")
        piece = self._waiting[self._at : self._at + most]
        self._at += len(piece)
        self.taken += len(piece)
        return piece

    def _fill(self) -> bool:
        """Have at least one byte wait; false at the end."""
        while self._at >= len(self._waiting):
            self._mark()
            packed = self._inflate.unconsumed_tail or self._file.read(_PIECE)
            if self._inflate.eof:
                if packed or self._inflate.unused_data:
                    raise PackageError("The archive goes on behind its end")
                return False
            if not packed:
                raise PackageError("The archive ends too early", hint="It may not have come down whole.")
            self._packed += 0 if self._inflate.unconsumed_tail else len(packed)
            try:
                self._waiting, self._at = self._inflate.decompress(packed, _PIECE), 0
            except zlib.error:
                raise PackageError("The file is not an archive of npm (.tgz)") from None
            self._unpacked += len(self._waiting)
            if self._unpacked > MAX_UNPACKED_BYTES:
                raise PackageError(f"The archive holds more than {MAX_UNPACKED_BYTES:,} bytes, which are the limit")
        return True

    def _mark(self) -> None:
        """Make a mark, if the last one lies far behind; nothing waits."""
        last = self.marks[-1]
        if self._packed + self._unpacked - last.packed - last.unpacked >= _BETWEEN_MARKS:
            self.marks.append(_Mark(self._unpacked, self._packed, self._inflate.copy()))


@contextmanager
def _stream(path: Path, mark: _Mark) -> Iterator[_Stream]:
    try:
        with plain_file.opened(path) as file:
            size = path.stat().st_size
            if size > MAX_ARCHIVE_BYTES:
                raise PackageError(f"The archive has {size:,} bytes, {MAX_ARCHIVE_BYTES:,} are the limit")
            file.seek(mark.packed)
            yield _Stream(file, mark)
    except OSError as error:
        raise PackageError(f"{quote(str(path))} cannot be read: {error.strerror}") from None


def _members(stream: _Stream) -> Iterator[tuple[str, int]]:
    """Give path and size of each file, without the first folder; what of it nobody reads is passed over."""
    about: dict[str, str] = {}
    seen = said = 0
    while (block := stream.head(_BLOCK)) != _EMPTY:
        seen += 1
        if seen > MAX_FILES:
            raise PackageError(f"The archive has more than {MAX_FILES:,} files")
        header = _header(block)
        if header.kind in (_ABOUT_NEXT, _ABOUT_ALL, _LONG_NAME):
            records = _said(stream, header, MAX_RECORDS - said)
            said += len(records)
            about |= _meant(records, header)
            continue
        name = about.pop("path", header.name)
        size = _number(about.pop("size", str(header.size)))
        end = stream.taken + size
        if header.kind in _FILES:
            yield _inside(name), size
        elif header.kind != _FOLDER:
            raise PackageError(
                f"The archive has {quote(name)}, which is {_OTHERS.get(header.kind, 'of an unknown kind')}",
                hint="A package consists of plain files.",
            )
        else:
            check_path(name.rstrip("/"), _WHOSE)
        stream.skip(end - stream.taken + -size % _BLOCK)
    stream.check_end()


def _inside(name: str) -> str:
    """Return ``name`` without its first folder, which npm takes away as well."""
    inner = check_path(name, _WHOSE).partition("/")[2]
    if not inner:
        raise PackageError(f"The archive has {quote(name)} in no folder; npm packs all files in one")
    return inner


def _header(block: bytes) -> _Header:
    """Read one header; PackageError for a block that is none."""
    try:
        total = int(block[148:156].strip(b" \0") or b"x", 8)
        size = int(block[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        raise PackageError("The archive is broken: one of its headers is not readable") from None
    if total != sum(block) - sum(block[148:156]) + 8 * 0x20 or size < 0:
        raise PackageError("The archive is broken: the checksum of a header is wrong")
    name = _text(block[:100])
    front = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return _Header(f"{front}/{name}" if front else name, size, block[156:157])


def _text(field: bytes) -> str:
    """Return a field of a header, which a zero ends."""
    return _decoded(field.partition(b"\0")[0])


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise PackageError("The archive has the name of a file that is no text") from None


def _said(stream: _Stream, header: _Header, most: int) -> list[tuple[bytes, bytes]]:
    """Return what is said about the next file, at most ``most`` records."""
    if header.size > MAX_EXTENDED_BYTES:
        raise PackageError(
            f"The archive says {header.size:,} bytes about one file, {MAX_EXTENDED_BYTES:,} are the limit"
        )
    data = stream.head(header.size)
    stream.skip(-header.size % _BLOCK)
    records = (
        [(b"path", data.partition(b"\0")[0])] if header.kind == _LONG_NAME else list(islice(_records(data), most + 1))
    )
    if len(records) > most:
        raise PackageError(f"The archive says more than {MAX_RECORDS:,} things about its files beside their headers")
    return records


def _meant(records: list[tuple[bytes, bytes]], header: _Header) -> dict[str, str]:
    """Return what of it counts: the path of the next file, if that is too long for a header, and its size."""
    found = {key.decode(): _decoded(value) for key, value in records if key in _COUNTS}
    if found and header.kind == _ABOUT_ALL:
        raise PackageError("The archive gives all of its files one path or size")
    if "linkpath" in found:
        raise PackageError(f"The archive has a link, to {quote(found['linkpath'])}")
    return found


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read ``LENGTH KEY=VALUE`` lines."""
    at = 0
    while at < len(data):
        digits, blank, _ = data[at : at + 8].partition(b" ")
        size = int(digits) if blank and digits.isdigit() else 0
        line = data[at + len(digits) + 1 : at + size]
        key, equals, value = line.partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise PackageError("The archive is broken: what it says about a file is not readable")
        yield key, value[:-1]
        at += size


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004 - digits, far more than fit
        raise PackageError("The archive is broken: the size of a file is no number")
    return int(text)
