"""An HTTP client in a process of its own that costs next to nothing: raw sockets, requests that were made before, answers that are not looked into.

``python -m benchmarks.client`` reads a batch a line from its standard input, and writes what it found in a line.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, cast

from benchmarks.processes import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from benchmarks.measure import Stage

RECEIVED: Final = 2**18  # bytes at most at once
SECONDS: Final = 300.0  # to wait for an answer
IDLE_SECONDS: Final = 1.0  # after which a connection is made anew: servers close them after five


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests to one server, over so many connections; each connection sends its next one when it has its answer."""

    host: str
    port: int
    messages: Sequence[str]
    connections: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """How long each request took, how long all of them together, and the body of the last answer."""

    seconds: list[float]
    wall: float
    body: str


class Connection:
    """A kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begin = time.perf_counter()
        self._answer = bytearray()
        self._length = 0

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    @property
    def fresh(self) -> bool:
        """Whether it was used a moment ago; one that was not is closed."""
        if time.perf_counter() - self._begin < IDLE_SECONDS:
            return True
        self._socket.close()
        return False

    def send(self, message: bytes) -> None:
        """Send a whole request."""
        self._answer, self._length = bytearray(), 0
        self._begin = time.perf_counter()
        self._socket.sendall(message)

    def received(self) -> float | None:
        """Take what came; return the seconds since the request once its answer is whole."""
        part = self._socket.recv(RECEIVED)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._answer += part
        if not self._length and (end := self._answer.find(b"\r\n\r\n")) >= 0:
            self._length = end + 4 + length(bytes(self._answer[:end]).lower())
        if not self._length or len(self._answer) < self._length:
            return None
        seconds = time.perf_counter() - self._begin
        if not self._answer.startswith(b"HTTP/1.1 20"):
            raise ConnectionError(self._answer[:500].decode("utf-8", "replace").replace("\r\n", " "))
        return seconds

    @property
    def body(self) -> str:
        """That of the last answer."""
        return self._answer.partition(b"\r\n\r\n")[2].decode()


def length(head: bytes) -> int:
    """The length of the body that a head in small letters announces; 0 where it says that there is none."""
    if b"\r\ntransfer-encoding:" in head:
        raise ConnectionError("the server answers in chunks, which this client does not read")
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def talk(connections: Sequence[Connection], messages: Sequence[bytes]) -> list[float]:
    """Send all messages and return the seconds that each took."""
    if len(connections) > 1:
        return list(together(connections, messages))
    (connection,) = connections
    return [alone(connection, message) for message in messages]


def alone(connection: Connection, message: bytes) -> float:
    """Send one message and wait for its answer."""
    connection.send(message)
    while (seconds := connection.received()) is None:
        pass
    return seconds


def together(connections: Sequence[Connection], messages: Sequence[bytes]) -> Iterator[float]:
    """Keep every connection busy until no message is left."""
    left = iter(messages)
    with selectors.DefaultSelector() as selector:
        for connection, message in zip(connections, left, strict=False):
            selector.register(connection, selectors.EVENT_READ)
            connection.send(message)
        while selector.get_map():
            for key, _ in selector.select():
                connection = cast("Connection", key.fileobj)
                if (seconds := connection.received()) is None:
                    continue
                yield seconds
                if message := next(left, b""):
                    connection.send(message)
                else:
                    selector.unregister(connection)


def answered(batch: Batch, kept: dict[tuple[str, int], list[Connection]]) -> Answers:
    """Ask everything of a batch, over the connections that are kept of earlier ones."""
    known = [connection for connection in kept.pop((batch.host, batch.port), []) if connection.fresh]
    while len(known) < batch.connections:
        known.append(Connection(batch.host, batch.port))
    kept[batch.host, batch.port] = known
    connections = known[: batch.connections]
    messages = [message.encode() for message in batch.messages]
    begin = time.perf_counter()
    seconds = talk(connections, messages)
    wall = time.perf_counter() - begin
    return Answers(seconds, wall, connections[0].body if len(messages) == 1 else "")


class Client:
    """The process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, batch: Batch) -> Answers:
        """Have a batch asked; ConnectionError with the words of the server where it refuses one."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(asdict(batch))}\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        if failure := found.get("failure"):
            raise ConnectionError(failure)
        return Answers(**found)


def client(stage: Stage) -> Client:
    """The one of this run."""
    return Client(stage.enter(running("benchmarks.client")))


def main() -> None:
    """Ask batch after batch."""
    kept: dict[tuple[str, int], list[Connection]] = {}
    for line in sys.stdin:
        batch = Batch(**json.loads(line))
        try:
            found = asdict(answered(batch, kept))
        except OSError as error:
            kept.clear()
            found = {"failure": str(error)}
        sys.stdout.write(f"{json.dumps(found)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
