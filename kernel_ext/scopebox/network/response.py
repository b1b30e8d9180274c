"""Incoming responses, read within limits.

A body may be large, so whatever is done to it is done in pieces, and between them others have their turn.
"""

from __future__ import annotations

import asyncio
import codecs
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Final

from scopebox.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Iterator


Take = Callable[[int], None]  # takes bytes of a budget, or gives some back; raises ExtensionError where it has no more

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PIECE_BYTES: Final = 64 * 1024
MAX_INFLATED_BYTES: Final = 1024 * 1024  # in one piece
MAX_CONTENT_TYPE_CHARACTERS: Final = 256  # characters that are looked at

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
UTF_8: Final = "utf-8-sig"  # the codec of a body without another charset
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Python knows codecs that decompress or run tables; a response may name only these.
_CHARSETS: Final = {
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "shift_jis": "cp932",
    "euc-jp": "euc-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-kr": "cp949",
}


def untaken(_size: int) -> None:
    """Take nothing: there is no budget."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came: header names in lower case, the body decompressed."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that lower-case name, or ``""``."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def location(self) -> str:
        """Where the response leads, ``""`` for one that leads nowhere; the body of one that does is of no use."""
        return self.header("location") if self.status in REDIRECTS else ""

    @property
    def codec(self) -> str:
        """The codec of the charset that the content type names."""
        match = _CHARSET.search(self.header("content-type")[:MAX_CONTENT_TYPE_CHARACTERS])
        codec = _CHARSETS.get(match[1].lower(), UTF_8) if match else UTF_8
        # Python refuses UTF-16 without a mark, which browsers take for that of most computers.
        return "utf-16-le" if codec == "utf-16" and not self.body.startswith(_MARKS) else codec


class BodyReader:
    """Collects and decompresses a body up to ``limit`` bytes, and ``take``s each piece of it from a budget.

    Raises ExtensionError where it is larger or broken.
    """

    def __init__(self, encoding: str, limit: int, take: Take = untaken) -> None:
        self._limit = limit
        self._take = take
        self._received = 0  # bytes, as they came
        self._size = 0  # bytes, decompressed
        self._body = BytesIO()  # many small pieces would take far more than they hold
        self._inflate: zlib._Decompress | None = None
        encoding = encoding.strip().lower()
        self._deflate = encoding == "deflate"
        match encoding:
            case "" | "identity":
                pass
            case "gzip" | "x-gzip":
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            case "deflate":
                self._inflate = zlib.decompressobj()
            case _:
                raise ExtensionError("Response has an encoding that was not asked for", kind="RuntimeError")

    async def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body; a large one is decompressed piece by piece, with turns of others in between."""
        self._received += len(chunk)
        if self._inflate is None:
            self._keep(chunk)
            return
        while True:
            piece, chunk = self._decompress(self._inflate, chunk)
            self._keep(piece)
            if not chunk:
                return
            await asyncio.sleep(0)

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if max(self._size, self._received) > self._limit:
            raise ExtensionError(
                f"Response is too large: more than {self._limit:,} bytes",
                kind="RuntimeError",
                hint="Ask for less: the limit is request_bytes in the settings of the sandbox.",
            )
        self._take(len(piece))
        self._body.write(piece)

    def _decompress(self, inflate: zlib._Decompress, chunk: bytes) -> tuple[bytes, bytes]:
        """Return the next piece, and what of ``chunk`` is left to decompress."""
        if inflate.eof:
            return b"", b""
        most = min(
            MAX_INFLATED_BYTES, self._limit - self._size + 1
        )  # one byte more than fits tells that it is too large
        try:
            return inflate.decompress(chunk, most), inflate.unconsumed_tail
        except zlib.error:
            if not self._deflate or self._received > len(chunk):
                raise _broken() from None
        self._deflate = False  # some servers send deflate without its envelope
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._decompress(self._inflate, chunk)

    def body(self) -> bytes:
        """Return what was collected."""
        if self._inflate is not None and self._received and not self._inflate.eof:
            raise _broken()
        return self._body.getvalue()


def _broken() -> ExtensionError:
    return ExtensionError("Response cannot be decompressed", kind="RuntimeError")


def in_utf8(content_type: str) -> str:
    """Return ``content_type`` with UTF-8 in place of the charset that it names."""
    found = _CHARSET.search(content_type[:MAX_CONTENT_TYPE_CHARACTERS])
    return content_type if found is None else f"{content_type[: found.start(1)]}utf-8{content_type[found.end(1) :]}"


def reason_of(status: int) -> str:
    """Return the words for a status; empty for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def pieces(data: bytes, size: int = PIECE_BYTES) -> Iterator[memoryview]:
    """Return a body in pieces, between which others may go on."""
    view = memoryview(data)
    return (view[start : start + size] for start in range(0, len(view), size))
