from __future__ import annotations

import asyncio

import pytest
from scopebox.network.redaction import PIECE_BYTES, Redaction
from scopebox.network.response import _CHARSETS, Response
from scopebox.network.response import PIECE_BYTES as LARGE_PIECE_BYTES
from scopebox.network.spoken import body_of, lines_of

from tests.growth import worse_than_linear

SECRETS = Redaction({"KEY": "aaaa", "OTHER": "s3cret"})
WRONG = ["\xff", "\x81", "\x00\xd8", "\xd8\x00", "\x810", "\xed\xa0"]
"""Bytes that are no text in one charset or another, as the characters of the same numbers."""


async def body(answer: Response, redaction: Redaction) -> tuple[str, int]:
    """Return the text, and in how many pieces it came."""
    parts = [part async for part in body_of(answer, redaction)]
    return b"".join(parts).decode(), len(parts)


def typed(text: str, charset: str, codec: str) -> Response:
    return Response(200, "OK", (("content-type", f"text/plain; charset={charset}"),), text.encode(codec))


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("shift_jis", "cp932"),
    ],
)
def test_secrets_are_taken_out_of_a_body_in_any_charset(charset: str, codec: str) -> None:
    found, _ = asyncio.run(body(typed("x s3cret \\u00733cret y", charset, codec), SECRETS))
    assert found == "x {{secret.OTHER}} {{secret.OTHER}} y"


def test_a_body_of_secrets_and_a_line_of_them_leave_turns_to_others() -> None:
    text = "aaaa." * 20_000

    async def turns(work: asyncio.Task[object]) -> int:
        count = 0
        while not work.done():
            count += 1
            await asyncio.sleep(0)
        return count

    async def run() -> None:
        answer = Response(200, "OK", (), text.encode())
        assert await turns(asyncio.create_task(body(answer, SECRETS))) >= len(text) // PIECE_BYTES
        assert await turns(asyncio.create_task(lines_of([text], SECRETS))) >= len(text) // PIECE_BYTES

    asyncio.run(run())
    assert asyncio.run(body(Response(200, "OK", (), text.encode()), Redaction()))[1] < 5


@pytest.mark.parametrize("charset", ["utf-8", *_CHARSETS])
def test_bytes_that_are_no_text_cost_no_more_than_others_and_leave_turns_to_others(charset: str) -> None:
    def decode(text: str) -> None:
        answer = Response(200, "OK", (("content-type", f"text/plain; charset={charset}"),), text.encode("latin-1"))
        assert asyncio.run(body(answer, Redaction()))[1] > len(answer.body) // LARGE_PIECE_BYTES

    decode(WRONG[0] * LARGE_PIECE_BYTES)
    assert not worse_than_linear(decode, atoms=WRONG, small=2 * LARGE_PIECE_BYTES)


def test_lines_stay_apart_whatever_they_hold() -> None:
    texts = ["", "a\nb", "aa", "aa", "s3cret", "\\", "n", "%61%6", "1aa", "é", ""]
    wanted = ["", "a b", "aa", "aa", "{{secret.OTHER}}", "\\", "n", "%61%6", "1aa", "é", ""]
    assert asyncio.run(lines_of(texts, SECRETS)) == wanted
    assert asyncio.run(lines_of(texts, Redaction())) == [text.replace("\n", " ") for text in texts]
