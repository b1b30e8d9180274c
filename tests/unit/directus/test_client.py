"""The client of a live Directus: bounded, reading only, and careful with the token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from scopebox.directus.client import LONGEST_PAUSE, MAX_ANSWER, Client, TooLargeError
from scopebox.directus.failures import RefusedError, UnreachableError
from scopebox.errors import PullError

from tests.pull_recording import ADMINISTRATOR
from tests.unit.directus.servers import ADDRESS, Answer, Front, data, status

TOKEN = ADMINISTRATOR


def client(
    front: Front, token: str = TOKEN, address: str = ADDRESS, pauses: list[float] | None = None, seconds: float = 5
) -> Client:
    return Client(address, token, transport=front, pause=([] if pauses is None else pauses).append, seconds=seconds)


def page(body: bytes, kind: str = "application/json") -> Answer:
    return lambda _: httpx.Response(200, content=body, headers={"content-type": kind})


def test_the_token_stands_in_a_header_of_requests_to_the_named_origin_alone() -> None:
    front = Front()
    with client(front) as directus:
        directus.identify()
        directus.page("/items/pages", {"limit": 1})
    first, *others = front.asked
    assert "authorization" not in first.headers  # what is no Directus never sees it
    assert {request.headers["authorization"] for request in others} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in str(request.url) for request in front.asked)


def test_only_get_and_search_are_sent_and_search_only_for_what_is_too_long_for_a_url() -> None:
    front = Front()
    with client(front) as directus:
        directus.page("/items/comments", {"filter": {"id": {"_in": ["1", "2"]}}})
        found = directus.page(
            "/items/comments", {"filter": {"id": {"_in": [str(key) for key in range(2_000)]}}, "limit": 2}
        )
    assert [request.method for request in front.asked] == ["GET", "SEARCH"]
    assert len(found.items) == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://user:secretword@directus.test", "user information"),
        ("https://directus.test/?access_token=secretword", "no query"),
        ("ftp://directus.test/secretword", "https or http"),
        ("https://", "not the address"),
        ("https://directus.test/\x1b[2J", "character"),
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str, said: str) -> None:
    with pytest.raises(PullError) as raised:
        client(Front(), address=address)
    assert said in str(raised.value)
    assert "secretword" not in str(raised.value)
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ünicode", "x" * 5_000])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(PullError, match="not a token") as raised:
        client(Front(), token)
    assert token not in str(raised.value)


def test_a_base_path_stands_before_every_path() -> None:
    front = Front({"/cms/server/ping": page(b"pong", "text/plain"), "/cms/server/info": data({"version": "11.0.0"})})
    with client(front, address=f"{ADDRESS}/cms/") as directus:
        assert directus.identify()["version"] == "11.0.0"
        assert directus.address == f"{ADDRESS}/cms"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.test/", "//elsewhere.test/x", "http://directus.test/", "https://directus.test:81/"]
)
def test_a_redirect_to_another_origin_is_not_followed(target: str) -> None:
    front = Front({"*": lambda _: httpx.Response(302, headers={"location": target})})
    with client(front) as directus, pytest.raises(PullError, match=r"redirects to https?://") as raised:
        directus.record("/server/info")
    assert len(front.asked) == 1
    assert "the token goes to no other server" in raised.value.hint


@pytest.mark.parametrize("target", ["//[", "https://[directus.test]/", "https://directus.test:x/", "a" * 9_000])
def test_a_redirect_to_what_is_no_address_is_an_error(target: str) -> None:
    front = Front({"*": lambda _: httpx.Response(302, headers={"location": target})})
    with client(front) as directus, pytest.raises(PullError, match="redirects to an address that cannot be read"):
        directus.record("/server/info")


def test_an_error_does_not_show_a_token_that_a_redirect_put_into_the_path() -> None:
    large = page(b"x" * (MAX_ANSWER + 1))
    front = Front({"/old": lambda _: httpx.Response(302, headers={"location": f"/{TOKEN}/x"}), f"/{TOKEN}/x": large})
    with (
        client(front) as directus,
        pytest.raises(TooLargeError, match=r"directus\.test/\{\{secret\.token\}\}/x answers"),
    ):
        directus.record("/old")


def test_redirects_within_the_origin_are_followed_a_bounded_number_of_times() -> None:
    front = Front({"/old": lambda _: httpx.Response(301, headers={"location": "/new"}), "/new": data(5)})
    with client(front) as directus:
        assert directus.record("/old") == 5
    front = Front({"*": lambda request: httpx.Response(302, headers={"location": f"{request.url}x"})})
    with client(front) as directus, pytest.raises(PullError, match="redirects more than 3 times"):
        directus.record("/server/info")
    assert len(front.asked) == 4


def test_a_server_that_wants_fewer_requests_is_asked_again_after_the_pause_it_names() -> None:
    pauses: list[float] = []
    front = Front({"/items/pages": status(429, headers={"retry-after": "7"}, times=2)})
    with client(front, pauses=pauses) as directus:
        assert directus.page("/items/pages", {}).items
    assert pauses == [7, 7]


def test_no_pause_is_longer_than_the_limit_and_tries_are_counted() -> None:
    pauses: list[float] = []
    front = Front({"*": status(429, headers={"retry-after": "86400"})})
    with client(front, pauses=pauses) as directus, pytest.raises(PullError, match="fewer requests"):
        directus.record("/items/pages")
    assert pauses == [LONGEST_PAUSE] * 4


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_a_server_that_fails_is_asked_again_a_bounded_number_of_times(code: int) -> None:
    pauses: list[float] = []
    front = Front({"*": status(code)})
    with client(front, pauses=pauses) as directus, pytest.raises(PullError, match=str(code)):
        directus.record("/items/pages")
    assert 2 <= len(front.asked) <= 3
    assert pauses == [1, 2][: len(front.asked) - 1]


def test_a_token_that_is_not_taken_says_where_it_comes_from() -> None:
    with (
        client(Front(), "recorded-nobody") as directus,
        pytest.raises(PullError, match="does not take the token") as raised,
    ):
        directus.identify()
    assert "DIRECTUS_TOKEN" in raised.value.hint
    assert "recorded-nobody" not in str(raised.value)


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_one_thing_that_is_refused_need_not_end_a_pull(code: int) -> None:
    with client(Front({"*": status(code)})) as directus, pytest.raises(RefusedError):
        directus.record("/items/pages")


def test_a_server_that_says_the_token_back_finds_it_in_no_error_and_in_no_data() -> None:
    echo = status(500, body={"errors": [{"message": f"bad {TOKEN} and {TOKEN.upper()}"}]})
    front = Front({"/echo": data([{"id": 1, "text": TOKEN}]), "/fail": echo})
    with client(front) as directus:
        assert TOKEN.encode() not in b"".join(map(bytes, directus.page("/echo", {}).items))
        with pytest.raises(PullError) as raised:
            directus.record("/fail")
    assert TOKEN not in str(raised.value).lower()


def test_words_of_the_server_are_shortened_and_made_visible() -> None:
    front = Front({"*": status(403, body={"errors": [{"message": "\x1b]0;owned\x07" + "x" * 10_000}]})})
    with client(front) as directus, pytest.raises(PullError) as raised:
        directus.record("/items/pages")
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 1_000


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><body>Welcome</body></html>", "text/html"),
        (b"{", "application/json"),
        (b"", "text/plain"),
        (b'{"status": "ok"}', "application/json"),
    ],
)
def test_what_is_no_directus_is_told_apart_and_sees_no_token(body: bytes, kind: str) -> None:
    front = Front({"*": page(body, kind)})
    with client(front) as directus, pytest.raises(PullError, match="There is no Directus at") as raised:
        directus.identify()
    assert "/server/ping" in raised.value.hint
    assert not any("authorization" in request.headers for request in front.asked)


def test_a_directus_whose_ping_is_closed_is_one_all_the_same() -> None:
    with client(Front({"/server/ping": status(403)})) as directus:
        assert directus.identify()["version"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [1, 2',
        b"\xff\xfe",
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"data": [' + b"1," * 600_000 + b"1]}",
        b'{"data": "text"}',
        b"[]",
    ],
    ids=["broken", "no utf-8", "deep", "many values", "no list", "no object"],
)
def test_json_that_cannot_be_read_is_an_error_that_names_the_path(body: bytes) -> None:
    with client(Front({"*": page(body)})) as directus, pytest.raises(PullError, match="/items/pages answers"):
        directus.page("/items/pages", {})


def test_an_answer_that_is_too_large_is_cut_off_while_it_comes() -> None:
    class Endless(httpx.AsyncByteStream):
        sent = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                self.sent += 2**16
                yield b"x" * 2**16

    stream = Endless()
    with (
        client(Front({"*": lambda _: httpx.Response(200, stream=stream)})) as directus,
        pytest.raises(TooLargeError, match="8 MiB"),
    ):
        directus.page("/items/pages", {})
    assert stream.sent <= MAX_ANSWER + 2**17


def test_a_server_that_never_ends_its_answer_is_left_after_the_seconds_of_a_request() -> None:
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    front = Front({"*": lambda _: httpx.Response(200, stream=Slow())})
    with (
        client(front, seconds=0.2) as directus,
        pytest.raises(UnreachableError, match=r"did not answer within 0\.2 s, asked 2 times") as raised,
    ):
        directus.record("/server/info")
    assert "--timeout" in raised.value.hint


def test_nobody_at_the_address_is_said_without_the_token() -> None:
    with (
        Client("http://127.0.0.1:1", TOKEN) as directus,
        pytest.raises(UnreachableError, match="ECONNREFUSED") as raised,
    ):
        directus.identify()
    assert TOKEN not in str(raised.value)


def test_lists_say_how_many_there_are() -> None:
    with client(Front()) as directus:
        found = directus.page(
            "/items/comments", {"limit": 3, "meta": "filter_count", "fields": "id,text", "sort": "id"}
        )
    assert found.total == 40
    assert [json.loads(bytes(item))["id"] for item in found.items] == [1, 2, 3]


def test_a_connection_that_breaks_is_made_once_more() -> None:
    broken = [httpx.ReadError("broken"), None]

    def answer(_: httpx.Request) -> httpx.Response | None:
        error = broken.pop(0)
        if error is not None:
            raise error
        return None

    pauses: list[float] = []
    with client(Front({"/items/pages": answer}), pauses=pauses) as directus:
        assert directus.page("/items/pages", {}).items
    assert pauses == [1]


@pytest.mark.parametrize(
    ("address", "token", "exposed"),
    [
        ("http://directus.test", TOKEN, True),
        ("http://directus.test", "", False),
        ("https://directus.test", TOKEN, False),
        ("http://localhost:8055", TOKEN, False),
        ("http://127.0.0.1:8055", TOKEN, False),
        ("http://127.evil.test", TOKEN, True),
        ("http://[::1]:8055", TOKEN, False),
    ],
)
def test_a_token_that_travels_in_the_clear_is_known(address: str, token: str, *, exposed: bool) -> None:
    assert client(Front(), token, address).exposed == exposed
