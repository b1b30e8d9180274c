"""A raw HTTP server on loopback for tests: each path gives the bytes, or the function of a writer, that answers it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Loopback:
    script: dict[str, bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]] = field(default_factory=dict)
    port: int = 0
    requests: list[str] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def path(self, index: int = -1) -> str:
        method, path, _ = self.requests[index].split("\r\n")[0].split(" ")
        return f"{method} {path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(
                (int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length")), 0
            )
            body = (await reader.readexactly(length)).decode()
            self.requests.append(head + body)
            answer = self.script.get(head.split(" ")[1], response(b"pong"))
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(target: str, status: int = 302) -> bytes:
    return response(b"", f"Location: {target}", status=f"{status} Elsewhere")


@asynccontextmanager
async def loopback(
    script: dict[str, bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]] | None = None,
) -> AsyncIterator[Loopback]:
    fake = Loopback(script or {})

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def serve() -> None:
            try:
                await fake.answer(reader, writer)
            finally:
                writer.close()

        fake.tasks.add(asyncio.get_running_loop().create_task(serve()))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for task in fake.tasks:
            task.cancel()
        await asyncio.gather(*fake.tasks, return_exceptions=True)
        await server.wait_closed()
