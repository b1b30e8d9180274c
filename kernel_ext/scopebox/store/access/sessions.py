"""Sessions: who has logged in and for how long, and how often somebody has tried in vain.

They work as those of a Directus do: a refresh token is replaced each time it is used, one of a session that lives in a cookie
stays good for some seconds beside the next one, and too many wrong passwords suspend a user.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.errors import DirectusError
from scopebox.store.access.access_tokens import AccessTokens, Claims, invalid_credentials, is_access_token
from scopebox.store.access.passwords import digest, same_password

if TYPE_CHECKING:
    from scopebox.store.access.access import Access
    from scopebox.store.access.records import User

MAX_SESSIONS: Final = 1_000  # of everybody; the oldest ends where a new one begins
MAX_WRONG: Final = 25  # passwords of one user in a row
ACCESS_SECONDS: Final = 15 * 60
REFRESH_SECONDS: Final = 7 * 24 * 3600
COOKIE_SECONDS: Final = 24 * 3600  # of a session that lives in a cookie
GRACE_SECONDS: Final = 10  # for which the token before the last one of such a session stays good
_TOKEN_BYTES: Final = 48  # of a refresh token, which has 64 characters


class Clock(Protocol):
    """Returns seconds since 1970."""

    def __call__(self) -> float:
        """Return the present moment."""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is, when it ends, and the token that has taken the place of its own, if one has."""

    user: str
    expires: float
    next_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody gets who logs in or refreshes: an access token for ``seconds``, and a refresh token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    seconds: int


class Sessions:
    """The sessions of one store. To be used on its loop."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._tokens = AccessTokens()
        # By digests of tokens, so that the time of a look-up tells nothing of other tokens.
        self._open: OrderedDict[bytes, Session] = OrderedDict()
        self._wrong: Counter[str] = Counter()

    def begin(self, access: Access, email: str, password: str, *, in_cookie: bool = False) -> Granted:
        """Log in. DirectusError 401, the same one whatever is wrong."""
        user = access.user_by_email(email)
        right = same_password(user.password if user is not None else None, password)
        if user is None or not self._may_try(user) or not right:
            raise invalid_credentials()
        self._wrong.pop(_id(user), None)
        return self._granted(access, user, self._added(user, REFRESH_SECONDS), in_cookie=in_cookie)

    def _may_try(self, user: User) -> bool:
        """Count one more attempt; a right one starts the count again."""
        if not user.active or self.suspended(user):
            return False
        self._wrong[_id(user)] += 1
        return True

    def suspended(self, user: User) -> bool:
        """Whether too many wrong passwords were tried for ``user``."""
        return self._wrong[_id(user)] >= MAX_WRONG

    def reinstate(self, user: User) -> None:
        """Forget the wrong passwords that were tried for ``user``."""
        self._wrong.pop(_id(user), None)

    def renew(self, access: Access, refresh_token: str, *, in_cookie: bool = False) -> Granted:
        """Take a refresh token for new ones. DirectusError 401 for one that is unknown, was used, or has expired."""
        session = self._find(refresh_token)
        if session is None:
            raise invalid_credentials()
        user = access.user_of(session.user)
        if user is None or not user.active or self.suspended(user):
            self.end(refresh_token)
            if user is not None and (user.data.get("status") == "suspended" or self.suspended(user)):
                raise DirectusError(401, "USER_SUSPENDED", "User suspended.")
            raise invalid_credentials()
        if in_cookie:
            following = self._followed(refresh_token, session, user)
        else:
            self.end(refresh_token)
            following = self._added(user, REFRESH_SECONDS, session.next_token)
        return self._granted(access, user, following, in_cookie=in_cookie)

    def _followed(self, refresh_token: str, session: Session, user: User) -> str:
        """Return the token that takes the place of another one: the same one, however often it is asked for at the same time."""
        if session.next_token:
            return self._added(user, COOKIE_SECONDS, session.next_token)
        following = self._added(user, COOKIE_SECONDS)
        self._open[digest(refresh_token)] = replace(
            session, expires=self._clock() + GRACE_SECONDS, next_token=following
        )
        return following

    def end(self, refresh_token: str) -> None:
        """End a session; nothing happens where there is none."""
        self._open.pop(digest(refresh_token), None)

    def read(self, token: str) -> Claims:
        """Return what an access token says. DirectusError 401 or 403 for one that is not good, or whose session has ended."""
        claims = self._tokens.read(token, self._clock())
        if claims.session is not None:
            session = self._find(claims.session)
            if session is None or session.user != claims.id:
                raise invalid_credentials()
        return claims

    def session_of(self, token: str) -> str:
        """Return the refresh token of a session that lives in a cookie; empty where ``token`` has none."""
        return self._tokens.read(token, self._clock()).session or "" if is_access_token(token) else ""

    def _find(self, refresh_token: str) -> Session | None:
        session = self._open.get(digest(refresh_token))
        return session if session is not None and session.expires >= self._clock() else None

    def _added(self, user: User, seconds: float, token: str = "") -> str:
        """Begin a session of ``user``, with ``token`` or a new one, and return its token; those that have expired go."""
        now = self._clock()
        for key in [key for key, entry in self._open.items() if entry.expires < now]:
            del self._open[key]
        token = token or token_urlsafe(_TOKEN_BYTES)
        self._open[digest(token)] = Session(_id(user), now + seconds)
        while len(self._open) > MAX_SESSIONS:
            self._open.popitem(last=False)
        return token

    def _granted(self, access: Access, user: User, refresh_token: str, *, in_cookie: bool) -> Granted:
        who, now = access.for_user(user), int(self._clock())
        seconds = COOKIE_SECONDS if in_cookie else ACCESS_SECONDS
        claims = Claims(
            id=_id(user),
            role=who.role,
            app_access=who.app,
            admin_access=who.admin,
            session=refresh_token if in_cookie else None,
            iat=now,
            exp=now + seconds,
        )
        return Granted(self._tokens.sign(claims), refresh_token, seconds)

    def __repr__(self) -> str:
        return f"<Sessions: {len(self._open)} open>"


def _id(user: User) -> str:
    return user.id or ""
