"""Sessions: who logs in, for how long, and what becomes of tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access
from scopebox.store.access.records import User
from scopebox.store.access.sessions import (
    ACCESS_SECONDS,
    GRACE_SECONDS,
    MAX_SESSIONS,
    MAX_WRONG,
    REFRESH_SECONDS,
    Sessions,
)

ANN = User("ann", "u-1", data={"email": "Ann@blog.example"}, password="secret")
ACCESS = Access({"ann": ANN, "bo": User("bo", "u-2")})


class Moving:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def sessions(clock: Moving) -> Sessions:
    return Sessions(clock)


def code_of(caught: pytest.ExceptionInfo[DirectusError]) -> tuple[int, str]:
    return caught.value.status, caught.value.code


def test_the_right_password_begins_a_session_whatever_the_case_of_the_address(sessions: Sessions) -> None:
    granted = sessions.begin(ACCESS, "ANN@BLOG.example", "secret")
    claims = sessions.read(granted.access_token)
    assert (claims.id, claims.session, granted.seconds) == ("u-1", None, ACCESS_SECONDS)
    assert len(granted.refresh_token) == 64


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@blog.example", "wrong"), ("nobody@blog.example", "secret"), ("bo@example.com", ""), ("bo@example.com", "x")],
)
def test_all_that_is_wrong_is_refused_alike(sessions: Sessions, email: str, password: str) -> None:
    with pytest.raises(DirectusError) as caught:
        sessions.begin(ACCESS, email, password)
    assert (code_of(caught), caught.value.message) == ((401, "INVALID_CREDENTIALS"), "Invalid user credentials.")


def test_a_refresh_token_is_good_once(sessions: Sessions) -> None:
    first = sessions.begin(ACCESS, "ann@blog.example", "secret")
    second = sessions.renew(ACCESS, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    with pytest.raises(DirectusError) as caught:
        sessions.renew(ACCESS, first.refresh_token)
    assert code_of(caught) == (401, "INVALID_CREDENTIALS")
    sessions.renew(ACCESS, second.refresh_token)


def test_a_session_in_a_cookie_goes_on_with_the_same_next_token_for_some_seconds(
    sessions: Sessions, clock: Moving
) -> None:
    first = sessions.begin(ACCESS, "ann@blog.example", "secret", in_cookie=True)
    token = sessions.session_of(first.access_token)
    again = [sessions.renew(ACCESS, token, in_cookie=True) for _ in range(2)]
    assert len({entry.refresh_token for entry in again}) == 1
    assert sessions.read(first.access_token).session == token
    clock.now += GRACE_SECONDS + 1
    with pytest.raises(DirectusError):
        sessions.read(first.access_token)
    assert sessions.read(again[0].access_token).session == again[0].refresh_token


def test_what_has_ended_or_expired_is_refused(sessions: Sessions, clock: Moving) -> None:
    ended, kept = (sessions.begin(ACCESS, "ann@blog.example", "secret") for _ in range(2))
    sessions.end(ended.refresh_token)
    with pytest.raises(DirectusError):
        sessions.renew(ACCESS, ended.refresh_token)
    clock.now += ACCESS_SECONDS
    with pytest.raises(DirectusError) as caught:
        sessions.read(kept.access_token)
    assert (code_of(caught), caught.value.message) == ((401, "TOKEN_EXPIRED"), "Token expired.")
    clock.now += REFRESH_SECONDS
    with pytest.raises(DirectusError):
        sessions.renew(ACCESS, kept.refresh_token)


def test_too_many_wrong_passwords_suspend_and_a_right_one_before_starts_the_count_again(sessions: Sessions) -> None:
    for _ in range(2):
        for _ in range(MAX_WRONG - 1):
            with pytest.raises(DirectusError):
                sessions.begin(ACCESS, "ann@blog.example", "wrong")
        granted = sessions.begin(ACCESS, "ann@blog.example", "secret")
    for _ in range(MAX_WRONG):
        with pytest.raises(DirectusError):
            sessions.begin(ACCESS, "ann@blog.example", "wrong")
    with pytest.raises(DirectusError):
        sessions.begin(ACCESS, "ann@blog.example", "secret")
    with pytest.raises(DirectusError) as caught:
        sessions.renew(ACCESS, granted.refresh_token)
    assert code_of(caught) == (401, "USER_SUSPENDED")
    sessions.reinstate(ANN)
    sessions.begin(ACCESS, "ann@blog.example", "secret")


def test_whoever_is_gone_or_not_active_does_not_go_on(sessions: Sessions) -> None:
    granted = sessions.begin(ACCESS, "ann@blog.example", "secret")
    archived = Access({"ann": replace(ANN, data={**ANN.data, "status": "archived"})})
    with pytest.raises(DirectusError):
        sessions.begin(archived, "ann@blog.example", "secret")
    with pytest.raises(DirectusError):
        sessions.renew(archived, granted.refresh_token)
    with pytest.raises(DirectusError):
        sessions.renew(ACCESS, granted.refresh_token)  # it has ended


def test_the_oldest_session_makes_room(sessions: Sessions) -> None:
    first, *_, last = [sessions.begin(ACCESS, "ann@blog.example", "secret") for _ in range(MAX_SESSIONS + 1)]
    assert repr(sessions) == f"<Sessions: {MAX_SESSIONS} open>"
    with pytest.raises(DirectusError):
        sessions.renew(ACCESS, first.refresh_token)
    sessions.renew(ACCESS, last.refresh_token)


def test_no_token_and_no_password_stands_in_a_repr(sessions: Sessions) -> None:
    granted = sessions.begin(ACCESS, "ann@blog.example", "secret", in_cookie=True)
    shown = f"{sessions!r} {granted!r} {ACCESS!r} {ANN!r} {sessions.read(granted.access_token)!r}"
    assert not any(word in shown for word in ("secret", granted.access_token, granted.refresh_token))
