"""The endpoints of extensions, always below ``/<extension name>/`` (execution-types, "Register Endpoint").

Handlers get ``{url, headers, body, baseUrl}`` with the body as text, in the style of default exports ``{url, headers, body}``
with the body parsed. Answers of handlers are hostile: status and body are checked, headers are ignored, and text is never
served as HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.errors import DirectusError, ScopeboxError

if TYPE_CHECKING:
    from starlette.requests import Request

    from scopebox.capabilities.endpoints import Endpoint
    from scopebox.chain import Cause

# Never handed to a guest: they authenticate against the host, or against the server that the notebook runs in.
PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-xsrftoken"})
SMALLEST_STATUS: Final = 200  # below it an answer is no answer yet
LARGEST_STATUS: Final = 999
EMPTY_STATUSES: Final = frozenset({204, 205, 304})


class BadAnswer(ScopeboxError):  # noqa: N818 - says what happened
    """What a handler returned is no answer."""


def find(endpoints: tuple[Endpoint, ...], method: str, path: str) -> Endpoint | None:
    """Return the endpoint that answers ``method`` at ``path`` (percent-encoding resolved): the first one registered."""
    for endpoint in endpoints:
        base = f"/{endpoint.extension}"
        ours = endpoint.method == method and (path == base or path.startswith(f"{base}/"))
        if ours and endpoint.pattern.matches(path.removeprefix(base) or "/"):
            return endpoint
    return None


async def call(endpoint: Endpoint, request: Request, body: bytes, cause: Cause) -> Response:
    """Call the handler and return its answer. Raises what the handler raised, as ExtensionError, and BadAnswer."""
    argument = _argument(endpoint, request, body)
    with endpoint.usage.timed():
        label = f"{endpoint.method} {endpoint.pattern.text}"
        answer = await endpoint.call(endpoint.handler, [argument], cause, label)
        response = _response(answer)
    endpoint.usage.last_status = str(response.status_code)
    return response


def _argument(endpoint: Endpoint, request: Request, body: bytes) -> dict[str, object]:
    base = f"/{endpoint.extension}"
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    url = raw_path.decode("latin-1").split("?", 1)[0].removeprefix(base) or "/"
    query: bytes = request.scope["query_string"]
    argument: dict[str, object] = {
        "url": f"{url}?{query.decode('latin-1')}" if query else url,
        "headers": {name: value for name, value in request.headers.items() if name not in PRIVATE_HEADERS},
    }
    if endpoint.router:
        return {**argument, "body": {} if endpoint.method == "GET" else _parsed(request, body)}
    return {**argument, "body": body.decode("utf-8", "replace"), "baseUrl": base}


def _parsed(request: Request, body: bytes) -> object:
    """Return the body as the JSON parser of a Directus leaves it: an empty object unless JSON was sent."""
    if not body or "json" not in request.headers.get("content-type", ""):
        return {}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        message = "Invalid payload. The request body is no valid JSON."
        raise DirectusError(400, "INVALID_PAYLOAD", message) from None


def _response(answer: object) -> Response:
    """Return the HTTP answer for what a handler returned; in the words of a Directus where it is none."""
    if answer is None:
        raise BadAnswer("Cannot read properties of undefined (reading 'status')", hint=SHAPE)
    status = answer.get("status") if isinstance(answer, dict) else None
    if isinstance(status, bool) or not isinstance(status, int) or not SMALLEST_STATUS <= status <= LARGEST_STATUS:
        shown = "undefined" if status is None else str(status)[:50]
        raise BadAnswer(f"Invalid status code: {shown}", hint=SHAPE)
    assert isinstance(answer, dict)
    body = answer.get("body", "")
    if isinstance(body, int | float) and not isinstance(body, bool):
        raise BadAnswer(f"Invalid status code: {body}", hint="The body has to be text or an object.")
    headers = {"x-content-type-options": "nosniff"}
    if status in EMPTY_STATUSES:
        return Response(b"", status, headers)
    if isinstance(body, str):
        return Response(body.encode("utf-8", "replace"), status, headers, "text/plain; charset=utf-8")
    return Response(msgspec.json.encode(body), status, headers, "application/json; charset=utf-8")


SHAPE: Final = 'A handler has to return {"status": 200, "body": …}.'
