"""Errors as the REST API of a Directus answers them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.errors import DirectusError

if TYPE_CHECKING:
    from scopebox.errors import ScopeboxError

JSON: Final = "application/json; charset=utf-8"
UNEXPECTED: Final = "An unexpected error occurred."
INTERNAL: Final = "INTERNAL_SERVER_ERROR"
RETRY_SECONDS: Final = "1"  # what is too much at the same time rarely is for long


def error_response(error: ScopeboxError, *, admin: bool) -> Response:
    """Return the answer that holds ``error`` and those that came with it; only administrators read what went wrong inside."""
    if not isinstance(error, DirectusError):
        error = DirectusError(500, INTERNAL, error.message)
    again = {"retry-after": RETRY_SECONDS} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Response(msgspec.json.encode(error_data(error, admin=admin)), error.status, again, media_type=JSON)


def error_data(error: DirectusError, *, admin: bool) -> dict[str, object]:
    """Return ``{"errors": [{"message", "extensions": {"code", …}}]}``."""
    return {"errors": [_entry(entry, admin=admin) for entry in error.all]}


def _entry(error: DirectusError, *, admin: bool) -> dict[str, object]:
    if error.code == INTERNAL and not admin:
        return {"message": UNEXPECTED, "extensions": {"code": INTERNAL}}
    return {"message": error.message, "extensions": {**error.extensions, "code": error.code}}


def too_large(reason: str) -> DirectusError:
    """413: a body beyond a limit, which ``reason`` names."""
    return DirectusError(413, "CONTENT_TOO_LARGE", f"Uploaded content is too large. {reason}", {"reason": reason})


def too_long(reason: str) -> DirectusError:
    """414: a path or a query string beyond a limit, which ``reason`` names."""
    return DirectusError(414, "URI_TOO_LONG", f"The address is too long. {reason}", {"reason": reason})


def too_slow(reason: str) -> DirectusError:
    """408: a body that did not come in time."""
    return DirectusError(408, "REQUEST_TIMEOUT", f"The request took too long. {reason}", {"reason": reason})


def too_many_headers(reason: str) -> DirectusError:
    """431: headers beyond a limit, which ``reason`` names."""
    return DirectusError(431, "HEADERS_TOO_LARGE", f"The headers are too large. {reason}", {"reason": reason})


def under_pressure(reason: str = "Under pressure") -> DirectusError:
    """503: too much at the same time; the words are those of the pressure limiter of a Directus."""
    extensions = {"service": "api", "reason": reason}
    return DirectusError(503, "SERVICE_UNAVAILABLE", f'Service "api" is unavailable. {reason}.', extensions)
