"""What is kept of the arguments of a request, and of its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping

import pytest
from scopebox.journal.records import Answered
from scopebox.journal.trace import Trace
from scopebox.network.credentials import (
    HIDDEN,
    MAX_ANSWER_BYTES,
    MAX_HEADER_CHARACTERS,
    MAX_TEXT_BYTES,
    answer_to,
    is_credential,
    without_credentials,
)
from scopebox.network.outgoing import MAX_HEADERS, MAX_NAME_CHARACTERS, Outgoing
from scopebox.network.redaction import Redaction
from scopebox.network.response import Response
from scopebox.urls.url import MAX_URL_CHARACTERS, parse_url

from tests.growth import quick

URL = "https://api.test/"
SECRET = "s3cretvalue"


class Counted(Mapping[str, str]):
    """Headers that know how many of them were looked at."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.looked_at = 0

    def __len__(self) -> int:
        return len(self._headers)

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        for name in self._headers:
            self.looked_at += 1
            yield name


def test_of_a_url_that_no_request_can_have_nothing_but_its_length_is_kept() -> None:
    url = f"{URL}?token={SECRET}&a=".ljust(MAX_URL_CHARACTERS, "x")
    assert without_credentials([url]) == [url.replace(SECRET, HIDDEN)]
    assert without_credentials([f"{url}x"]) == [f"{HIDDEN} (8,193 characters)"]


@pytest.mark.parametrize("place", range(-16, 16))
def test_a_credential_at_the_limit_of_a_url_is_not_kept_in_part(place: int) -> None:
    start = f"{URL}?a=".ljust(MAX_URL_CHARACTERS + place - len("&token="), "x")
    kept = str(without_credentials([f"{start}&token={SECRET}"]))
    assert "s3c" not in kept


def test_no_more_headers_are_looked_at_than_a_request_can_have() -> None:
    headers = Counted({f"secret{number}": SECRET for number in range(1_000)})
    kept = without_credentials([URL, {"headers": headers}])
    assert headers.looked_at <= MAX_HEADERS + 1
    assert SECRET not in str(kept)
    assert kept[1] == {"headers": {f"secret{number}": HIDDEN for number in range(MAX_HEADERS)}}


@pytest.mark.parametrize("name", ["token", "x" * MAX_NAME_CHARACTERS + "-token", "x" * 4_000_000])
def test_a_name_that_cannot_be_looked_at_counts_as_that_of_a_credential(name: str) -> None:
    assert is_credential(name)
    assert SECRET not in str(without_credentials([f"{URL}?{name}={SECRET}", {"headers": {name: SECRET}}]))


@pytest.mark.parametrize("parameter", ["a=b&", "key=&", "token=x&"])
def test_a_large_url_costs_next_to_nothing(parameter: str) -> None:
    url = f"{URL}?{parameter * 1_000_000}"
    assert quick(lambda: without_credentials([url]))


def test_many_headers_with_long_names_cost_next_to_nothing() -> None:
    headers = {"secre" * 190 + str(number): "" for number in range(4_000)}
    assert quick(lambda: without_credentials([URL, {"headers": headers}]))


KEPT_SECRET = "sk-live-0123456789abcdef"
ASKED = Outgoing("GET", parse_url("https://api.test/x"), {"x-a": "{{secret.KEY}}", "x-token": "typed-by-hand"})


def kept(*headers: tuple[str, str], body: bytes = b"") -> Answered:
    return asyncio.run(answer_to(ASKED, Response(200, "OK", headers, body), Redaction({"KEY": KEPT_SECRET})))


def test_a_secret_in_the_name_of_a_header_is_not_kept() -> None:
    assert kept((f"x-{KEPT_SECRET}", KEPT_SECRET), ("x-typed-by-hand", "1")).headers == {
        "x-{{secret.KEY}}": "{{secret.KEY}}",
        "x-{{secret.x-token.0}}": "1",
    }


@pytest.mark.parametrize("shown", range(1, len(KEPT_SECRET)))
def test_no_part_of_a_secret_stays_where_a_header_is_cut(shown: int) -> None:
    filling = "p" * (MAX_HEADER_CHARACTERS - shown)
    found = kept(("x-long", filling + KEPT_SECRET), (filling + KEPT_SECRET, ""))
    assert found.headers == {"x-long": (filling + "{{secret.KEY}}")[:MAX_HEADER_CHARACTERS]}


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be", "shift_jis", "iso-8859-1", "nobody-knows"])
def test_a_body_is_kept_as_the_extension_got_it_and_its_type_says_so(charset: str) -> None:
    codec = "utf-8" if charset == "nobody-knows" else charset
    body = json.dumps({"echo": KEPT_SECRET, "access_token": "made", "x": 1}).encode(codec)
    found = kept(("content-type", f'application/json; charset="{charset}"; a=b'), body=body)
    assert json.loads(found.body) == {"echo": "{{secret.KEY}}", "access_token": "…", "x": 1}
    assert found.headers["content-type"] == 'application/json; charset="utf-8"; a=b'
    assert kept(("content-type", "text/plain"), body=b"a").headers["content-type"] == "text/plain"


def test_headers_of_one_name_are_kept_joined_as_the_extension_got_them() -> None:
    found = kept(("link", "<a>"), ("x-a", "1"), ("link", "<b>"), ("link", "p" * MAX_HEADER_CHARACTERS))
    assert found.headers == {"link": f"<a>, <b>, {'p' * (MAX_HEADER_CHARACTERS - 10)}", "x-a": "1"}


def test_what_stands_for_a_credential_is_the_same_in_every_process() -> None:
    typed = Outgoing("GET", ASKED.url, {"x-auth": "Bearer typed-by-hand", "x-token": "another one"})
    answer = Response(200, "OK", (), b"typed-by-hand, Bearer typed-by-hand, another one")
    found = asyncio.run(answer_to(typed, answer, Redaction()))
    assert found.body == "{{secret.x-auth.1}}, {{secret.x-auth.0}}, {{secret.x-token.2}}"


def test_bytes_that_are_no_text_are_kept_as_what_the_extension_got() -> None:
    found = kept(body=b"\xff\xfe" + KEPT_SECRET.encode() + b"\x80")
    assert (found.body, found.base64, found.whole) == ("\ufffd\ufffd{{secret.KEY}}\ufffd", False, True)


def test_a_body_that_grows_beyond_the_limit_as_text_is_left_out() -> None:
    grown = asyncio.run(
        answer_to(ASKED, Response(200, "OK", (), b"abcd." * (MAX_ANSWER_BYTES // 5)), Redaction({"K" * 64: "abcd"}))
    )
    assert (grown.body, grown.whole) == ("", False)
    bytes_alone = kept(body=b"\xff" * MAX_ANSWER_BYTES)
    assert (len(bytes_alone.body.encode()), bytes_alone.whole) == (MAX_TEXT_BYTES, True)


def test_no_line_of_an_export_holds_a_secret() -> None:
    trace = Trace(10)
    record = trace.start(1, 0, "asks", "request")
    echoed = KEPT_SECRET.encode("utf-16")
    trace.keep_answer(
        record.number,
        kept(("content-type", "text/plain; charset=utf-16"), (f"x-{KEPT_SECRET}", f"%{KEPT_SECRET}"), body=echoed),
    )
    assert KEPT_SECRET.encode() not in trace._line(record)
    assert b"{{secret.KEY}}" in trace._line(record)
