"""What handlers of endpoints are given."""

from __future__ import annotations

import pytest
from scopebox.server.endpoints import FIRST_HEADERS, PRIVATE_HEADERS, _headers
from starlette.requests import Request


def headers_given(*sent: tuple[str, str]) -> dict[str, object]:
    raw = [(name.lower().encode(), value.encode()) for name, value in sent]
    return _headers(Request({"type": "http", "method": "GET", "path": "/", "headers": raw}))


def test_headers_that_come_more_than_once_are_joined() -> None:
    assert headers_given(("X-A", "1"), ("x-b", "3"), ("x-a", "2")) == {"x-a": "1, 2", "x-b": "3"}


@pytest.mark.parametrize("name", sorted(FIRST_HEADERS - PRIVATE_HEADERS))
def test_of_headers_that_may_come_once_the_first_is_kept(name: str) -> None:
    assert headers_given((name, "1"), (name, "2")) == {name: "1"}


def test_cookies_to_set_are_a_list() -> None:
    assert headers_given(("set-cookie", "a=1")) == {"set-cookie": ["a=1"]}


@pytest.mark.parametrize("name", sorted(PRIVATE_HEADERS))
def test_private_headers_are_not_handed_over_however_often_they_come(name: str) -> None:
    assert headers_given((name, "1"), (name, "2"), ("x-a", "")) == {"x-a": ""}
