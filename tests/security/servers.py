"""Loopback servers: one that must never be reached, and one that answers by a script, in hostile ways too."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.security import script
from tests.security.script import Script

HONEST_PATH: Final = "/honest"
SECONDS: Final = 40.0  # that a hostile answer goes on at most
MOST: Final = 64 * 2**20  # bytes of one
PIECE: Final = 65536  # bytes, about, that are made at a time: whatever is kept here counts as the host's memory
GIGABYTES: Final = 10  # that the bomb holds


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    base: str = ""  # of its URL: scheme, host and port

    def text(self) -> str:
        """All of it."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}\n{headers}\n{self.body.decode('latin-1')}"


@dataclass
class Server:
    """A server on 127.0.0.1. ``script`` has the answers, ``default`` is that to everything else.

    What the honest extension asks for is always answered at once.
    """

    script: Script = field(default_factory=Script)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    default: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, script: object = None, default: Mapping[str, object] | None = None) -> None:
        """Forget what was seen, and answer by another script; CorpusError for one that cannot be taken as it is written."""
        self.script = Script.read(script)
        self.seen, self.connections, self.default = [], 0, default or {}

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            connection.settimeout(SECONDS)
            request = _read(connection, self.url)
            if request is None:
                return
            self.seen.append(request)
            usual = {} if request.path == HONEST_PATH else self.default
            answer = self.script.answer(request.method, request.path, usual)
            if answer.get("echo"):
                answer = {"body": request.text()}
            if answer.get("stream") == "reset":
                _reset(connection)
                return
            sent = 0
            for piece in _answer(answer):
                connection.sendall(piece)
                sent += len(piece)
                if sent > MOST:
                    return
            if answer.get("stream") == "silent":
                connection.recv(1)


def _reset(connection: socket.socket) -> None:
    """Begin an answer, and break the connection off in the middle of it."""
    connection.sendall(_head({}, 1_000) + b"half")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(connection: socket.socket, base: str) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(PIECE)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(next((value for name, value in headers.items() if name.lower() == "content-length"), "0"))
    while len(body) < length:
        body += connection.recv(PIECE)
    method, path, *_ = [*first.split(" "), ""]
    return Seen(method, path, headers, body, base)


def _answer(answer: Mapping[str, object]) -> Iterator[bytes]:
    stream = answer.get("stream")
    if stream is None:
        yield from _plain(answer)
        return
    yield from _STREAMS[str(stream)](answer)


def _head(answer: Mapping[str, object], length: int | None) -> bytes:
    headers = [(name, value) for name, value in script.fields(answer) if length is None or name != "Content-Length"]
    if length is not None:
        headers.append(("Content-Length", str(length)))
    lines = [f"HTTP/1.1 {answer.get('status', 200)} Answer", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode("latin-1")


def _plain(answer: Mapping[str, object]) -> Iterator[bytes]:
    body = script.body(answer)
    if body == "gzip-bomb-10g":
        yield _head(answer, None)
        yield from _bomb()
        return
    times = int(str(answer.get("body_repeat", 1)))
    yield _head(answer, times * sum(map(len, _pieces(body, 1, "utf-8"))))
    yield from _pieces(body, times, "utf-8")


def _pieces(text: str, times: int, encoding: str) -> Iterator[bytes]:
    """Yield ``text`` as often as it is wanted, encoded, a piece at a time."""
    if len(text) > PIECE:
        for _ in range(times):
            yield from (text[start : start + PIECE].encode(encoding) for start in range(0, len(text), PIECE))
        return
    data, together = text.encode(encoding), max(1, PIECE // max(1, len(text)))
    yield from (data * min(together, times - start) for start in range(0, times, together))


def _bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = bytes(2**20)
    for _ in range(GIGABYTES * 1024):
        piece = packer.compress(zeros)
        if piece:
            yield piece
    yield packer.flush()


def _silent(_answer: Mapping[str, object]) -> Iterator[bytes]:
    yield from ()  # and the connection stays open until the other side has enough of it


def _endless(answer: Mapping[str, object]) -> Iterator[bytes]:
    yield _head(answer, None)
    while True:
        yield b"x" * PIECE


def _many_headers(_answer: Mapping[str, object]) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for start in range(0, 1_000_000, 1_000):
        yield b"".join(b"X-%d: y\r\n" % number for number in range(start, start + 1_000))
    yield b"\r\nok"


def _slow_body(answer: Mapping[str, object]) -> Iterator[bytes]:
    yield _head(answer, 1_000)
    while True:
        yield b"x"
        time.sleep(1)


def _slow_headers(_answer: Mapping[str, object]) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-A: b\r\n"
        time.sleep(1)


def _raw(answer: Mapping[str, object]) -> Iterator[bytes]:
    yield from _pieces(str(answer["raw"]), int(str(answer.get("raw_repeat", 1))), "latin-1")


_STREAMS: Final[Mapping[str, Callable[[Mapping[str, object]], Iterator[bytes]]]] = {
    "silent": _silent,
    "endless": _endless,
    "many-headers": _many_headers,
    "slow-body": _slow_body,
    "slow-headers": _slow_headers,
    "raw": _raw,
}
