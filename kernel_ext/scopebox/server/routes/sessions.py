"""``/auth``: logging in with a password, going on with a refresh token, and logging out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.errors import DirectusError
from scopebox.server import answers
from scopebox.server.cookies import REFRESH, SESSION, cookie_of, put_cookie
from scopebox.server.error_shapes import JSON
from scopebox.server.routes.route import Asked, data_response
from scopebox.store.access.access_tokens import MAX_TOKEN_CHARACTERS
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scopebox.store.access.sessions import Granted

OWNER: Final = "sessions"  # whose limits requests for these routes count against
WRONG_SECONDS: Final = 0.5  # for which whoever may not log in has to wait
MAX_EMAIL: Final = 254
"""Characters of an address."""
_MODES: Final = ("cookie", "json", "session")
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,63}(?:\.[^\s@.]{1,63}){0,8}\.[^\s@.]{2,63}")
_REQUIRED: Final = "The refresh token is required in either the payload or cookie"


async def login(asked: Asked) -> Response:
    """Begin a session for who has the right password."""
    reason = next(_wrong(asked.body), "")
    if reason:
        raise invalid_payload(reason)
    given = asked.given
    mode, email, password = str(given.get("mode", "json")), str(given["email"]), str(given["password"])
    asked.let_go()
    sessions = asked.store.sessions
    try:
        granted = sessions.begin(asked.store.access, email, password, in_cookie=mode == "session")
    except DirectusError:
        await asyncio.sleep(WRONG_SECONDS)
        raise
    return _answer(asked, mode, granted)


def _wrong(body: object) -> Iterator[str]:
    """Yield what is wrong with the body of a login, in the order and the words of a Directus."""
    if not isinstance(body, dict):
        yield '"value" must be of type object'
        return
    for name in ("email", "password"):
        yield from _wrong_text(body, name)
        if name == "email" and not _is_email(body[name]):
            yield '"email" must be a valid email'
    if "mode" in body and body["mode"] not in _MODES:
        yield f'"mode" must be one of [{", ".join(_MODES)}]'
    if "otp" in body:
        yield from _wrong_text(body, "otp")


def _wrong_text(body: Mapping[str, object], name: str) -> Iterator[str]:
    if name not in body:
        yield f'"{name}" is required'
    elif not isinstance(body[name], str):
        yield f'"{name}" must be a string'
    elif body[name] == "":
        yield f'"{name}" is not allowed to be empty'


def _is_email(text: object) -> bool:
    """Whether ``text`` may be an address; a Directus knows the top-level domains besides, and takes no ``.invalid`` or ``.example``."""
    return isinstance(text, str) and len(text) <= MAX_EMAIL and _EMAIL.fullmatch(text) is not None


async def refresh(asked: Asked) -> Response:
    """Take a refresh token for new ones."""
    mode = _mode(asked.given)
    granted = asked.store.sessions.renew(asked.store.access, _refresh_token(asked, mode), in_cookie=mode == "session")
    return _answer(asked, mode, granted)


async def logout(asked: Asked) -> Response:
    """End a session; whoever has none is logged out as well."""
    asked.store.sessions.end(_refresh_token(asked, _mode(asked.given)))
    for name in (REFRESH, SESSION):
        if cookie_of(asked.request, name):
            put_cookie(asked.request, name, "", time.time())
    return answers.nothing()


async def request_reset(asked: Asked) -> Response:
    """Answer as a Directus does whoever asks for another password; nothing is sent."""
    if not isinstance(asked.given.get("email"), str):
        raise invalid_payload('"email" field is required')
    return Response(status_code=204)


async def providers(_: Asked) -> Response:
    """Answer that one logs in with a password alone."""
    return Response(msgspec.json.encode({"data": [], "disableDefault": False}), media_type=JSON, headers=answers.KEPT)


def _mode(given: Mapping[str, object]) -> str:
    mode = given.get("mode")
    if mode:
        return mode if isinstance(mode, str) else ""
    return "json" if given.get("refresh_token") else "cookie"


def _refresh_token(asked: Asked, mode: str) -> str:
    """Return the refresh token that a request brings, in its body or in a cookie; DirectusError 400 without one."""
    token: object = ""
    if mode == "json":
        token = asked.given.get("refresh_token")
    elif mode == "cookie":
        token = cookie_of(asked.request, REFRESH)
    elif mode == "session" and (cookie := cookie_of(asked.request, SESSION)):
        token = asked.store.sessions.session_of(cookie)
    if not token:
        raise invalid_payload(_REQUIRED)
    return token if isinstance(token, str) and len(token) <= MAX_TOKEN_CHARACTERS else "-"


def _answer(asked: Asked, mode: str, granted: Granted) -> Response:
    data: dict[str, object] = {"expires": granted.seconds * 1000}
    if mode == "json":
        data |= {"refresh_token": granted.refresh_token, "access_token": granted.access_token}
    elif mode == "cookie":
        put_cookie(asked.request, REFRESH, granted.refresh_token, time.time())
        data["access_token"] = granted.access_token
    else:
        put_cookie(asked.request, SESSION, granted.access_token, time.time())
    return data_response(data)
