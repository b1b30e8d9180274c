"""Where a request begins and ends in the bytes of a connection; what is no request, or too much of one, is refused before a parser keeps it.

Parsers of HTTP differ in what they let pass, and none of them is asked where a request ends: a head comes to them as a whole and in the grammar of
RFC 9112, a body in the length that its head says, without extensions of chunks and trailers, which nobody reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.server.error_shapes import too_many_headers

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_HEAD_BYTES: Final = 2**16  # of the request line, all headers and trailers, and the extensions of chunks
MAX_HEADERS: Final = 100  # trailers among them
METHODS: Final = frozenset(
    b"ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST PROPFIND "
    b"PROPPATCH PURGE PUT REBIND REPORT SEARCH SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE".split()
)
"""Those that the server under a Directus lets pass, but for CONNECT, which asks for something else than an answer."""
_BEGINNING: Final = re.compile(rb"[A-Z]|\r?\Z")
_END: Final = re.compile(rb"\n\r?\n")  # one without CR ends a head, too: it has to be refused, and not waited for
_FIELD: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~\x80-\xff]*+\r\n"
_HEAD: Final = re.compile(rb"([A-Z-]++) (?:/[!-~]*+|\*) HTTP/1\.([01])\r\n(?:" + _FIELD + rb")*\r\n")
_TRAILER: Final = re.compile(_FIELD)
_UPGRADE: Final = re.compile(rb"(?<=\n)upgrade:[^\r]*\r\n", re.IGNORECASE)
_TOLD: Final = re.compile(rb"(?<=\n)(host|content-length|transfer-encoding|upgrade):[\t ]*+([^\r]*+)", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,12})((?:;[\t -~\x80-\xff]*+)?)\r\n")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_LINE_END: Final = b"\r\n"


class Framing:
    """The bytes of one request. ``ended`` says whether all of it has come; what follows then belongs to the next one."""

    def __init__(self) -> None:
        self.ended = False
        self._kept = bytearray()  # of a head, or of a line between chunks, that has not come as a whole
        self._left = 0  # bytes of the body, or of a chunk, that are to come
        self._take: Callable[[bytes], tuple[bytes, bytes]] = self._take_head
        self._line: Callable[[bytes], bytes] = self._chunk_begins
        self._blank = False  # whether an empty line came before the request
        self._seen = 0
        self._spent = 0
        self._fields = -1  # the request line is none

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what of ``data`` and of what is kept a parser may have now, and what of ``data`` has not been looked at.

        DirectusError for what is no request (400), and for a head that is too large (431).
        """
        return self._take(data)

    def _take_head(self, data: bytes) -> tuple[bytes, bytes]:
        self._kept += data
        if not self._blank and self._kept.startswith(_LINE_END):  # a client may send one behind a body
            self._blank, self._seen = True, 0
            del self._kept[:2]
        if not _BEGINNING.match(self._kept):
            raise _invalid("It does not begin with a method")
        found = _END.search(self._kept, max(0, self._seen - 2))
        end = found.end() if found else len(self._kept)
        self._fields += self._kept.count(b"\n", self._seen, end) - (found is not None)
        self._seen = end
        if end > MAX_HEAD_BYTES or self._fields > MAX_HEADERS:
            raise _too_large()
        if found is None:
            return b"", b""
        head, rest = bytes(self._kept[:end]), bytes(self._kept[end:])
        self._kept.clear()
        return self._begin(head), rest

    def _begin(self, head: bytes) -> bytes:
        """Read of a whole ``head`` what says how long the body is; return what a parser may have of it."""
        matched = _HEAD.fullmatch(head)
        if matched is None:
            raise _invalid("The request line or a header is not written as HTTP/1.1 has it")
        method, version = matched.groups()
        if method not in METHODS:
            raise _invalid("The method is not known")
        told: dict[bytes, list[bytes]] = {}
        for name, value in _TOLD.findall(head):
            told.setdefault(name.lower(), []).append(value.rstrip(b" \t"))
        hosts = len(told.get(b"host", ()))
        if hosts > 1 or (not hosts and version == b"1"):
            raise _invalid("There has to be one Host header")
        self._spent = len(head)
        self._begin_body(told.get(b"content-length", []), told.get(b"transfer-encoding", []), version)
        # There is no other protocol here; a parser that sees one coming would read no body.
        return _UPGRADE.sub(b"", head) if b"upgrade" in told else head

    def _begin_body(self, lengths: list[bytes], codings: list[bytes], version: bytes) -> None:
        if codings:
            if lengths or version == b"0" or [coding.lower() for coding in codings] != [b"chunked"]:
                raise _invalid("A body is chunked, and nothing else, or it has a Content-Length")
            self._take = self._take_chunks
            return
        if lengths and (len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0])):
            raise _invalid("Content-Length has to be one number")
        self._left = int(lengths[0]) if lengths else 0
        self._take = self._take_body
        self.ended = not self._left

    def _take_body(self, data: bytes) -> tuple[bytes, bytes]:
        part, rest = data[: self._left], data[self._left :]
        self._left -= len(part)
        self.ended = not self._left
        return part, rest

    def _take_chunks(self, data: bytes) -> tuple[bytes, bytes]:
        at, parts = 0, []
        while at < len(data) and not self.ended:
            if self._left:
                part = data[at : at + self._left]
                self._left -= len(part)
                at += len(part)
                parts.append(part)
                continue
            end = data.find(b"\n", at) + 1
            self._kept += data[at : end or len(data)]
            at = end or len(data)
            if self._spent + len(self._kept) > MAX_HEAD_BYTES:
                raise _too_large()
            if end:
                line = bytes(self._kept)
                self._kept.clear()
                parts.append(self._line(line))
        return b"".join(parts), data[at:]

    def _chunk_begins(self, line: bytes) -> bytes:
        matched = _CHUNK.fullmatch(line)
        if matched is None:
            raise _invalid("The length of a chunk is not written as HTTP/1.1 has it")
        length, extension = matched.groups()
        self._spent += len(extension)
        self._left = int(length, 16)
        self._line = self._chunk_ends if self._left else self._trailer
        return length + _LINE_END

    def _chunk_ends(self, line: bytes) -> bytes:
        if line != _LINE_END:
            raise _invalid("A chunk is longer than its length")
        self._line = self._chunk_begins
        return line

    def _trailer(self, line: bytes) -> bytes:
        """Read a trailer, or the line behind the last one. No parser sees them: what comes behind a body is no header of it, nor of the next."""
        if line == _LINE_END:
            self.ended = True
            return line
        self._spent += len(line)
        self._fields += 1
        if self._fields > MAX_HEADERS:
            raise _too_large()
        if not _TRAILER.fullmatch(line):
            raise _invalid("A trailer is not written as HTTP/1.1 has it")
        return b""


def _invalid(reason: str) -> DirectusError:
    return DirectusError(400, "INVALID_REQUEST", f"Invalid HTTP request received. {reason}.")


def _too_large() -> DirectusError:
    return too_many_headers(f"There may be {MAX_HEADERS} headers, of {MAX_HEAD_BYTES:,} bytes with the request line.")
