"""What belongs to a request, and what is refused before any parser keeps it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from scopebox.errors import DirectusError
from scopebox.server.framing import MAX_HEAD_BYTES, MAX_HEADERS, Framing

HOST = b"Host: localhost\r\n"
CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


def _taken(parts: Iterable[bytes], framing: Framing | None = None) -> tuple[bytes, bytes, bool]:
    """Return what a parser gets of ``parts``, what belongs to the next request, and whether this one has ended."""
    framing, given, left = framing or Framing(), [], b""
    for part in parts:
        left += part
        while left and not framing.ended:
            piece, left = framing.take(left)
            given.append(piece)
    return b"".join(given), left, framing.ended


def _status(*parts: bytes) -> int:
    try:
        _taken(parts)
    except DirectusError as error:
        return error.status
    return 0


REQUESTS = [
    (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", None),
    (b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"GET / HTTP/1.0\r\n\r\n", None),
    (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", None),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello", None),
    (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", None),
    (CHUNKED + b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0;c\r\nX-A: 1\r\nX-B:\r\n\r\n", CHUNKED + b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"),
    (b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n" + HOST + b"upgrade: x\r\n\r\n", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "given"), REQUESTS)
def test_a_request_is_the_same_however_it_comes(sent: bytes, given: bytes | None) -> None:
    behind = b"GET /next HTTP/1.1\r\n"
    whole = _taken([sent + behind])
    assert whole == (sent if given is None else given, behind, True)
    for size in (1, 2, 3, 7):
        parts = [sent[at : at + size] for at in range(0, len(sent), size)]
        assert _taken(parts) == (whole[0], b"", True)
    for at in range(len(sent)):
        framing = Framing()
        assert not _taken([sent[:at]], framing)[2]
        assert _taken([sent[at:] + behind], framing)[1:] == (behind, True)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\nHost: localhost\n\n", b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\n A: b\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\r\n: a\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\nA\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\n\xe4: a\r\n" + HOST + b"\r\n", b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", b"GET / HTTP/1.0\r\n" + HOST * 2 + b"\r\n", b"GET http://localhost/ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET localhost HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /\r\n" + HOST + b"\r\n", b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
        b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT /a HTTP/1.1\r\n" + HOST + b"\r\n", b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", b"NOTHING / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01", b"\r\n\r\n", b" GET /", b"\x00", b"\xff",
    ],
)  # fmt: skip
def test_a_head_that_http_does_not_have_is_refused(sent: bytes) -> None:
    assert _status(sent) == 400
    assert _status(*(bytes([byte]) for byte in sent)) == 400


@pytest.mark.parametrize(
    "told",
    [
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 5", "Content-Length: -1",
        "Content-Length: +5", "Content-Length: 0x5", "Content-Length: 5 5", "Content-Length:", "Content-Length: 5_0", f"Content-Length: {'9' * 16}",
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity", "Transfer-Encoding: \x0bchunked", "Transfer-Encoding:", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ],
)  # fmt: skip
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused(told: str) -> None:
    assert _status(b"POST / HTTP/1.1\r\n" + HOST + told.encode() + b"\r\n\r\n") == 400


def test_chunks_belong_to_http_1_1() -> None:
    assert _status(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"x\r\n", b"\r\n", b"-1\r\n", b"0x5\r\n", b"5 \r\n", b" 5\r\n", b"5\nhello", b"5\r\nhello!\r\n", b"5\r\nhello\n", b"5\r\nhello0\r\n\r\n",
        b"5;\x00\r\n", b"5;a\rb\r\n", b"F" * 13 + b"\r\n", b"0\r\nX\r\n\r\n", b"0\r\n X: a\r\n\r\n", b"0\r\nX: a\n\n", b"0\r\nX: a\x00\r\n\r\n",
    ],
)  # fmt: skip
def test_chunks_that_http_does_not_have_are_refused(sent: bytes) -> None:
    assert _status(CHUNKED + sent) == 400
    assert _status(CHUNKED, *(bytes([byte]) for byte in sent)) == 400


ENDLESS = {
    "target": (b"GET /", b"a"),
    "query": (b"GET /?", b"a=b&"),
    "method": (b"", b"GET"),
    "name": (b"GET / HTTP/1.1\r\n", b"a"),
    "value": (b"GET / HTTP/1.1\r\nA: ", b"a"),
    "blanks": (b"GET / HTTP/1.1\r\nA:", b" "),
    "headers": (b"GET / HTTP/1.1\r\n", b"A:\r\n"),
    "large headers": (b"GET / HTTP/1.1\r\n", b"A: " + b"a" * 2_000 + b"\r\n"),
    "length of a chunk": (CHUNKED, b"0"),
    "extension of a chunk": (CHUNKED + b"1;", b"a"),
    "extensions of chunks": (CHUNKED, b"1;" + b"a" * 1_000 + b"\r\nx\r\n"),
    "behind a chunk": (CHUNKED + b"1\r\nx", b"a"),
    "name of a trailer": (CHUNKED + b"0\r\n", b"a"),
    "value of a trailer": (CHUNKED + b"0\r\nA:", b"a"),
    "trailers": (CHUNKED + b"0\r\n", b"A:\r\n"),
    "large trailers": (CHUNKED + b"0\r\n", b"A: " + b"a" * 2_000 + b"\r\n"),
}


@pytest.mark.parametrize("part", ENDLESS)
@pytest.mark.parametrize("size", [1, 2**14])
def test_what_never_ends_is_refused_before_more_than_a_head_of_it_is_kept(part: str, size: int) -> None:
    first, more = ENDLESS[part]
    framing, sent = Framing(), 0
    _taken([first], framing)
    piece = more * max(1, size // len(more))
    with pytest.raises(DirectusError) as caught:
        for _ in itertools.count():
            sent += len(piece)
            _taken([piece], framing)
    assert caught.value.status == 431
    assert sent <= MAX_HEAD_BYTES + len(piece)


def test_headers_and_trailers_count_together() -> None:
    most = MAX_HEADERS - 2  # CHUNKED has two
    assert _status(CHUNKED + b"0\r\n" + b"A: b\r\n" * most + b"\r\n") == 0
    assert _status(CHUNKED + b"0\r\n" + b"A: b\r\n" * (most + 1) + b"\r\n") == 431


@pytest.mark.parametrize("more", [0, 1])
def test_the_limits_are_exact(more: int) -> None:
    headers = HOST + b"A: b\r\n" * (MAX_HEADERS - 1 + more)
    assert _status(b"GET / HTTP/1.1\r\n" + headers + b"\r\n") == 431 * more
    start, end = b"GET / HTTP/1.1\r\n" + HOST + b"A: ", b"\r\n\r\n"
    assert _status(start + b"a" * (MAX_HEAD_BYTES - len(start) - len(end) + more) + end) == 431 * more


def test_a_body_counts_for_no_head() -> None:
    body = b"x" * (2 * MAX_HEAD_BYTES)
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
    assert _taken([head, body]) == (head + body, b"", True)
    chunks = b"1\r\nx\r\n" * MAX_HEAD_BYTES + b"0\r\n\r\n"
    assert _taken([CHUNKED, chunks]) == (CHUNKED + chunks, b"", True)
