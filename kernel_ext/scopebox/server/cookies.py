"""Cookies: those that a session lives in. No guest ever sees one."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from scopebox.server.headers import header_of
from scopebox.store.access.access_tokens import MAX_TOKEN_CHARACTERS
from scopebox.store.access.sessions import COOKIE_SECONDS, REFRESH_SECONDS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

REFRESH: Final = "directus_refresh_token"
SESSION: Final = "directus_session_token"
_SECONDS: Final = {REFRESH: REFRESH_SECONDS, SESSION: COOKIE_SECONDS}
_SCOPE: Final = "scopebox.cookies"  # in the scope of a request: the headers that its answer sets cookies with


def cookie_of(request: Request, name: str) -> str:
    """Return the value of the cookie ``name``, empty where there is none."""
    for part in header_of(request, b"cookie").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value[: MAX_TOKEN_CHARACTERS + 1]
    return ""


def put_cookie(request: Request, name: str, value: str, now: float) -> None:
    """Have the answer to ``request`` set a cookie; an empty value takes away what it held."""
    expires = formatdate(now + _SECONDS[name], usegmt=True)
    header = f"{name}={value}; Max-Age={_SECONDS[name]}; Path=/; Expires={expires}; HttpOnly; SameSite=Lax"
    request.scope.setdefault(_SCOPE, {})[name] = header


def set_cookies(request: Request, response: Response) -> None:
    """Set the cookies of the answer to ``request``."""
    for header in request.scope.get(_SCOPE, {}).values():
        response.headers.append("set-cookie", header)
