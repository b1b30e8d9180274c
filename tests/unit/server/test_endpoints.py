"""What a handler returned, as an HTTP answer: in the words of a Directus where it is none."""

from __future__ import annotations

import pytest
from scopebox.registry.registrations import Returned
from scopebox.server.endpoints import HandlerResultError, _response


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
