from __future__ import annotations

import asyncio
import codecs
import gzip
import zlib
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import ExtensionError
from scopebox.network.redaction import Redaction
from scopebox.network.response import PIECE_BYTES, BodyReader, Response, untaken
from scopebox.network.results import result as make_result

if TYPE_CHECKING:
    from scopebox.network.outgoing import Output

LIMIT = 10_000
NOTHING = Redaction()


def answer(body: bytes | str, *headers: tuple[str, str], status: int = 200, reason: str = "OK") -> Response:
    return Response(status, reason, headers, body if isinstance(body, bytes) else body.encode())


def read(encoding: str, *chunks: bytes) -> bytes:
    async def run() -> bytes:
        reader = BodyReader(encoding, LIMIT)
        for chunk in chunks:
            await reader.feed(chunk)
        return reader.body()

    return asyncio.run(run())


def result(given: Response, output: Output, redaction: Redaction = NOTHING) -> object:
    return msgspec.json.decode(asyncio.run(make_result(given, output, redaction)))


@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_body_is_decompressed_however_it_is_cut(body: bytes, size: int) -> None:
    raw = zlib.compressobj(wbits=-15)
    for encoding, data in (
        ("", body),
        ("identity", body),
        ("gzip", gzip.compress(body)),
        ("X-GZIP", gzip.compress(body)),
        ("deflate", zlib.compress(body)),
    ):
        assert read(encoding, *(data[start : start + size] for start in range(0, len(data), size))) == body
    assert read("deflate", raw.compress(body) + raw.flush()) == body


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("", b"x" * (LIMIT + 1)),
        ("gzip", gzip.compress(b"\0" * 10**7)),
        ("deflate", zlib.compress(b"\0" * 10**7)),
        ("gzip", gzip.compress(b"x") + b"\0" * (LIMIT + 1)),
    ],
)
def test_a_body_that_is_too_large_is_an_error_before_it_is_all_there(encoding: str, data: bytes) -> None:
    with pytest.raises(ExtensionError, match="too large: more than 10,000 bytes"):
        read(encoding, data)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("gzip", b"x"), ("deflate", b"\xff\xff\xff"), ("gzip", gzip.compress(b"abc" * 99, mtime=0)[:-9])],
)
def test_a_broken_body_is_an_error(encoding: str, data: bytes) -> None:
    with pytest.raises(ExtensionError, match="cannot be decompressed"):
        read(encoding, data)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_an_encoding_that_was_not_asked_for_is_an_error(encoding: str) -> None:
    with pytest.raises(ExtensionError, match="not asked for"):
        read(encoding)


def test_an_empty_compressed_body_is_empty() -> None:
    assert read("gzip") == b""


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("", "ä".encode(), "ä"),
        ("text/plain", b"\xef\xbb\xbfx", "x"),
        ("text/plain; charset=UTF-8", "ä".encode(), "ä"),
        ('text/plain; charset="iso-8859-1"', b"\xe4", "ä"),
        ("text/plain; charset=utf-16", "ä".encode("utf-16"), "ä"),
        ("text/plain; charset=utf-16", codecs.BOM_UTF16_BE + "ä".encode("utf-16-be"), "ä"),
        ("text/plain; charset=utf-16", "ä".encode("utf-16-le"), "ä"),
        ("text/plain; charset=utf-16", b"\0\xd8", "\ufffd"),
        ("text/plain; charset=utf-16", b"", ""),
        ("text/plain; charset=zlib", b"x", "x"),
        ("text/plain; charset=idna", b"x", "x"),
        ("text/plain; charset=rot13", b"x", "x"),
        ("text/plain; charset=unicode_escape", b"\\x41", "\\x41"),
        ("text/plain", b"\xff", "\ufffd"),
    ],
)
def test_text_is_read_in_a_charset_of_the_web_and_in_no_other(charset: str, body: bytes, text: str) -> None:
    found = answer(body, ("content-type", charset))
    assert found.body.decode(found.codec, "replace") == text


def test_exec_gives_text_or_json() -> None:
    assert result(answer('{"a": 1}'), "text") == '{"a": 1}'
    assert result(answer('{"a": 1}'), "json") == {"a": 1}
    assert result(answer(""), "json") is None


def test_the_response_object_has_its_four_properties() -> None:
    given_answer = answer(
        "[1]", ("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2"), status=201, reason="Created"
    )
    assert result(given_answer, "response") == {
        "status": 201,
        "statusText": "Created",
        "headers": {"content-type": "text/plain", "x-a": "1, 2"},
        "data": [1],
    }


@pytest.mark.parametrize("body", ["pong", "", "[NaN]", '"\\ud800"', "[" * 100, '{"a":' * 100, "[1] x", "\ufeff{"])
def test_a_body_that_is_no_json_stays_text_and_is_refused_as_json(body: str) -> None:
    data = result(answer(body), "response")
    assert isinstance(data, dict)
    assert data["data"] == body.removeprefix("\ufeff")
    if body:
        with pytest.raises(ExtensionError, match="is not JSON"):
            result(answer(body), "json")


@pytest.mark.parametrize(
    ("body", "beyond"),
    [
        ("[" * 100 + "]" * 100, "more than 64 nested containers"),
        ("[" * 100_000, "more than 64 nested containers"),
        ("[" + "{}," * 150_000 + "1]", "more than 100,000 containers"),
        ("[1e999]", "a number that is too large, 1e999"),
        ("1" * 5_000, f"a number that is too large, {'1' * 40}…"),
    ],
)
def test_json_that_is_beyond_data_stays_text_and_is_refused_as_json_with_what_is_too_much(
    body: str, beyond: str
) -> None:
    data = result(answer(body), "response")
    assert isinstance(data, dict)
    assert data["data"] == body
    with pytest.raises(ExtensionError) as caught:
        result(answer(body), "json")
    assert caught.value.message == f"Response is not taken as JSON: it has {beyond}"
    assert caught.value.hint == 'Leave output out, or set it to "text".'


def test_what_is_too_large_as_json_and_too_deep_to_be_told_from_it_is_too_large() -> None:
    with pytest.raises(ExtensionError, match="Response is too large: more than 200,000 values"):
        result(answer("[{}," * 200_000), "json")


@pytest.mark.parametrize("status", [199, 300, 304, 404, 500, 999])
@pytest.mark.parametrize("output", ["text", "json", "response"])
def test_a_status_outside_2xx_is_an_error_with_status_and_data(status: int, output: str) -> None:
    with pytest.raises(ExtensionError, match=f"^Request failed with status code {status}$") as caught:
        result(answer('{"a": 1}', status=status), output)  # type: ignore[arg-type]
    assert (caught.value.status, caught.value.data) == (status, {"a": 1})


def test_no_secret_comes_back_in_any_part_of_a_response() -> None:
    secrets = Redaction({"KEY": "s3cret"})
    body = '{"plain": "s3cret", "escaped": "\\u00733cret", "s3cret": [1]}'
    echoed = answer(body, ("x-echo", "a s3cret b"), reason="s3cret")
    assert "s3cret" not in str(result(echoed, "response", secrets))
    assert "s3cret" not in str(result(echoed, "json", secrets))
    assert "s3cret" not in str(result(echoed, "text", secrets))
    utf16 = answer("s3cret".encode("utf-16"), ("content-type", "text/plain; charset=utf-16"))
    assert result(utf16, "text", secrets) == "{{secret.KEY}}"
    with pytest.raises(ExtensionError) as caught:
        result(answer(body, status=400), "text", secrets)
    assert "s3cret" not in str(caught.value.data)


@pytest.mark.parametrize(
    ("body", "data"),
    [("[" + "1," * 250_000 + "1]", ""), ("1,2\n" * 150_000, "text"), ("[" + "1," * 250_000, "text")],
    ids=["JSON", "lines", "broken"],
)
def test_a_body_with_too_many_values_is_an_error_and_what_is_no_json_is_not_counted(body: str, data: str) -> None:
    if data:
        found = result(answer(body), "response")
        assert isinstance(found, dict)
        assert found["data"] == body
    else:
        for output in ("json", "response"):
            with pytest.raises(ExtensionError, match="too large: more than 200,000 values"):
                result(answer(body), output)
    assert result(answer(body), "text") == body


def test_a_body_whose_keys_and_values_would_take_much_memory_is_an_error() -> None:
    heavy = "[" + ",".join(['{"ab":1.5e-99,"cd":1.5e-99}'] * 60_000) + "]"
    with pytest.raises(ExtensionError, match="too large: keys and values that would take more than 51,380,224 bytes"):
        result(answer(heavy), "json")


def test_a_body_that_grows_as_text_is_cut_off_before_it_is_large() -> None:
    taken = 0

    def take(size: int) -> None:
        nonlocal taken
        taken += size

    with pytest.raises(ExtensionError, match="as text it has more than 16,777,216 bytes"):
        asyncio.run(make_result(answer(bytes(4 * 2**20)), "text", NOTHING, take))
    assert taken < 24 * 2**20
    secret = Redaction({"K" * 64: "aaaa"})
    with pytest.raises(ExtensionError, match="too large"):
        asyncio.run(make_result(answer("aaaa." * 2**20), "text", secret, untaken))


def test_a_character_and_a_secret_between_two_pieces_are_read_as_one() -> None:
    redaction = Redaction({"KEY": "s3cret"})
    for shift in range(8):
        body = "é" * (PIECE_BYTES // 2 - 4) + "x" * shift + "s3cret€€"
        assert result(answer(body), "text", redaction) == body.replace("s3cret", "{{secret.KEY}}")


def test_many_headers_of_one_name_are_joined() -> None:
    found = result(answer("", *[("x-a", "1")] * 25_000), "response")
    assert isinstance(found, dict)
    assert found["headers"] == {"x-a": ", ".join(["1"] * 25_000)}


def test_a_secret_in_the_name_of_a_header_is_taken_out() -> None:
    found = result(answer("", ("x-s3cret", "a\nb")), "response", Redaction({"KEY": "S3cret"}))
    assert isinstance(found, dict)
    assert found["headers"] == {"x-{{secret.KEY}}": "a b"}


@pytest.mark.parametrize(
    ("status", "headers", "location"),
    [
        (302, (("location", "/a"),), "/a"),
        (302, (), ""),
        (200, (("location", "/a"),), ""),
        (308, (("location", "b"),), "b"),
    ],
)
def test_a_response_leads_on_if_it_is_a_redirect_and_says_where(
    status: int, headers: tuple[tuple[str, str], ...], location: str
) -> None:
    assert Response(status, "", headers, b"").location == location
