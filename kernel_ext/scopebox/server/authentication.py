"""In whose name a request is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scopebox.errors import DirectusError
from scopebox.server.cookies import SESSION, cookie_of, put_cookie
from scopebox.server.headers import header_of
from scopebox.store.access.access_tokens import MAX_TOKEN_CHARACTERS, invalid_credentials, is_access_token
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from scopebox.store.access import Accountability
    from scopebox.store.store import Store


def accountability_of(store: Store, request: Request, query: Mapping[str, object]) -> Accountability:
    """Return in whose name ``request`` with ``query`` is: that of its token or of the cookie of its session, else the public's.

    DirectusError 401 for a token that nobody has, 403 for one that somebody else signed, 400 for two tokens.
    """
    token, cookie = token_of(request, query), cookie_of(request, SESSION)
    if token is None:
        token = cookie or None
    if token is None:
        return store.access.public()
    try:
        return _of_token(store, token)
    except DirectusError:
        if token == cookie:  # it will never be good again
            put_cookie(request, SESSION, "", time.time())
        raise


def token_of(request: Request, query: Mapping[str, object]) -> object | None:
    """Return the ``access_token`` parameter or the bearer token; None without one, DirectusError 400 for two.

    A header counts if it has exactly two parts, and the first of several headers alone.
    """
    parameter = query.get("access_token") or None
    given = header_of(request, b"authorization")[: MAX_TOKEN_CHARACTERS + len("Bearer ") + 1].split(" ")
    if len(given) != 2 or given[0].lower() != "bearer" or not given[1]:  # noqa: PLR2004 - "Bearer", and a token
        return parameter
    if parameter is not None:
        raise invalid_payload("The request uses more than one method for including an access token")
    return given[1]


def _of_token(store: Store, token: object) -> Accountability:
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARACTERS:
        raise invalid_credentials()
    if not is_access_token(token):
        return store.access.for_token(token)
    user = store.access.user_of(store.sessions.read(token).id)
    if user is None:
        raise invalid_credentials()
    return store.access.for_user(user)
