from __future__ import annotations

import pytest
from scopebox.errors import MockError
from scopebox.network.mocks import MAX_CALL_BYTES, MAX_CALLS, MAX_SHOWN_CHARACTERS, MockCall, Mocks
from scopebox.network.outgoing import Outgoing
from scopebox.notebook.verb_table import VERBS
from scopebox.urls.url import parse_url

API = "https://api.test/*"


def get(url: str = "https://api.test/x", method: str = "GET", body: bytes | None = None) -> Outgoing:
    return Outgoing(method, parse_url(url), {"x-a": "{{secret.KEY}}"}, body)


def test_a_mock_answers_what_its_pattern_matches_and_records_it() -> None:
    mocks = Mocks()
    mock = mocks.add("POST", API, status=201, json={"a": 1}, headers={"X-B": "2"})
    answer = mocks.answer(get(method="POST", body=b'{"b":2}'))
    assert (answer.status, answer.reason, answer.body) == (201, "Created", b'{"a":1}')
    assert answer.headers == (("x-b", "2"), ("content-type", "application/json"))
    assert mock.calls == [MockCall("POST", "https://api.test/x", {"x-a": "{{secret.KEY}}"}, b'{"b":2}')]
    assert mock.calls[0].json() == {"b": 2}
    assert mock.calls[0].text == '{"b":2}'
    assert mock.called == 1


def test_text_bytes_and_null_are_bodies_too() -> None:
    mocks = Mocks()
    mocks.add("GET", API, text="ä")
    assert mocks.answer(get()).body == "ä".encode()
    mocks.add("GET", API, content=b"\xff", headers={"Content-Type": "image/png"})
    assert mocks.answer(get()).headers == (("content-type", "image/png"),)
    mocks.add("GET", API, json=None)
    assert mocks.answer(get()).body == b"null"
    mocks.add("GET", API, json="text")
    assert mocks.answer(get()).body == b'"text"'
    mocks.add("GET", API, status=204)
    assert mocks.answer(get()).body == b""


def test_a_function_makes_the_body_from_the_call() -> None:
    mocks = Mocks()
    mocks.add("GET", API, content=lambda call: {"url": call.url})
    assert mocks.answer(get()).body == b'{"url":"https://api.test/x"}'
    mocks.add("GET", API, content=lambda call: call.method)
    assert mocks.answer(get()).header("content-type") == "text/plain; charset=utf-8"


def test_a_function_that_fails_is_named() -> None:
    mocks = Mocks()
    mocks.add("GET", API, content=lambda call: 1 / len(call.body))
    with pytest.raises(MockError, match=r"The mock of GET https://api\.test/\* failed: ZeroDivisionError"):
        mocks.answer(get())
    mocks.add("GET", API, content=lambda _: object())
    with pytest.raises(MockError, match="bytes, text or JSON data"):
        mocks.answer(get())


def test_the_newest_mock_answers_and_replaces_its_like() -> None:
    mocks = Mocks()
    mocks.add("GET", API, text="all")
    mocks.add("GET", "https://api.test/x", text="one")
    assert mocks.answer(get()).body == b"one"
    mocks.add("GET", API, text="again")
    assert len(mocks) == 2
    assert mocks.answer(get()).body == b"again"


def test_what_no_mock_matches_fails_and_names_the_nearest() -> None:
    mocks = Mocks()
    mocks.add("GET", "https://other.test/*")
    mocks.add("GET", "https://api.test/y")
    with pytest.raises(MockError) as caught:
        mocks.answer(get())
    assert caught.value.message == "No mock answers GET https://api.test/x"
    assert caught.value.hint == (
        "The nearest mock is GET https://api.test/y. Answer it here: %sandbox mock GET https://api.test/x {}"
    )
    with pytest.raises(MockError):
        mocks.answer(get("https://api.test/y", method="DELETE"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "get"}, "Did you mean GET?"),
        ({"method": "HEAD"}, "not a request method"),
        ({"url": "*"}, "would allow everything"),
        ({"url": "api.test"}, "does not start with a scheme"),
        ({"status": 42}, "not an HTTP status"),
        ({"text": "a", "json": None}, "one body"),
        ({"json": object()}, "not JSON-serialisable"),
    ],
)
def test_arguments_that_make_no_mock_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(MockError, match=message.replace("?", r"\?")):
        Mocks().add(**{"method": "GET", "url": API, **arguments})  # type: ignore[arg-type]


def test_only_the_latest_calls_are_kept() -> None:
    mocks = Mocks()
    mock = mocks.add("GET", API)
    for number in range(MAX_CALLS + 5):
        mocks.answer(get(f"https://api.test/{number}"))
    assert mock.called == MAX_CALLS
    assert mock.calls[-1].url == f"https://api.test/{MAX_CALLS + 4}"


def test_calls_with_large_bodies_are_kept_as_long_as_there_is_room_for_all() -> None:
    mocks = Mocks()
    one, two = mocks.add("POST", API), mocks.add("POST", "https://other.test/*")
    for _ in range(5):
        mocks.answer(get(method="POST", body=bytes(MAX_CALL_BYTES // 4)))
    assert one.called == 3
    one.calls.clear()
    mocks.answer(get("https://other.test/", method="POST", body=bytes(2 * MAX_CALL_BYTES)))
    assert (one.called, two.called) == (0, 1)


@pytest.mark.parametrize(
    "url", ['https://api.test/it\'s?a="b"', "https://api.test/" + "a" * 500, "https://api.test/x?y=[1]"]
)
def test_the_line_that_would_answer_a_request_answers_it_when_it_is_pasted(url: str) -> None:
    mocks = Mocks()
    with pytest.raises(MockError) as caught:
        mocks.answer(get(url))
    line = caught.value.hint.removeprefix("Answer it here: ")
    options = VERBS["mock"].parser().read(line.removeprefix("%sandbox mock "))
    mocks.add(options.method, options.url, json={})
    assert mocks.answer(get(url)).body == b"{}"


def test_the_nearest_of_many_mocks_is_found_for_the_longest_url() -> None:
    mocks = Mocks()
    for number in range(300):
        mocks.add("GET", f"https://api.test/{'a' * 1900}{number}")
    with pytest.raises(MockError) as caught:
        mocks.answer(get(f"https://api.test/{'a' * 8000}"))
    assert len(str(caught.value)) < 4 * MAX_SHOWN_CHARACTERS


def test_cleared_mocks_answer_nothing() -> None:
    mocks = Mocks()
    mocks.add("GET", API)
    assert repr(mocks) == "<Mocks: GET https://api.test/*>"
    mocks.clear()
    assert not mocks
    assert list(mocks) == []
    assert repr(mocks) == "<Mocks: none, requests go to the network>"
