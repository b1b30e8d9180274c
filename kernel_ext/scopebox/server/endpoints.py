"""The endpoints of extensions, always below ``/<extension name>/`` (execution-types, "Register Endpoint").

Handlers get ``{url, headers, body, baseUrl}`` with the body as text, in the style of default exports ``{url, headers, body}``
with the body parsed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from scopebox.errors import ScopeboxError
from scopebox.server.bodies import json_text
from scopebox.server.handler_answers import SHAPE, HandlerResultError, answer_of
from scopebox.server.json_body import json_object
from scopebox.server.paths import parameter, parts_of
from scopebox.server.query_string import query_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from scopebox.chains.chain import Cause
    from scopebox.registry.registrations import Endpoint

# Never handed to a guest: they authenticate against the host, or against the server that the notebook runs in.
PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-xsrftoken"})
PRIVATE_PARAMETER: Final = "access_token"
# What Node keeps of headers that come more than once: the first of these, a list of the cookies to set, others joined.
FIRST_HEADERS: Final = frozenset(
    {"age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host", "if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards", "proxy-authorization", "referer", "retry-after", "server", "user-agent"}
)  # fmt: skip
_PARAMETERS: Final = re.compile(r"[:*(]")  # in the pattern of a path


def methods_of(endpoints: list[Endpoint]) -> list[str]:
    """Return the methods that ``endpoints`` answer as Express tells them: who answers GET answers HEAD."""
    methods: dict[str, None] = {}
    for endpoint in endpoints:
        methods.update(dict.fromkeys(("GET", "HEAD") if endpoint.method == "GET" else (endpoint.method,)))
    return list(methods)


def check_parameters(endpoint: Endpoint, path: str) -> None:
    """Raise the DirectusError of a parameter in ``path`` whose encoding is broken."""
    if "%" not in path or not _PARAMETERS.search(endpoint.pattern.text):
        return
    parts, pattern = parts_of(path), parts_of(endpoint.pattern.text)
    for at, part in enumerate(parts):
        parameter("/".join(parts[at:]) if pattern[at : at + 1] == ["*"] == pattern[-1:] else part)


async def call(
    endpoint: Endpoint, argument: dict[str, object], body: bytearray, cause: Cause, note: Callable[[str], object]
) -> Response:
    """Call the handler with its ``argument`` and return its answer; argument and body are emptied as soon as they are on their way.

    Raises what the handler raised, as ExtensionError, and HandlerResultError. ``note`` is told of what goes wrong on this side,
    before and after the handler, whose own errors are noted where it is called.
    """
    with endpoint.usage.timed():
        try:
            running = endpoint.call(endpoint.handler, [argument], cause, f"{endpoint.method} {endpoint.pattern.text}")
        except ScopeboxError as error:
            note(error.message)
            raise
        argument.clear()
        body.clear()
        returned = await running
        try:
            response = answer_of(returned)
        except HandlerResultError as error:
            note(error.message)
            if error.hint != SHAPE:  # the words of a Directus speak of another status than the one that was given
                note(error.hint)
            raise
    endpoint.usage.last_status = str(response.status_code)
    return response


def argument_of(endpoint: Endpoint, request: Request, url: str, body: bytearray) -> dict[str, object]:
    """Return what the handler of ``endpoint`` is given, whose path ends in ``url``; DirectusError 400 for a body that is no JSON although it says so."""
    query = _without_token(query_of(request))
    argument: dict[str, object] = {
        "url": f"{url}?{query}" if query else url,
        "headers": _headers(request),
    }
    if endpoint.router:
        return {**argument, "body": json_object(body)}
    return {**argument, "body": json_text(body), "baseUrl": f"/{endpoint.extension}"}


def _without_token(query: str) -> str:
    """Return a query string without what authenticates against the host."""
    if not query:
        return ""
    named = ((part, unquote_plus(part.partition("=")[0]).partition("[")[0]) for part in query.split("&"))
    return "&".join(part for part, name in named if name != PRIVATE_PARAMETER)


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
