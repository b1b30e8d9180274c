from __future__ import annotations

import asyncio
import json

import pytest
from scopebox.journal.records import Answered
from scopebox.journal.trace import Trace
from scopebox.network.credentials import MAX_ANSWER_BYTES, MAX_HEADER_CHARACTERS, MAX_TEXT_BYTES, answer_to
from scopebox.network.outgoing import Outgoing
from scopebox.network.redaction import Redaction
from scopebox.network.response import Response
from scopebox.urls.url import parse_url

SECRET = "sk-live-0123456789abcdef"
ASKED = Outgoing("GET", parse_url("https://api.test/x"), {"x-a": "{{secret.KEY}}", "x-token": "typed-by-hand"})


def kept(*headers: tuple[str, str], body: bytes = b"") -> Answered:
    return asyncio.run(answer_to(ASKED, Response(200, "OK", headers, body), Redaction({"KEY": SECRET})))


def test_a_secret_in_the_name_of_a_header_is_not_kept() -> None:
    assert kept((f"x-{SECRET}", SECRET), ("x-typed-by-hand", "1")).headers == {
        "x-{{secret.KEY}}": "{{secret.KEY}}",
        "x-{{secret.x-token.0}}": "1",
    }


@pytest.mark.parametrize("shown", range(1, len(SECRET)))
def test_no_part_of_a_secret_stays_where_a_header_is_cut(shown: int) -> None:
    filling = "p" * (MAX_HEADER_CHARACTERS - shown)
    found = kept(("x-long", filling + SECRET), (filling + SECRET, ""))
    for text in (found.headers["x-long"], list(found.headers)[1]):
        assert text == (filling + "{{secret.KEY}}")[:MAX_HEADER_CHARACTERS]


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be", "shift_jis", "iso-8859-1", "nobody-knows"])
def test_a_body_is_kept_as_the_extension_got_it_and_its_type_says_so(charset: str) -> None:
    codec = "utf-8" if charset == "nobody-knows" else charset
    body = json.dumps({"echo": SECRET, "access_token": "made", "x": 1}).encode(codec)
    found = kept(("content-type", f'application/json; charset="{charset}"; a=b'), body=body)
    assert json.loads(found.body) == {"echo": "{{secret.KEY}}", "access_token": "…", "x": 1}
    assert found.headers["content-type"] == 'application/json; charset="utf-8"; a=b'
    assert kept(("content-type", "text/plain"), body=b"a").headers["content-type"] == "text/plain"


def test_bytes_that_are_no_text_are_kept_as_what_the_extension_got() -> None:
    found = kept(body=b"\xff\xfe" + SECRET.encode() + b"\x80")
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
    echoed = SECRET.encode("utf-16")
    trace.keep_answer(
        record.number,
        kept(("content-type", "text/plain; charset=utf-16"), (f"x-{SECRET}", f"%{SECRET}"), body=echoed),
    )
    assert SECRET.encode() not in trace._line(record)
    assert b"{{secret.KEY}}" in trace._line(record)
