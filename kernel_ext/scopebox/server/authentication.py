"""In whose name a request is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scopebox.errors import DirectusError
from scopebox.server.cookies import SESSION, cookie_of, put_cookie
from scopebox.server.query_string import parse_query, query_of
from scopebox.store.access.access_tokens import MAX_TOKEN_CHARACTERS, is_access_token
from scopebox.store.access.sessions import invalid_credentials
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    from starlette.requests import Request

    from scopebox.store.access import Accountability
    from scopebox.store.store import Store


def accountability_of(store: Store, request: Request) -> Accountability:
    """Return in whose name ``request`` is: by the bearer token, the ``access_token`` parameter or the cookie of a session.

    Without any of them it is the public's. DirectusError 401 for a token that nobody has, 403 for one that somebody else signed,
    400 for two tokens.
    """
    given = request.headers.get("authorization", "")[: MAX_TOKEN_CHARACTERS + len("Bearer ") + 1]
    scheme, _, credentials = given.partition(" ")
    header = credentials.strip() if scheme.lower() == "bearer" else ""
    parameter = parse_query(query_of(request)).get("access_token")
    if header and parameter:
        raise invalid_payload("The request uses more than one authentication method")
    cookie = cookie_of(request, SESSION)
    token = header or parameter or cookie
    if not isinstance(token, str) or not token:
        return store.access.public()
    try:
        return _of_token(store, token)
    except DirectusError:
        if token == cookie:  # it will never be good again
            put_cookie(request, SESSION, "", time.time())
        raise


def _of_token(store: Store, token: str) -> Accountability:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise invalid_credentials()
    if not is_access_token(token):
        return store.access.for_token(token)
    user = store.access.user_of(store.sessions.read(token).id)
    if user is None:
        raise invalid_credentials()
    return store.access.for_user(user)
