"""Bodies of requests: their limits, JSON, and the three shapes in which the items API takes keys, queries and data."""

from __future__ import annotations

import codecs
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from scopebox_guest import wire

from scopebox.server.budget import Budget, Claim
from scopebox.server.error_shapes import too_large, too_slow
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.requests import Request

    from scopebox.errors import DirectusError

MAX_BODY_BYTES: Final = 8 * 2**20  # bytes
MAX_ALL_BODIES_BYTES: Final = 2 * MAX_BODY_BYTES  # bytes of all large bodies under way together
SMALL_BODY_BYTES: Final = 2**16  # bytes; up to here a body needs no room of its own
BODY_SECONDS: Final = 30.0  # in which a body has to have come
MAX_TEXT_BYTES: Final = 12 * 2**20  # bytes of a body as JSON text, quotes and control characters escaped
MAX_KIND_CHARACTERS: Final = 200  # of a content type
MAX_EXPLAINED_BYTES: Final = 2**20  # bytes of JSON up to which the place of a mistake is looked for
PIECE_BYTES: Final = 2**16
_CONTEXT_CHARACTERS: Final = 10
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
Batch = dict[str, object]


class Bodies:
    """Reads the bodies of requests. Large ones share some room: who holds it until it is answered makes others wait."""

    def __init__(self) -> None:
        self._budget = Budget(MAX_ALL_BODIES_BYTES, MAX_BODY_BYTES)

    @asynccontextmanager
    async def read(self, request: Request, owner: str) -> AsyncIterator[bytearray]:
        """Read the body of a request to ``owner``, an extension or the items; its room is held for the block.

        DirectusError 413 as soon as it is known to be too large, 408 if it comes too slowly, 503 without room for it.
        """
        announced = request.headers.get("content-length", "")[:20]
        size = int(announced) if announced.isascii() and announced.isdigit() else MAX_BODY_BYTES
        if size > MAX_BODY_BYTES and announced:
            raise _too_many_bytes()
        parts, body = request.stream(), bytearray()
        beyond = await self._receive(parts, body, Claim("", 0), SMALL_BODY_BYTES)
        if not beyond:
            yield body
            return
        if len(body) + len(beyond) > MAX_BODY_BYTES:
            raise _too_many_bytes()
        async with self._budget.awaited(owner, size) as claim:
            # Made at once: a text that grows leaves holes behind it.
            whole = bytearray(max(size, len(body) + len(beyond)))
            whole[: len(body)] = body
            whole[len(body) : len(body) + len(beyond)] = beyond
            claim.moved = len(body) + len(beyond)
            del body, beyond
            if await self._receive(parts, whole, claim, len(whole)):
                raise _too_many_bytes()
            yield whole

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
    check_json(text)
    start = len(text) - len(text.lstrip())
    if not text.startswith((b"{", b"["), start):
        before = max(0, start - 2 * _CONTEXT_CHARACTERS)
        raise invalid_payload(
            _unexpected(text[before : before + PIECE_BYTES].decode("utf-8", "replace"), start - before)
        )
    try:
        data: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise invalid_payload(_syntax_error(text)) from None
    body.clear()
    return data


def readable(body: bytearray) -> bytearray:
    """Return ``body`` as UTF-8, what is none replaced, and without a mark at its start."""
    text = body
    if any("\ufffd" in piece for piece in _pieces(body)):
        text = _joined(lambda: (piece.encode() for piece in _pieces(body)), MAX_BODY_BYTES)
    return text.removeprefix(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else text


def json_text(body: bytearray) -> msgspec.Raw:
    """Return ``body`` as one JSON text, what is no UTF-8 replaced; DirectusError 413 where that takes too many bytes."""

    def pieces() -> Iterator[bytes]:
        yield b'"'
        yield from (msgspec.json.encode(piece)[1:-1] for piece in _pieces(body))
        yield b'"'

    return msgspec.Raw(_joined(pieces, MAX_TEXT_BYTES))


def _joined(pieces: Callable[[], Iterator[bytes]], most: int) -> bytearray:
    """Return the pieces as one text; DirectusError 413 for more than ``most`` bytes. They are made twice, and kept once."""
    size = 0
    for piece in pieces():
        size += len(piece)
        if size > most:
            raise too_large(f"As text the body takes more than {most:,} bytes.")
    text, end = bytearray(size), 0
    for piece in pieces():
        text[end : end + len(piece)] = piece
        end += len(piece)
    return text


def _pieces(body: bytearray) -> Iterator[str]:
    """Decode ``body`` by pieces: a text with a single rare character takes four bytes for each of its characters in memory."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for start in range(0, len(body), PIECE_BYTES):
        yield decoder.decode(body[start : start + PIECE_BYTES])
    yield decoder.decode(b"", final=True)


def _too_many_bytes() -> DirectusError:
    return too_large(f"The body has more than {MAX_BODY_BYTES:,} bytes.")


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
    if len(body) > MAX_EXPLAINED_BYTES:
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
    if len(text) > 2 * _CONTEXT_CHARACTERS:
        start, stop = max(0, at - _CONTEXT_CHARACTERS), min(len(text), at + _CONTEXT_CHARACTERS)
        shown = f'{"..." if start else ""}"{text[start:stop]}"{"..." if stop < len(text) else ""}'
    return f"Unexpected token '{text[at]}', {shown} is not valid JSON"
