"""What a response becomes: checked without being made, and kept once."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import suppress

import pytest
from scopebox.errors import ExtensionError
from scopebox.extension.refusing import refuse
from scopebox.network.redaction import Redaction
from scopebox.network.response import Response
from scopebox.network.results import check_json, result
from scopebox_guest import wire

WIDE = b'"\xf0\x9f\x98\x80' + b"a" * 4 * 2**20 + b'"'  # four bytes of memory for each of its characters


def made(body: bytes, output: str, *, status: int = 200, charset: str = "utf-8") -> tuple[bytes, list[int]]:
    """Return the result of an answer, and what was taken for it."""
    taken: list[int] = []
    answer = Response(status, "OK", (("content-type", f"text/plain; charset={charset}"),), body)
    return bytes(asyncio.run(result(answer, output, Redaction(), taken.append))), taken  # type: ignore[arg-type]


def peak(body: bytes, output: str) -> int:
    """Return how many bytes an answer took at its peak, beside its body."""
    tracemalloc.start()
    try:
        with suppress(ExtensionError):
            made(body, output)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [WIDE, b"[" + WIDE + b"]", b"{" + WIDE + b":1}"])
def test_a_text_with_a_wide_character_is_checked_without_being_made(body: bytes) -> None:
    assert peak(body, "json") < 2 * len(body)


def test_the_data_of_an_error_goes_on_as_the_text_that_it_came_as() -> None:
    with pytest.raises(ExtensionError) as caught:
        made(WIDE, "text", status=500)
    assert caught.value.raw_data is refuse(1, caught.value).data
    assert bytes(caught.value.raw_data) == WIDE
    assert bytes(ExtensionError("a", data={"b": 1}).raw_data) == b'{"b":1}'


def test_what_changes_nothing_takes_nothing_and_what_was_another_text_is_given_back() -> None:
    assert made(b"[1]", "json") == (b"[1]", [])
    assert made("[1]".encode("utf-16"), "json", charset="utf-16") == (b"[1]", [3, 0, -8])
    assert made(b"\xef\xbb\xbf[1]", "json")[1][-1] == -6


def test_characters_that_are_none_are_replaced() -> None:
    assert made(b'"\xff"', "json")[0] == '"\ufffd"'.encode()


@pytest.mark.parametrize(
    "text",
    [
        b"1e308", b"1e309", b"-1e309", b"1E+0309", b"[1e-400,0e99999]", b"9" * 400, b"9" * 4_301, b"-" + b"9" * 4_300,
        b"1" + b"0" * 400 + b".5", b"1" + b"0" * 400 + b"e-200", b"0." + b"0" * 300 + b"1e600", b"0." + b"0" * 300 + b"1e700",
        b'"1e999"', b'{"1e999":1}', b'["\\"",1e999]', b'["\\\\",1e999]', b'["\\\\"",1e99]', b"[true,1e999]", b"nul", b"[1,]", b"01", b"",
        b'"\xff"', b'{"\xff":1}', b'"\xed\xa0\x80"', b'"\\ud83d"', b'"\\ud83d\\ude00"', b'"\\x"', b'"\x01"', b"{1:2}", b"1 2",
    ],
)  # fmt: skip
def test_json_is_taken_if_it_can_be_decoded_and_refused_if_it_cannot(text: bytes) -> None:
    try:
        wire.decode_json(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            asyncio.run(check_json(text))
    else:
        asyncio.run(check_json(text))


@pytest.mark.parametrize(("status", "words"), [(200, "as text it has more"), (500, "as text it has more")])
def test_no_text_is_larger_than_a_frame(status: int, words: str) -> None:
    with pytest.raises(ExtensionError, match=words):
        made(b" " * (wire.MAX_HOST_FRAME_BYTES + 1), "text", status=status)
