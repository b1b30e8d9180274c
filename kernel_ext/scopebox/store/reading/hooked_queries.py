"""Queries that hooks made: they wait as text until there is room for what is made of them, and all of them are bounded."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from msgspec import Raw

from scopebox.errors import LimitError
from scopebox.store.room import Rooms
from scopebox.text.sizes import most_decoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

MAX_BYTES: Final = 8 * 2**20  # of the texts of all that are there at the same time, if they are several
SMALL_BYTES: Final = 4 * 2**10  # of one that is never refused: there are some hundred requests at most
_TIMES: Final = 3  # as much as data takes what is made of it, with the data: conditions, a statement, its parameters
UNHEARD: Final = object()  # stands for what hooks made of a query that no hook heard of


class HookedQueries:
    """What hooks made of the queries of one store. A client sends a short query, of which a hook may make megabytes each time."""

    def __init__(self) -> None:
        self._rooms = Rooms()
        self._lock = Lock()
        self._bytes = 0

    @contextmanager
    def kept(self, made: object) -> Iterator[None]:
        """Count what a hook ``made``, if it is text, for a block: until the read has ended, whose hooks are told of it; LimitError where it is too much."""
        size = len(made) if isinstance(made, Raw) else 0
        with self._lock:
            if size > SMALL_BYTES and self._bytes and self._bytes + size > MAX_BYTES:
                raise LimitError(
                    f"What filters of items.query made of queries that are answered takes more than {MAX_BYTES:,} bytes",
                    kind="memory",
                    hint="They make long queries of many at the same time: have them add less to a query, or read less at once.",
                )
            self._bytes += size
        try:
            yield
        finally:
            with self._lock:
                self._bytes -= size

    def room(self, made: object) -> AbstractAsyncContextManager[None]:
        """Hold room for a block for what is made of it there. Nothing waits for a hook in it, so it is the same for every depth of a chain."""
        return self._rooms.held(_TIMES * most_decoded(bytes(made)) if isinstance(made, Raw) else 0, 0)
