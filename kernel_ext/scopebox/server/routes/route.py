"""A route: what a request for it asks, and what answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from scopebox.server import answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from scopebox.chains.chain import Chain
    from scopebox.store.access import Accountability
    from scopebox.store.emitter import Emitter
    from scopebox.store.store import Store

_AT_ONCE = 200  # records that are described in one step


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


Answer = Callable[[Asked], Coroutine[object, object, Response]]


def data_response(data: object) -> Response:
    """Return an answer with ``data``."""
    return answers.data_response([msgspec.json.encode(data)])


async def listed(records: Iterable[object]) -> list[bytes]:
    """Return records as the pieces of a list in JSON, some at a time: others are answered in between."""
    parts: list[bytes] = []
    for record in records:
        parts.append(msgspec.json.encode(record))
        if len(parts) % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return [b"[", b",".join(parts), b"]"]
