"""What a handler of an endpoint returned, as an HTTP answer.

Answers of handlers are hostile: status and body are read as Express and Node read them, headers are ignored, and text is never
served as HTML.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.errors import ExtensionError
from scopebox.server.answers import tag_of
from scopebox.server.error_shapes import JSON
from scopebox.store import javascript

if TYPE_CHECKING:
    from scopebox.registry.registrations import Returned

MIN_STATUS: Final = 200  # below it an answer is no answer yet
MAX_STATUS: Final = 999
EMPTY_STATUSES: Final = frozenset({204, 205, 304})
SHAPE: Final = 'A handler has to return {"status": 200, "body": …}.'
_TEXT: Final = "text/plain; charset=utf-8"
_UNDEFINED: Final = object()
_MAX_SHOWN_CHARACTERS: Final = 1_000
_WORDS: Final[dict[float, str]] = {
    **{status.value: status.phrase for status in HTTPStatus},
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    509: "Bandwidth Limit Exceeded",
}
"""What Express says for a status alone."""


class HandlerResultError(ExtensionError):
    """What a handler returned is no answer."""


def answer_of(returned: Returned) -> Response:
    """Return the HTTP answer for what a handler returned; HandlerResultError in the words of a Directus where it is none.

    A body that is a number is the status: Express takes it for one, and answers with the words for it.
    """
    answer = returned.data
    if answer is None:
        nothing = "null" if returned.null else "undefined"
        raise HandlerResultError(f"Cannot read properties of {nothing} (reading 'status')", hint=SHAPE)
    status, body = (
        (answer.get("status", _UNDEFINED), answer.get("body", _UNDEFINED))
        if isinstance(answer, dict)
        else (_UNDEFINED, _UNDEFINED)
    )
    if isinstance(body, int | float) and not isinstance(body, bool):
        code = _status(body, "The body has to be text or an object: a number is taken for the status.")
        return _sent(code, _WORDS.get(body, _UNDEFINED))
    return _sent(_status(status), body)


def _sent(status: int, body: object) -> Response:
    headers = {"x-content-type-options": "nosniff"}
    if body is _UNDEFINED:
        return Response(b"", status, headers)
    content, kind = _content(body)
    headers["etag"] = tag_of([content])
    if status in EMPTY_STATUSES:
        return Response(b"", status, headers)
    return Response(content, status, headers, kind)


def _content(body: object) -> tuple[bytes, str | None]:
    """Return the bytes of a body and their type."""
    if body is None:
        return b"", None
    if isinstance(body, str):
        return body.encode("utf-8", "replace"), _TEXT
    return msgspec.json.encode(body), JSON


def _status(given: object, hint: str = SHAPE) -> int:
    """Return the status that a handler gave, as Node takes it: as the whole number of 32 bits that JavaScript makes of it."""
    number = math.nan if given is _UNDEFINED else javascript.number(given)
    whole = int(number) % 2**32 if math.isfinite(number) else 0
    if MIN_STATUS <= whole <= MAX_STATUS:
        return whole
    raise HandlerResultError(f"Invalid status code: {_shown(given)}", hint=hint)


def _shown(value: object) -> str:
    """Return what an error says of a value, whatever its size."""
    if value is _UNDEFINED:
        return "undefined"
    if isinstance(value, dict | list):
        return "[object Object]" if value else "{}" if isinstance(value, dict) else "[]"
    return javascript.text(value)[:_MAX_SHOWN_CHARACTERS]
