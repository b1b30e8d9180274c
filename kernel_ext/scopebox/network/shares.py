"""Shares: what each extension has of the network, so that the requests of one delay those of no other.

Requests at a time, bytes of bodies (as they are sent and as they come), look-ups of names and matching are counted for each extension by itself. All extensions
together have a limit on bytes alone, and even beyond it each of them may read small answers.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from scopebox.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scopebox.network.response import Take

MAX_OPEN_REQUESTS: Final = 4  # of one extension at a time
MAX_OPEN_LOOKUPS: Final = (
    4  # of one extension at a time, those counted whose request has ended and whose resolver has not
)
COPIES_OF_A_BODY: Final = (
    3  # that an extension may have: as it came and as text, and then as JSON, beside what it sends
)
MAX_TOTAL_BYTES: Final = 32 * 2**20  # of the bodies of all extensions
LEAST_BYTES: Final = (
    12 * 2**20
)  # that each may have under way, however small a response has to be: it may send large ones
RESERVED_BYTES: Final = 2**18  # that each may take, whatever the others took


class Shares:
    """The shares of all extensions, by name; ``largest`` is the most bytes that one body may have."""

    def __init__(self, largest: int) -> None:
        self._own_bytes = max(COPIES_OF_A_BODY * largest, LEAST_BYTES)
        self._total_bytes = max(MAX_TOTAL_BYTES, self._own_bytes)
        self._used_bytes = 0
        self._shares: dict[str, Share] = {}

    def share_of(self, extension: str) -> Share:
        """Return the share of an extension."""
        if extension not in self._shares:
            self._shares[extension] = Share(self)
        return self._shares[extension]

    def take(self, size: int, own: int) -> None:
        """Take ``size`` bytes for an extension that has ``own`` with them; ExtensionError where there are no more."""
        self._used_bytes += size
        if own > self._own_bytes or (self._used_bytes > self._total_bytes and own > RESERVED_BYTES):
            limit = self._own_bytes if own > self._own_bytes else self._total_bytes
            raise ExtensionError(
                f"Requests and responses are too large together: more than {limit:,} bytes are under way",
                kind="RuntimeError",
                hint="Send fewer requests at the same time.",
            )

    def give_back(self, size: int) -> None:
        """Give back bytes that were taken."""
        self._used_bytes -= size


class Share:
    """The share of one extension."""

    def __init__(self, shares: Shares) -> None:
        self.requests = asyncio.Semaphore(MAX_OPEN_REQUESTS)
        self.matching = asyncio.Lock()
        self._shares = shares
        self._lookups = asyncio.Semaphore(MAX_OPEN_LOOKUPS)
        self._used_bytes = 0

    @contextmanager
    def budget(self) -> Iterator[Take]:
        """Give a function that takes bytes, and give them back in the end. It raises ExtensionError."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            taken += size
            self._used_bytes += size
            self._shares.take(size, self._used_bytes)

        try:
            yield take
        finally:
            self._used_bytes -= taken
            self._shares.give_back(taken)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses that the system's resolver knows; OSError for an unknown name.

        A resolver cannot be interrupted, so each look-up has a thread that nobody waits for, neither at the end of a request
        nor at that of the kernel, and it counts until it is over.
        """
        await self._lookups.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str]] = loop.create_future()

        def end(answer: Sequence[str] | Exception) -> None:
            self._lookups.release()
            if found.cancelled():
                return
            if isinstance(answer, Exception):
                found.set_exception(answer)
            else:
                found.set_result(answer)

        def look_up() -> None:
            answer = _look_up(host, port)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(end, answer)

        threading.Thread(target=look_up, name="scopebox-look-up", daemon=True).start()
        return await found


def _look_up(host: str, port: int) -> Sequence[str] | Exception:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return OSError(*error.args)
    return list(dict.fromkeys(str(address[0]) for *_, address in entries))
