"""In whose name a request is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.server.query_string import parse_query, query_of
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    from starlette.requests import Request

    from scopebox.store.access import Accountability
    from scopebox.store.store import Store

MAX_TOKEN_CHARACTERS: Final = 1_000


def accountability_of(store: Store, request: Request) -> Accountability:
    """Return in whose name ``request`` is: by the bearer token or the ``access_token`` parameter, else the public's.

    DirectusError 401 for a token that nobody has, 400 for two tokens.
    """
    given = request.headers.get("authorization", "")[: MAX_TOKEN_CHARACTERS + len("Bearer ") + 1]
    scheme, _, credentials = given.partition(" ")
    header = credentials.strip() if scheme.lower() == "bearer" else ""
    parameter = parse_query(query_of(request)).get("access_token")
    if header and parameter:
        raise invalid_payload("The request uses more than one authentication method")
    token = header or parameter
    if not isinstance(token, str) or not token:
        return store.access.public()
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise DirectusError(401, "INVALID_CREDENTIALS", "Invalid user credentials.")
    return store.access.for_token(token)
