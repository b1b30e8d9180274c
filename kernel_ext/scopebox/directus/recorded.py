"""A recorded Directus on loopback: what a real one answered, served again, to try a pull without one.

``with recorded.serve("directus-11.json") as server: …`` has its address as ``server.url``. The file holds, for each token, the answers
by path; lists are recorded whole, and ``fields``, ``sort``, ``filter`` (``_in`` on one field), ``limit``, ``offset`` and ``meta`` are applied to
them as a Directus does. Nothing else is known, and whatever was not recorded is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec
from scopebox_guest import wire
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from scopebox.chains.loop import LoopThread
from scopebox.server.serving import Server

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive, Scope, Send

Record = dict[str, object]

PING: Final = "/server/ping"
_FORBIDDEN: Final = {"message": "You don't have permission to access this.", "extensions": {"code": "FORBIDDEN"}}
_UNKNOWN: Final = {"message": "Invalid user credentials.", "extensions": {"code": "INVALID_CREDENTIALS"}}


class Recording(msgspec.Struct, forbid_unknown_fields=True):
    """The answers of one Directus: by token (an empty one for the public), then by path."""

    directus: str
    about: str
    answers: dict[str, dict[str, Record]]


class Recorded:
    """An ASGI application that answers as the recorded Directus did. ``asked`` are method and target of all requests."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")
        response = self._answer(request, await request.body())
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        if request.url.path == PING:
            return PlainTextResponse("pong")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        answers = self._recording.answers.get(token)
        if answers is None:
            return _json(401, {"errors": [_UNKNOWN]})
        answer = answers.get(request.url.path)
        if answer is None or request.method not in ("GET", "SEARCH"):
            return _json(403, {"errors": [_FORBIDDEN]})
        query = _query(request, body)
        data = answer.get("data")
        if not isinstance(data, list) or not query:
            return _json(200, answer)
        return _listed(data, query)


class RecordedServer:
    """A recorded Directus that runs on loopback; a context manager, which ends it."""

    def __init__(self, recording: Recording) -> None:
        self.app = Recorded(recording)
        self._loop = LoopThread()
        self._server = Server(self.app, self._loop.loop)
        self.url = self._server.url

    def stop(self) -> None:
        """End the server."""
        self._server.stop()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def read(path: str | Path) -> Recording:
    """Return the recording in a file. ValueError if it is none."""
    return wire.decode_as(Path(path).read_bytes(), Recording)


def serve(path: str | Path) -> RecordedServer:
    """Serve the recording in a file on a free port of loopback."""
    return RecordedServer(read(path))


def _query(request: Request, body: bytes) -> dict[str, object]:
    if request.method == "SEARCH":
        return wire.decode_as(body, dict[str, dict[str, object]]).get("query", {})
    return dict(request.query_params)


def _listed(items: list[Record], query: Mapping[str, object]) -> Response:
    """Return the answer with those of ``items`` that ``query`` asks for."""
    fields = str(query.get("fields", "*")).split(",")
    known = {name for item in items for name in item}
    if fields != ["*"] and items and not known.issuperset(fields):
        return _json(403, {"errors": [_FORBIDDEN]})  # a field that was not recorded is one without a right
    found = _filtered(items, query.get("filter"))
    for name in reversed(str(query.get("sort", "")).split(",")):
        found = sorted(found, key=lambda item: _order(item.get(name))) if name else found
    start, most = int(str(query.get("offset", 0))), int(str(query.get("limit", 100)))
    chosen = found[start : start + most if most >= 0 else None]
    data = [item if fields == ["*"] else {name: item[name] for name in fields if name in item} for item in chosen]
    meta = {"meta": {"filter_count": len(found)}} if query.get("meta") == "filter_count" else {}
    return _json(200, {**meta, "data": data})


def _filtered(items: list[Record], condition: object) -> list[Record]:
    rules = wire.decode_json(condition) if isinstance(condition, str) else condition
    if not isinstance(rules, dict):
        return items
    ((field, rule),) = rules.items()
    keys = set(map(str, rule["_in"]))
    return [item for item in items if str(item.get(field)) in keys]


def _order(value: object) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, int | float) else (1, 0, str(value))


def _json(status: int, data: object) -> Response:
    return Response(msgspec.json.encode(data), status, media_type="application/json")
