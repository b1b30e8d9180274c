"""The endpoints of extensions, always below ``/<extension name>/`` (execution-types, "Register Endpoint").

Handlers get ``{url, headers, body, baseUrl}`` with the body as text, in the style of default exports ``{url, headers, body}``
with the body parsed. Answers of handlers are hostile: status and body are checked, headers are ignored, and text is never
served as HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

import msgspec
from starlette.responses import Response

from scopebox.errors import DirectusError, ExtensionError, ScopeboxError
from scopebox.server.bodies import check_json, is_json, json_text, readable
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from scopebox.chains.chain import Cause
    from scopebox.registry.registrations import Endpoint, Returned
    from scopebox.registry.registry import Registry

# Never handed to a guest: they authenticate against the host, or against the server that the notebook runs in.
PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-xsrftoken"})
# What Node keeps of headers that come more than once: the first of these, a list of the cookies to set, others joined.
FIRST_HEADERS: Final = frozenset(
    {"age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host", "if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards", "proxy-authorization", "referer", "retry-after", "server", "user-agent"}
)  # fmt: skip
MIN_STATUS: Final = 200  # below it an answer is no answer yet
MAX_STATUS: Final = 999
EMPTY_STATUSES: Final = frozenset({204, 205, 304})


class HandlerResultError(ExtensionError):
    """What a handler returned is no answer."""


def find(registry: Registry, method: str, path: str) -> Endpoint | None:
    """Return the endpoint that answers ``method`` at ``path`` (see :func:`sent_path`): the first one registered."""
    name = extension_of(unquote(path))
    return registry.find_endpoint(name, method, _below(path, name))


def sent_path(request: Request) -> str:
    """Return the path of a request as it was sent: its encoding tells ``%2F`` from a slash."""
    raw_path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return raw_path.partition(b"?")[0].decode("latin-1")


def _below(path: str, name: str) -> str:
    """Return what of a path stands below the name of an extension."""
    return "/" + "/".join(path.split("/")[name.count("/") + 2 :])


def extension_of(path: str) -> str:
    """Return the name of the extension that ``path`` would belong to."""
    first, _, rest = path[1:].partition("/")
    return f"{first}/{rest.partition('/')[0]}" if first.startswith("@") else first


async def call(
    endpoint: Endpoint, request: Request, body: bytearray, cause: Cause, note: Callable[[str], object]
) -> Response:
    """Call the handler and return its answer. Raises what the handler raised, as ExtensionError, and HandlerResultError.

    ``note`` is told of what goes wrong on this side, before and after the handler, whose own errors are noted where it is called.
    """
    argument = _argument(endpoint, request, body)
    with endpoint.usage.timed():
        try:
            running = endpoint.call(endpoint.handler, [argument], cause, f"{endpoint.method} {endpoint.pattern.text}")
        except ScopeboxError as error:
            note(error.message)
            raise
        argument.clear()  # it is on its way
        body.clear()
        returned = await running
        try:
            response = _response(returned)
        except HandlerResultError as error:
            note(error.message)
            raise
    endpoint.usage.last_status = str(response.status_code)
    return response


def _argument(endpoint: Endpoint, request: Request, body: bytearray) -> dict[str, object]:
    base = f"/{endpoint.extension}"
    url = _below(sent_path(request), endpoint.extension)
    query: bytes = request.scope["query_string"]
    argument: dict[str, object] = {
        "url": f"{url}?{query.decode('latin-1')}" if query else url,
        "headers": _headers(request),
    }
    if endpoint.router:
        return {**argument, "body": {} if endpoint.method == "GET" else _parsed(request, body)}
    text = json_text(body)
    body.clear()  # the text stands for it
    return {**argument, "body": text, "baseUrl": base}


def _headers(request: Request) -> dict[str, object]:
    """Return the headers that a guest may read, those that come more than once as Node hands them over."""
    given: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        if name not in PRIVATE_HEADERS:
            given.setdefault(name, []).append(value)
    return {name: _joined(name, values) for name, values in given.items()}


def _joined(name: str, values: list[str]) -> object:
    if name == "set-cookie":
        return values
    return values[0] if name in FIRST_HEADERS else ", ".join(values)


def _parsed(request: Request, body: bytearray) -> object:
    """Return the body as the JSON parser of a Directus leaves it: an empty object unless JSON was sent.

    It stays text: nothing of a large body is kept as objects while the handler runs.
    """
    if not body or not is_json(request):
        return {}
    text = readable(body)
    check_json(text)
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        message = "Invalid payload. The request body is no valid JSON."
        raise DirectusError(400, "INVALID_PAYLOAD", message) from None
    return msgspec.Raw(text)


def _response(returned: Returned) -> Response:
    """Return the HTTP answer for what a handler returned; in the words of a Directus where it is none."""
    answer = returned.value
    if answer is None:
        nothing = "null" if returned.null else "undefined"
        raise HandlerResultError(f"Cannot read properties of {nothing} (reading 'status')", hint=SHAPE)
    if not isinstance(answer, dict) or "status" not in answer:
        raise HandlerResultError("Invalid status code: undefined", hint=SHAPE)
    status = _status(answer["status"])
    body = answer.get("body")
    if isinstance(body, int | float) and not isinstance(body, bool):
        raise HandlerResultError(f"Invalid status code: {_shown(body)}", hint="The body has to be text or an object.")
    headers = {"x-content-type-options": "nosniff"}
    if status in EMPTY_STATUSES or body is None:
        return Response(b"", status, headers)
    if isinstance(body, str):
        return Response(body.encode("utf-8", "replace"), status, headers, "text/plain; charset=utf-8")
    return Response(msgspec.json.encode(body), status, headers, "application/json; charset=utf-8")


def _status(given: object) -> int:
    """Return the status that a handler gave: a number, of which Node drops the fraction."""
    if isinstance(given, int | float) and not isinstance(given, bool) and MIN_STATUS <= given < MAX_STATUS + 1:
        return int(given)
    raise HandlerResultError(f"Invalid status code: {_shown(given)}", hint=SHAPE)


def _shown(value: object) -> str:
    """Return what an error says of a value, whatever its size."""
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        return "[object Object]"
    return value[:50] if isinstance(value, str) else f"{value:.17g}" if isinstance(value, float) else inline(value)


SHAPE: Final = 'A handler has to return {"status": 200, "body": …}.'
