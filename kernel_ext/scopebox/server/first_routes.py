"""What is answered before anybody is asked for credentials."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

from scopebox.server.answers import text_response
from scopebox.server.authentication import token_of
from scopebox.server.json_body import read_json
from scopebox.server.query_string import parse_query, query_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from scopebox.server.application import Handler


def find(method: str, path: str) -> Handler | None:
    """Return what answers ``method`` at ``path`` whoever asks; None where that is a matter of credentials."""
    if method not in ("GET", "HEAD"):
        return None
    answer = _ANSWERS.get(path.lower().removesuffix("/"))
    return partial(_answered, answer) if answer is not None else None


async def _answered(answer: Callable[[], Response], request: Request, body: bytearray) -> Response:
    """Answer once the body was read; two tokens are refused even here."""
    read_json(body)
    token_of(request, parse_query(query_of(request)))
    return answer()


def _redirect() -> Response:
    """Return where the root of a Directus leads: to its app, which is not here."""
    return Response(
        b"Found. Redirecting to ./admin", 302, {"location": "./admin", "vary": "Accept"}, "text/plain; charset=utf-8"
    )


_ANSWERS: Final[dict[str, Callable[[], Response]]] = {
    "": _redirect,
    "/robots.txt": lambda: PlainTextResponse("User-agent: *\nDisallow: /"),
    "/server/ping": lambda: text_response("pong"),
}
"""By the path."""
FIRST_PARTS: Final = frozenset(path.strip("/").partition("/")[0] for path in _ANSWERS)
"""The first parts of these paths."""
