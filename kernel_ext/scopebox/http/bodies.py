"""Bodies of requests: their limits, JSON, and the three shapes in which the items API takes keys, queries and data."""

from __future__ import annotations

import codecs
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from scopebox import wire
from scopebox.http.budget import Budget, Claim
from scopebox.http.errors import too_large, too_slow
from scopebox.store.failures import invalid_payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from scopebox.errors import DirectusError

MAX_BODY: Final = 8 * 2**20  # bytes
MAX_ALL_BODIES: Final = 2 * MAX_BODY  # bytes of all large bodies under way together
SMALL_BODY: Final = 2**16  # bytes; up to here a body needs no room of its own
BODY_SECONDS: Final = 30.0  # in which a body has to have come
MAX_TEXT: Final = wire.HOST_LIMIT - 2**18  # bytes of a body as JSON text, beside which a frame has room for headers
MAX_KIND_CHARACTERS: Final = 200  # of a content type
MAX_EXPLAINED: Final = 2**20  # bytes of JSON up to which the place of a mistake is looked for
PIECE: Final = 2**16
_CONTEXT: Final = 10
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
Batch = dict[str, object]


class Bodies:
    """Reads the bodies of requests. Large ones share some room: who holds it until it is answered makes others wait."""

    def __init__(self) -> None:
        self._budget = Budget(MAX_ALL_BODIES, MAX_BODY)

    @asynccontextmanager
    async def read(self, request: Request, owner: str) -> AsyncIterator[bytearray]:
        """Read the body of a request to ``owner``, an extension or the items; its room is held for the block.

        DirectusError 413 as soon as it is known to be too large, 408 if it comes too slowly, 503 without room for it.
        """
        announced = request.headers.get("content-length", "")[:20]
        size = int(announced) if announced.isascii() and announced.isdigit() else MAX_BODY
        if size > MAX_BODY and announced:
            raise _too_many_bytes()
        body, parts = bytearray(), request.stream()
        if await self._receive(parts, body, SMALL_BODY):
            yield body
            return
        async with self._budget.awaited(owner, min(max(size, len(body)), MAX_BODY)) as claim:
            claim.moved = len(body)
            if not await self._receive(parts, body, MAX_BODY, claim):
                raise _too_many_bytes()
            yield body

    async def _receive(
        self, parts: AsyncIterator[bytes], body: bytearray, most: int, claim: Claim | None = None
    ) -> bool:
        """Add ``parts`` to ``body``; False as soon as it has more than ``most`` bytes."""
        claim = claim or Claim("", 0)
        try:
            async with claim.transfer(BODY_SECONDS):
                async for part in parts:
                    body += part
                    if len(body) > most:
                        return False
                    self._budget.keep_pace(claim, len(part))
        except TimeoutError:
            raise too_slow("The body did not come in time.") from None
        return True


def is_json(request: Request) -> bool:
    """Whether the body is JSON: its type is ``application/json``, or ends in ``+json``."""
    kind = request.headers.get("content-type", "")
    essence = kind[:MAX_KIND_CHARACTERS].partition(";")[0].strip().lower()
    return len(kind) <= MAX_KIND_CHARACTERS and (
        essence == "application/json" or (essence.endswith("+json") and essence.count("/") == 1)
    )


def check_json(body: bytearray) -> None:
    """Refuse JSON that would take too much memory once it is decoded; DirectusError 413 or 400."""
    try:
        wire.check_values(body)
    except ValueError as error:
        raise too_large(f"The body has {error}.") from None
    try:
        wire.check_nesting(body, wire.BULK)
    except wire.FrameError as error:
        raise invalid_payload(f"The body has {str(error).removesuffix(' in a frame')}") from None


def read_json(request: Request, body: bytearray) -> object:
    """Return the JSON object or list in ``body``, ``{}`` without one; DirectusError 400 for anything else, 413 for too much.

    ``body`` is emptied: what is decoded stands for it.
    """
    if not is_json(request) or not body.strip():
        return {}
    text = readable(body)
    body.clear()
    check_json(text)
    start = len(text) - len(text.lstrip())
    if not text.startswith((b"{", b"["), start):
        before = max(0, start - 2 * _CONTEXT)
        raise invalid_payload(_unexpected(text[before : before + PIECE].decode("utf-8", "replace"), start - before))
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise invalid_payload(_syntax_error(text)) from None


def readable(body: bytearray) -> bytearray:
    """Return a copy of ``body`` as UTF-8, what is none replaced, and without a mark at its start."""
    text = bytearray()
    for piece in _pieces(body):
        text += piece.encode()
        if len(text) > MAX_BODY:
            raise _too_many_bytes()
    return text.removeprefix(_BYTE_ORDER_MARK)


def json_text(body: bytearray) -> msgspec.Raw:
    """Return ``body`` as one JSON text, what is no UTF-8 replaced; DirectusError 413 where that takes too many bytes.

    Piece by piece: a text with a single rare character takes four bytes for each of its characters in memory.
    """
    text = bytearray(b'"')
    for piece in _pieces(body):
        text += msgspec.json.encode(piece)[1:-1]
        if len(text) > MAX_TEXT:
            raise too_large(f"As JSON text the body takes more than {MAX_TEXT:,} bytes.")
    text += b'"'
    return msgspec.Raw(text)


def _pieces(body: bytearray) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for start in range(0, len(body), PIECE):
        yield decoder.decode(body[start : start + PIECE])
    yield decoder.decode(b"", final=True)


def _too_many_bytes() -> DirectusError:
    return too_large(f"The body has more than {MAX_BODY:,} bytes.")


def check_batch(body: object, action: Literal["read", "update", "delete"]) -> Batch:
    """Return a body of ``keys`` or ``query`` (and ``data``); DirectusError 400 names the first thing wrong with it."""
    assert isinstance(body, dict)
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
        if not isinstance(key, str | int | float) or isinstance(key, bool):
            yield f'"keys[{at}]" must be one of [string, number]'
        elif key == "":
            yield f'"keys[{at}]" is not allowed to be empty'


def _syntax_error(body: bytearray) -> str:
    """Return what a JavaScript engine says about text that is no JSON."""
    if len(body) > MAX_EXPLAINED:
        return "The body is not valid JSON"
    text = body.decode()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return "Unexpected end of JSON input"
        return _unexpected(text, error.pos)
    except (RecursionError, ValueError):
        pass
    return "The JSON holds a number or a text that cannot be read"


def _unexpected(text: str, at: int) -> str:
    shown = f'"{text}"'
    if len(text) > 2 * _CONTEXT:
        start, stop = max(0, at - _CONTEXT), min(len(text), at + _CONTEXT)
        shown = f'{"..." if start else ""}"{text[start:stop]}"{"..." if stop < len(text) else ""}'
    return f"Unexpected token '{text[at]}', {shown} is not valid JSON"
