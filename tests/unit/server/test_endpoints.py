"""What a handler returned, as an HTTP answer: in the words of a Directus where it is none."""

from __future__ import annotations

import pytest
from scopebox.registry.registrations import Returned
from scopebox.server.endpoints import FIRST_HEADERS, PRIVATE_HEADERS, HandlerResultError, _headers, _response
from starlette.requests import Request


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (Returned(), "Cannot read properties of undefined (reading 'status')"),
        (Returned(null=True), "Cannot read properties of null (reading 'status')"),
        (Returned({}), "Invalid status code: undefined"),
        (Returned({"status": None}), "Invalid status code: null"),
        (Returned([]), "Invalid status code: undefined"),
        (Returned({"status": 200, "body": 5}), "Invalid status code: 5"),
    ],
)
def test_what_is_no_answer_is_an_error_that_tells_null_from_undefined(returned: Returned, said: str) -> None:
    with pytest.raises(HandlerResultError) as caught:
        _response(returned)
    assert caught.value.message == said


@pytest.mark.parametrize("answer", [{"status": 200}, {"status": 200, "body": None}])
def test_a_body_of_null_and_none_at_all_are_sent_as_no_bytes_of_no_type(answer: dict[str, object]) -> None:
    response = _response(Returned(answer))
    assert (response.status_code, response.body) == (200, b"")
    assert "content-type" not in response.headers


def test_null_inside_a_body_is_json() -> None:
    assert _response(Returned({"status": 200, "body": [None]})).body == b"[null]"


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
