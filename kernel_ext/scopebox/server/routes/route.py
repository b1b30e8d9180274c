"""A route: what a request for it asks, and what answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.server import answers
from scopebox.server.application import ROOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from scopebox.chains.chain import Chain
    from scopebox.store.access import Accountability
    from scopebox.store.emitter import Emitter
    from scopebox.store.store import Store

AT_ONCE: Final = 200  # records that are described in one step
_RECORD: Final = 2 * 2**10  # bytes of room for each, while they are described and their JSON is made
_MOST: Final = 16 * 2**20  # bytes of room for all of them


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: in whose name, its body, what its path has in the places of ``*``, and its parameters."""

    request: Request
    store: Store
    events: Emitter
    chain: Chain
    who: Accountability
    body: object
    names: tuple[str, ...]
    query: Mapping[str, object]

    @property
    def given(self) -> Mapping[str, object]:
        """What the body says; nothing where it is a list."""
        return self.body if isinstance(self.body, dict) else {}

    def let_go(self) -> None:
        """Hold nothing of what was sent any more: who waits before he is answered may have sent much."""
        for sent in (self.body, self.query):
            if isinstance(sent, dict | list):
                sent.clear()


Answer = Callable[[Asked], Coroutine[object, object, Response]]


def data_response(data: object) -> Response:
    """Return an answer with ``data``."""
    return answers.data_response([msgspec.json.encode(data)])


async def room_for(asked: Asked, records: int) -> None:
    """Wait until there is room among the large answers for one of ``records`` records; one that is made in one step needs none before it is sent."""
    if records > AT_ONCE:
        await asked.request.scope[ROOM].wait(min(records * _RECORD, _MOST))


async def listed(records: Iterable[object]) -> list[bytes]:
    """Return records as the pieces of a list in JSON, some at a time: others are answered in between."""
    pieces: list[bytes] = []
    for at, record in enumerate(records, 1):
        pieces += (b"," if pieces else b"[", msgspec.json.encode(record))
        if at % AT_ONCE == 0:
            await asyncio.sleep(0)
    return [*pieces, b"]"] if pieces else [b"[]"]
