from __future__ import annotations

import asyncio
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import DirectusError
from scopebox.server.decoding import PIECE_BYTES, decoded_pieces, recoded, within

from tests.growth import worse_than_linear

CHARSETS = ["utf-8", "utf-7", "utf-16-le", "utf-16-be"]
WRONG = ["\xff", "a\xff", "\x00\xd8", "\xd8\x00", "\xe3\xed\xa0", "+", "+!", "+2AA-", "+2AA", "+2D0-+3gA-"]
"""Bytes that are no text in one character set or another, as the characters of the same numbers."""
CUT = b"x" * (PIECE_BYTES - 20)
PARTS = [
    b"+",
    b"-",
    b"A",
    b"2AA",
    b"2D3eAA",
    b"2D0-+3gA",
    b"!",
    b"\xff",
    b"/",
    b"AGEAYg",
    b"\xd8\x00",
    b"\xf0\x9f",
    b"\x98\x80",
]


def text_of(body: bytes, charset: str) -> str:
    return "".join(decoded_pieces(body, charset))


@pytest.mark.parametrize("charset", CHARSETS)
@given(st.lists(st.sampled_from(PARTS), max_size=20).map(b"".join))
def test_a_text_in_pieces_is_what_it_is_as_a_whole(charset: str, content: bytes) -> None:
    before = CUT if charset.startswith("utf-16") else CUT + b"!"  # as many whole characters
    whole = codecs.decode(before + content, charset, "replace") if charset != "utf-7" else utf7(before + content)
    got = text_of(before + content, charset)
    assert got == whole or (
        charset.startswith("utf-16") and got == whole.removesuffix("\ufffd")
    )  # half a unit is left out


def utf7(content: bytes) -> str:
    """Return what a JavaScript engine has for UTF-7 that Python decodes at once."""
    units = codecs.utf_7_decode(content, "replace", True)[0]
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@pytest.mark.parametrize("unit", ["AGEAYgBj", "2D3eAAAA", "AGHYPd4A"])
@pytest.mark.parametrize("shift", range(9))
@pytest.mark.parametrize("end", [b"", b"-", b"-+-", b"!"])
def test_a_run_of_base64_may_be_longer_than_pieces(unit: str, shift: int, end: bytes) -> None:
    content = b"x" * shift + b"+" + unit.encode() * (2 * PIECE_BYTES // len(unit)) + end
    assert text_of(content, "utf-7") == utf7(content)


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"a+3gA-b", "utf-7", "a\ufffdb"),
        (b"+2D0-+3gA-", "utf-7", "\U0001f600"),
        (b"\xff\xfe", "utf-7", "\ufffd\ufffd"),
        (b"+-", "utf-7", "+"),
        (b"\x00\xd8\x00\xd8a\x00", "utf-16-le", "\ufffd\ufffda"),
        (b"\xffa", "utf-8", "\ufffda"),
        (b"a\x00b", "utf-16-le", "a"),
    ],
)
def test_what_is_no_character_is_replaced(content: bytes, charset: str, text: str) -> None:
    assert text_of(content, charset) == text


@pytest.mark.parametrize("charset", CHARSETS)
def test_bytes_that_are_no_text_cost_no_more_than_others_and_in_pieces_of_a_size(charset: str) -> None:
    def decode(text: str) -> None:
        for piece in decoded_pieces(text.encode("latin-1"), charset):
            assert len(piece) <= PIECE_BYTES + 8

    assert not worse_than_linear(decode, atoms=WRONG, small=2 * PIECE_BYTES)
    assert not worse_than_linear(decode, before="+", atoms=["A", "2AA", "/", "AGEA"], small=2 * PIECE_BYTES)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("wrong", [b"\xff", b"\x00\xd8", b"\xd8\x00"])
def test_others_have_their_turn_between_the_pieces(charset: str, wrong: bytes) -> None:
    async def turns() -> int:
        content = bytearray(wrong * (8 * PIECE_BYTES // len(wrong)))
        work, count = asyncio.create_task(recoded(content, charset, 32 * PIECE_BYTES)), 0
        while not work.done():
            count += 1
            await asyncio.sleep(0)
        assert (await work).decode()
        assert not content
        return count

    assert asyncio.run(turns()) >= 8


def test_more_than_the_limit_is_refused_before_more_is_made() -> None:
    left = iter([b"xx"] * 9)
    assert b"".join(within([b"xx"] * 9, 18)) == b"xx" * 9
    with pytest.raises(DirectusError) as caught:
        list(within(left, 5))
    assert (caught.value.status, "more than 5 bytes" in str(caught.value), len(list(left))) == (413, True, 6)
