"""Bodies of requests: their limits, and the three shapes in which the items API takes keys, queries and data."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from scopebox.server.budget import Budget, Claim
from scopebox.server.decoding import decoded_pieces, within
from scopebox.server.error_shapes import too_slow
from scopebox.server.headers import has_header, header_of
from scopebox.server.json_body import entity_too_large, plain_json
from scopebox.store import javascript
from scopebox.store.errors import internal_error, invalid_payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from scopebox.server.json_body import Form

MAX_BODY_BYTES: Final = 8 * 2**20  # bytes; the limit may be set lower
MAX_ALL_BODIES_BYTES: Final = 2 * MAX_BODY_BYTES  # bytes of all large bodies under way together
SMALL_BODY_BYTES: Final = 2**16  # bytes; up to here a body needs no room of its own
BODY_SECONDS: Final = 30.0  # in which a body has to have come
MAX_TEXT_BYTES: Final = 12 * 2**20  # bytes of a body as JSON text, quotes and control characters escaped
MAX_FORGOTTEN_BYTES: Final = (
    2 * MAX_BODY_BYTES
)  # of a body that nobody reads, so that its sender gets to read the answer
_ANNOUNCING: Final = frozenset({b"content-length", b"transfer-encoding"})
Batch = dict[str, object]


class Bodies:
    """Reads the bodies of requests. Large ones share some room: who holds it until it is answered makes others wait."""

    def __init__(self, most: int = MAX_BODY_BYTES) -> None:
        self._most = min(most, MAX_BODY_BYTES)
        self._budget = Budget(MAX_ALL_BODIES_BYTES, MAX_BODY_BYTES)
        self._recoding = asyncio.Lock()

    @asynccontextmanager
    async def read(self, request: Request, owner: str, form: Form) -> AsyncIterator[bytearray]:
        """Read the body that a request to ``owner``, an extension or the items, has announced; its room is held for the block.

        JSON comes as plain UTF-8; what nobody looks at is empty. DirectusError 400 as soon as a body is known to be too large,
        408 if it comes too slowly, 503 without room for it.
        """
        parts = request.stream()
        if not (form.is_json or form.is_text):
            await _forget(parts)
            yield bytearray()
            return
        announced = header_of(request, b"content-length")[:20]
        size = int(announced) if announced.isascii() and announced.isdigit() else self._most
        if size > self._most and announced:
            await _forget(parts)
            raise entity_too_large()
        async with self._whole(parts, owner, size, form) as body:
            yield body

    @asynccontextmanager
    async def _whole(self, parts: AsyncIterator[bytes], owner: str, size: int, form: Form) -> AsyncIterator[bytearray]:
        body = bytearray()
        beyond = await self._receive(parts, body, Claim("", 0), 0 if form.window else min(SMALL_BODY_BYTES, self._most))
        if not beyond:
            yield await plain_json(body, form, self._most, self._recoding) if form.is_json else body
            return
        if len(body) + len(beyond) > self._most:
            await _forget(parts)
            raise entity_too_large()
        room = min(size + self._most, MAX_BODY_BYTES) if form.window else size
        async with self._budget.awaited(owner, room) as claim:
            # Made at once: a text that grows leaves holes behind it.
            whole = bytearray(max(size, len(body) + len(beyond)))
            whole[: len(body)] = body
            whole[len(body) : len(body) + len(beyond)] = beyond
            claim.moved = len(body) + len(beyond)
            del body, beyond
            if await self._receive(parts, whole, claim, len(whole)):
                await _forget(parts)
                raise entity_too_large()
            yield await plain_json(whole, form, self._most, self._recoding) if form.is_json else whole

    async def _receive(self, parts: AsyncIterator[bytes], body: bytearray, claim: Claim, room: int) -> bytes:
        """Put ``parts`` into ``body`` behind what has come; return the first for which there is no more ``room``.

        That one is not copied: a client inside this process sends a body in one part, and many such may wait.
        """
        try:
            async with claim.transfer(BODY_SECONDS):
                async for part in parts:
                    if claim.moved + len(part) > room:
                        return part
                    body[claim.moved : claim.moved + len(part)] = part
                    self._budget.keep_pace(claim, len(part))
        except TimeoutError:
            raise too_slow("The body did not come in time.") from None
        del body[claim.moved :]
        return b""


def is_announced(request: Request) -> bool:
    """Whether a body comes: HTTP/1 has none that no header tells of (RFC 9112, 6.3)."""
    return has_header(request, _ANNOUNCING) or not request.scope["http_version"].startswith("1")


async def _forget(parts: AsyncIterator[bytes]) -> None:
    """Receive what comes of a body and keep nothing of it: a client may read the answer only once everything is sent."""
    moved = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in parts:
                moved += len(part)
                if moved > MAX_FORGOTTEN_BYTES:
                    return
    except TimeoutError:
        raise too_slow("The body did not come in time.") from None


def json_text(body: bytearray) -> msgspec.Raw:
    """Return ``body`` as one JSON text, what is no UTF-8 replaced; DirectusError 413 where that takes too many bytes.

    ``body`` is emptied: the text stands for it.
    """
    if len(body) <= SMALL_BODY_BYTES:
        parts = [msgspec.json.encode(body.decode("utf-8", "replace"))]
    else:
        escaped = (msgspec.json.encode(piece)[1:-1] for piece in decoded_pieces(body))
        parts = list(within(chain([b'"'], escaped, [b'"']), MAX_TEXT_BYTES))
    body.clear()
    return msgspec.Raw(b"".join(parts))


def check_batch(body: object, action: Literal["read", "update", "delete"]) -> Batch:
    """Return a body of ``keys`` or ``query`` (and ``data``); DirectusError 400 names the first thing wrong with it."""
    assert isinstance(body, dict)
    asked = body.get("query")
    if action == "read" and javascript.truthy(asked) and not isinstance(asked, dict | list):
        raise internal_error(f"Cannot use 'in' operator to search for 'backlink' in {javascript.text(asked)}")
    reason = next(_wrong(body, action), "")
    if reason:
        raise invalid_payload(reason)
    return body


def _wrong(body: Batch, action: str) -> Iterator[str]:
    yield from _wrong_keys(body.get("keys", []))
    if not isinstance(body.get("query", {}), dict):
        yield '"query" must be of type object'
    if action == "update" and "data" not in body:
        yield '"data" is required'
    elif action == "update" and not isinstance(body["data"], dict):
        yield '"data" must be of type object'
    known = ("keys", "query", "data") if action == "update" else ("keys", "query")
    yield from (f'"{name}" is not allowed' for name in body if name not in known)
    given = sum(name in body for name in ("keys", "query"))
    if action != "read" and given == 0:
        yield '"value" must contain at least one of [query, keys]'
    if action != "read" and given > 1:
        yield '"value" contains a conflict between exclusive peers [query, keys]'


def _wrong_keys(keys: object) -> Iterator[str]:
    if not isinstance(keys, list):
        yield '"keys" must be an array'
        return
    for at, key in enumerate(keys):
        yield from wrong_key(f"keys[{at}]", key)


def wrong_key(name: str, key: object) -> Iterator[str]:
    """Yield what is wrong with a primary key in a body, which calls it ``name``."""
    if not isinstance(key, str | int | float) or isinstance(key, bool):
        yield f'"{name}" must be one of [string, number]'
    elif key == "":
        yield f'"{name}" is not allowed to be empty'
