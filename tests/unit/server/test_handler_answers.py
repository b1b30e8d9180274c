"""What a handler returned, as an HTTP answer: in the words of a Directus where it is none."""

from __future__ import annotations

import pytest
from scopebox.registry.registrations import Returned
from scopebox.server.handler_answers import HandlerResultError, answer_of


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
        answer_of(returned)
    assert caught.value.message == said


@pytest.mark.parametrize("answer", [{"status": 200}, {"status": 200, "body": None}])
def test_a_body_of_null_and_none_at_all_are_sent_as_no_bytes_of_no_type(answer: dict[str, object]) -> None:
    response = answer_of(Returned(answer))
    assert (response.status_code, response.body) == (200, b"")
    assert "content-type" not in response.headers


def test_null_inside_a_body_is_json() -> None:
    assert answer_of(Returned({"status": 200, "body": [None]})).body == b"[null]"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (999, 999), ("201", 201), (200.5, 200), ("200.5", 200), (" 201 ", 201), ("2e2", 200), ("0xC9", 201), ([200], 200), (2**32 + 200, 200),
        ("204", 204), ("304", 304),
    ],
)  # fmt: skip
def test_a_status_is_the_number_that_javascript_makes_of_it(given: object, sent: int) -> None:
    assert answer_of(Returned({"status": given, "body": "b"})).status_code == sent


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (0, "0"), (5, "5"), (1000, "1000"), (-5, "-5"), (True, "true"), (False, "false"), ("", ""), ("abc", "abc"), ({}, "{}"), ([], "[]"), ([200, 1], "[object Object]"),
        (199, "199"), ("x" * 5_000, "x" * 1_000),
    ],
)  # fmt: skip
def test_what_is_no_status_is_told_as_it_is(given: object, shown: str) -> None:
    with pytest.raises(HandlerResultError) as caught:
        answer_of(Returned({"status": given, "body": "b"}))
    assert caught.value.message == f"Invalid status code: {shown}"


@pytest.mark.parametrize(
    ("body", "status", "content"), [(404, 404, b"Not Found"), (201, 201, b"Created"), (413, 413, b"Payload Too Large"), (299, 299, b""), (200.5, 200, b"")]
)  # fmt: skip
def test_a_body_that_is_a_number_is_the_status_and_its_words(body: float, status: int, content: bytes) -> None:
    response = answer_of(Returned({"status": 200, "body": body}))
    assert (response.status_code, response.body) == (status, content)


def test_an_empty_answer_has_the_tag_of_what_was_to_be_sent() -> None:
    tags = [answer_of(Returned({"status": status, "body": "b"})).headers["etag"] for status in (200, 204, 304)]
    assert len(set(tags)) == 1
