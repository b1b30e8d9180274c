"""Incoming responses: read within limits, and brought into the shape that each style of ``request`` promises.

A body may be large, so whatever is done to it is done in pieces, and between them others have their turn.
"""

from __future__ import annotations

import asyncio
import codecs
import re
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import ExtensionError
from scopebox.network.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.network.outgoing import Output
    from scopebox.network.redaction import Redaction

Take = Callable[[int], None]  # takes bytes of a budget; raises ExtensionError where it has no more

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PIECE_BYTES: Final = 64 * 1024
MAX_INFLATED_BYTES: Final = 1024 * 1024  # in one piece
MAX_CONTENT_TYPE_CHARACTERS: Final = 256  # characters that are looked at
MAX_SAMPLE_CHARACTERS: Final = 1_000  # characters of a body that is not the JSON asked for, in the error

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
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
    def codec(self) -> str:
        """The codec of the charset that the content type names."""
        match = _CHARSET.search(self.header("content-type")[:MAX_CONTENT_TYPE_CHARACTERS])
        return _CHARSETS.get(match[1].lower(), "utf-8-sig") if match else "utf-8-sig"

    @property
    def text(self) -> str:
        """The body as text, in the charset that the content type names (UTF-8 for any unknown one)."""
        return self.body.decode(self.codec, "replace")


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


async def result(answer: Response, output: Output, redaction: Redaction, take: Take = untaken) -> msgspec.Raw:
    """Return what the call of ``request`` gives to the guest, as JSON text, without the secrets that the request carried.

    ExtensionError for a status outside 2xx, with ``status`` and ``data`` ("sandbox" and a Directus 11: ``Request failed with
    status code 404``), and for a body that is not the JSON asked for. An empty body is ``""``, as JSON None. What is made of
    the body is ``take``n from a budget, too.
    """
    text = await _spoken(answer, redaction, take)
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
        raise ExtensionError(
            f"Request failed with status code {answer.status}",
            kind="RuntimeError",
            status=answer.status,
            data=await _json_or_text(text, take),
        )
    if output == "text":
        return await _as_text(text, take)
    if output == "json":
        return _json(text)
    headers, reason = _headers(answer, redaction)
    data = await _json_or_text(text, take)
    return msgspec.Raw(
        b'{"status":%d,"statusText":%s,"headers":%s,"data":%s}'
        % (answer.status, msgspec.json.encode(reason), msgspec.json.encode(headers), data)
    )


class _Sink:
    """Collects a text for the guest, which takes no more than a frame of it."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._text = BytesIO()

    def write(self, piece: bytes) -> None:
        """Take the next piece; ExtensionError if it is too large by now."""
        self._take(len(piece))
        self._text.write(piece)
        if self._text.tell() > wire.MAX_HOST_FRAME_BYTES:
            raise ExtensionError(
                f"Response is too large: as text it has more than {wire.MAX_HOST_FRAME_BYTES:,} bytes",
                kind="RuntimeError",
                hint="Ask for less.",
            )

    def text(self) -> bytes:
        """Return what was collected."""
        return self._text.getvalue()


def reason_of(status: int) -> str:
    """Return the words for a status; empty for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


async def _spoken(answer: Response, redaction: Redaction, take: Take) -> bytes:
    """Return the body as UTF-8, without secrets."""
    sink, redactor = _Sink(take), Redactor(redaction)
    decoder = codecs.getincrementaldecoder(answer.codec)("replace")
    for piece in pieces(answer.body):
        sink.write(redactor.feed(decoder.decode(piece).encode("utf-8", "surrogatepass")))
        await asyncio.sleep(0)
    sink.write(redactor.feed(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"), last=True))
    return sink.text()


async def _as_text(text: bytes, take: Take) -> msgspec.Raw:
    """Return the JSON text for ``text``, which is UTF-8."""
    sink = _Sink(take)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sink.write(b'"')
    for piece in pieces(text):
        sink.write(msgspec.json.encode(decoder.decode(piece))[1:-1])
        await asyncio.sleep(0)
    sink.write(b'"')
    return msgspec.Raw(sink.text())


def pieces(data: bytes) -> Iterator[memoryview]:
    """Return a body in pieces, between which others may go on."""
    view = memoryview(data)
    return (view[start : start + PIECE_BYTES] for start in range(0, len(view), PIECE_BYTES))


def _headers(answer: Response, redaction: Redaction) -> tuple[dict[str, str], str]:
    """Return headers and status text without secrets; headers of one name are joined, as a Directus joins them."""
    lines = [answer.reason, *(text for header in answer.headers for text in header)]
    reason, *texts = redaction.text("\n".join(line.replace("\n", " ") for line in lines)).split("\n")
    headers = defaultdict(list)
    for name, value in zip(texts[::2], texts[1::2], strict=True):
        headers[name].append(value)
    return {name: ", ".join(values) for name, values in headers.items()}, reason


def _json(text: bytes) -> msgspec.Raw:
    if not text.strip():
        return msgspec.Raw(b"null")
    try:
        return _checked(text)
    except ValueError:
        raise ExtensionError(
            'Response is not JSON, as output: "json" wants it',
            kind="RuntimeError",
            data=text[: 4 * MAX_SAMPLE_CHARACTERS].decode("utf-8", "replace")[:MAX_SAMPLE_CHARACTERS],
            hint='Leave output out, or set it to "text".',
        ) from None


async def _json_or_text(text: bytes, take: Take) -> msgspec.Raw:
    """Return the JSON data that ``text`` is, else the text itself: what Directus's client makes of any response."""
    try:
        return _checked(text)
    except ValueError:
        return await _as_text(text, take)


def _checked(text: bytes) -> msgspec.Raw:
    """Return ``text`` if it is JSON data that the guest takes; ValueError if it is none, ExtensionError if it is too much."""
    try:
        wire.check_values(text)
    except ValueError as error:
        msgspec.json.decode(text, type=msgspec.Raw)  # what is no JSON at all is not counted
        raise ExtensionError(
            f"Response is too large: {error}",
            kind="RuntimeError",
            hint="Ask for less, or for the text: it is not counted.",
        ) from None
    try:
        wire.check_nesting(text, wire.BULK)
        msgspec.json.decode(text)
    except (wire.FrameError, RecursionError):
        raise ValueError("nested too deeply") from None
    return msgspec.Raw(text)
