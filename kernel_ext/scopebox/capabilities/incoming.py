"""Incoming responses: read within limits, and brought into the shape that each style of ``request`` promises."""

from __future__ import annotations

import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox import wire
from scopebox.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scopebox.capabilities.outgoing import Output
    from scopebox.vault import Secrets

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

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


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it came: header names in lower case, the body decompressed."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that lower-case name, or ``""``."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """The body as text, in the charset that the content type names (UTF-8 for any unknown one)."""
        match = _CHARSET.search(self.header("content-type"))
        codec = _CHARSETS.get(match[1].lower(), "utf-8-sig") if match else "utf-8-sig"
        return self.body.decode(codec, "replace")


class Budget:
    """Bytes that the bodies of all responses under way may have together, so that many at once fill no memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Give a function that takes bytes of the budget, and give them back in the end. It raises ExtensionError."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            taken += size
            self._used += size
            if self._used > self._most:
                raise ExtensionError(
                    f"Responses are too large together: more than {self._most:,} bytes are under way",
                    kind="RuntimeError",
                    hint="Send fewer requests at the same time.",
                )

        try:
            yield take
        finally:
            self._used -= taken


class BodyReader:
    """Collects and decompresses a body up to ``limit`` bytes, and ``take``s each piece of it from a budget.

    Raises ExtensionError where it is larger or broken.
    """

    def __init__(self, encoding: str, limit: int, take: Callable[[int], None] = lambda _: None) -> None:
        self._limit = limit
        self._take = take
        self._received = 0  # bytes, as they came
        self._size = 0  # bytes, decompressed
        self._chunks: list[bytes] = []
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

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body."""
        self._received += len(chunk)
        if self._inflate is not None:
            chunk = self._decompress(self._inflate, chunk)
        self._size += len(chunk)
        if max(self._size, self._received) > self._limit:
            raise ExtensionError(
                f"Response is too large: more than {self._limit:,} bytes",
                kind="RuntimeError",
                hint="Ask for less: the limit is request_bytes in the settings of the sandbox.",
            )
        self._take(len(chunk))
        self._chunks.append(chunk)

    def _decompress(self, inflate: zlib._Decompress, chunk: bytes) -> bytes:
        if inflate.eof:
            return b""
        most = self._limit - self._size + 1  # one byte more than fits tells that it is too large
        try:
            return inflate.decompress(chunk, most)
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
        return b"".join(self._chunks)


def _broken() -> ExtensionError:
    return ExtensionError("Response cannot be decompressed", kind="RuntimeError")


def result(answer: Answer, output: Output, secrets: Secrets) -> object:
    """Return what the call of ``request`` gives to the guest, as JSON data.

    ExtensionError for a status outside 2xx, with ``status`` and ``data`` ("sandbox" and a Directus 11: ``Request failed with
    status code 404``), and for a body that is not the JSON asked for. An empty body is ``""``, as JSON None.
    """
    text = secrets.redact(answer.text)
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
        raise ExtensionError(
            f"Request failed with status code {answer.status}",
            kind="RuntimeError",
            status=answer.status,
            data=_json_or_text(text, secrets),
        )
    if output == "text":
        return text
    if output == "json":
        return _json(text, secrets)
    headers: dict[str, str] = {}
    for name, value in answer.headers:
        clean = secrets.redact(value)
        headers[name] = f"{headers[name]}, {clean}" if name in headers else clean
    data = _json_or_text(text, secrets)
    return {"status": answer.status, "statusText": secrets.redact(answer.reason), "headers": headers, "data": data}


def _json(text: str, secrets: Secrets) -> object:
    if not text.strip():
        return None
    try:
        return _parse(text, secrets)
    except ValueError:
        raise ExtensionError(
            'Response is not JSON, as output: "json" wants it',
            kind="RuntimeError",
            data=text[:1000],
            hint='Leave output out, or set it to "text".',
        ) from None


def _json_or_text(text: str, secrets: Secrets) -> object:
    """Return the JSON data that ``text`` is, else the text itself: what Directus's client makes of any response."""
    try:
        return _parse(text, secrets)
    except ValueError:
        return text


def _parse(text: str, secrets: Secrets) -> object:
    encoded = text.encode()
    try:
        wire.check_nesting(encoded, wire.BULK)
        data: object = msgspec.json.decode(encoded)
    except (wire.FrameError, RecursionError):
        raise ValueError("nested too deeply") from None
    if not secrets:
        return data
    # A server may spell a secret with escapes, which only parsing brings to light.
    return msgspec.json.decode(secrets.redact(msgspec.json.encode(data).decode()))
