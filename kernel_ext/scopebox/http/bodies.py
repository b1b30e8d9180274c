"""Bodies of requests: JSON, and the three shapes in which the items API takes keys, queries and data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from scopebox.errors import DirectusError
from scopebox.store.failures import invalid_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

MAX_BODY: Final = 8 * 2**20
_CONTEXT: Final = 10
Batch = dict[str, object]


async def read_body(request: Request) -> bytes:
    """Return the body of ``request``; a DirectusError 413 as soon as it grows too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise DirectusError(413, "PAYLOAD_TOO_LARGE", f"The body has more than {MAX_BODY:,} bytes.")
        parts.append(part)
    return b"".join(parts)


async def read_json(request: Request) -> object:
    """Return the JSON object or list in the body, ``{}`` without one; DirectusError 400 for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request)
    if not body.strip() or kind != "application/json":
        return {}
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    if text.lstrip()[0] not in "{[":
        raise invalid_payload(_unexpected(text, len(text) - len(text.lstrip())))
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise invalid_payload(_syntax_error(text)) from None


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


def _syntax_error(text: str) -> str:
    """Return what a JavaScript engine says about text that is no JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return "Unexpected end of JSON input"
        return _unexpected(text, error.pos)
    except RecursionError:
        return "The JSON is nested too deeply"
    return "The JSON holds a number or a text that cannot be read"


def _unexpected(text: str, at: int) -> str:
    shown = f'"{text}"'
    if len(text) > 2 * _CONTEXT:
        start, stop = max(0, at - _CONTEXT), min(len(text), at + _CONTEXT)
        shown = f'{"..." if start else ""}"{text[start:stop]}"{"..." if stop < len(text) else ""}'
    return f"Unexpected token '{text[at]}', {shown} is not valid JSON"
