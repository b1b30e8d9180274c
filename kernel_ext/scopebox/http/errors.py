"""Errors as the REST API of a Directus answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from scopebox.errors import DirectusError

JSON: Final = "application/json; charset=utf-8"
UNEXPECTED: Final = "An unexpected error occurred."
INTERNAL: Final = "INTERNAL_SERVER_ERROR"


def error_response(error: DirectusError, *, admin: bool) -> Response:
    """Return the answer that holds ``error`` and those that came with it; only administrators read what went wrong inside."""
    return Response(msgspec.json.encode(error_data(error, admin=admin)), error.status, media_type=JSON)


def error_data(error: DirectusError, *, admin: bool) -> dict[str, object]:
    """Return ``{"errors": [{"message", "extensions": {"code", …}}]}``."""
    return {"errors": [_entry(entry, admin=admin) for entry in error.all]}


def _entry(error: DirectusError, *, admin: bool) -> dict[str, object]:
    if error.code == INTERNAL and not admin:
        return {"message": UNEXPECTED, "extensions": {"code": INTERNAL}}
    return {"message": error.message, "extensions": {**error.extensions, "code": error.code}}
