"""Results: what a response is in the shape that each style of ``request`` promises, as JSON text for the guest.

A body may be large, so whatever is done to it is done in pieces, and between them others have their turn.
"""

from __future__ import annotations

import asyncio
import codecs
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import weight, wire

from scopebox.errors import ExtensionError
from scopebox.network.response import UTF_8, pieces, untaken
from scopebox.network.spoken import body_of, headers_of, lines_of

if TYPE_CHECKING:
    from scopebox.network.outgoing import Output
    from scopebox.network.redaction import Redaction
    from scopebox.network.response import Response, Take

MAX_SAMPLE_CHARACTERS: Final = 1_000  # characters of a body that is not the JSON asked for, in the error
NUMBERS_A_TURN: Final = 10_000  # large ones that are read before others have their turn
MAX_DIGITS: Final = 40  # of a number, in the error


class BeyondError(ValueError):
    """A text is JSON, but more than data may be: it says what of it."""


async def result(answer: Response, output: Output, redaction: Redaction, take: Take = untaken) -> msgspec.Raw:
    """Return what the call of ``request`` gives to the guest, as JSON text, without the secrets that the request carried.

    ExtensionError for a status outside 2xx, with ``status`` and ``data`` ("sandbox" and a Directus 11: ``Request failed with
    status code 404``), and for a body that is not the JSON asked for. An empty body is ``""``, as JSON None. What is made of
    the body is ``take``n from a budget, too, and what became another text given back: whoever calls lets go of ``answer``.
    """
    text = await _spoken(answer, redaction, take)
    if text is not answer.body:
        take(-len(answer.body))
        answer = replace(answer, body=b"")
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
        raise ExtensionError(
            f"Request failed with status code {answer.status}",
            kind="RuntimeError",
            status=answer.status,
            data=await _json_or_text(text, take),
        )
    if output == "text":
        return await _as_text(text, take)
    if output == "json":
        return await _json(text)
    headers, reason = await _headers(answer, redaction)
    data = await _json_or_text(text, take)
    return msgspec.Raw(
        b'{"status":%d,"statusText":%s,"headers":%s,"data":%s}'
        % (answer.status, msgspec.json.encode(reason), msgspec.json.encode(headers), data)
    )


class _Sink:
    """Collects a text for the guest, which takes no more than a frame of it."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._text = BytesIO()

    def write(self, piece: bytes) -> None:
        """Take the next piece; ExtensionError if it is too large by now."""
        self._take(len(piece))
        self._text.write(piece)
        if self._text.tell() > wire.MAX_HOST_FRAME_BYTES:
            raise ExtensionError(
                f"Response is too large: as text it has more than {wire.MAX_HOST_FRAME_BYTES:,} bytes",
                kind="RuntimeError",
                hint="Ask for less.",
            )

    def text(self) -> bytes:
        """Return what was collected."""
        return self._text.getvalue()


async def _spoken(answer: Response, redaction: Redaction, take: Take) -> bytes:
    """Return the body as UTF-8, without secrets: the very bytes that came where nothing about them changes."""
    body = answer.body
    plain = answer.codec == UTF_8 and not body.startswith(codecs.BOM_UTF8)
    if plain and not redaction and len(body) <= wire.MAX_HOST_FRAME_BYTES:
        with suppress(UnicodeDecodeError):
            await _check_characters(body)
            return body
    sink = _Sink(take)
    async for piece in body_of(answer, redaction):
        sink.write(piece)
    return sink.text()


async def _as_text(text: bytes, take: Take) -> msgspec.Raw:
    """Return the JSON text for ``text``, which is UTF-8."""
    sink = _Sink(take)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sink.write(b'"')
    for piece in pieces(text):
        sink.write(msgspec.json.encode(decoder.decode(piece))[1:-1])
        await asyncio.sleep(0)
    sink.write(b'"')
    return msgspec.Raw(sink.text())


async def _headers(answer: Response, redaction: Redaction) -> tuple[dict[str, str], str]:
    """Return headers and status text without secrets."""
    reason, *lines = await lines_of([answer.reason, *chain.from_iterable(answer.headers)], redaction)
    return headers_of(lines), reason


async def _json(text: bytes) -> msgspec.Raw:
    if not text.strip():
        return msgspec.Raw(b"null")
    try:
        return await _checked(text)
    except ValueError as error:
        beyond = f"Response is not taken as JSON: it has {error}" if isinstance(error, BeyondError) else ""
        raise ExtensionError(
            beyond or 'Response is not JSON, as output: "json" wants it',
            kind="RuntimeError",
            data=text[: 4 * MAX_SAMPLE_CHARACTERS].decode("utf-8", "replace")[:MAX_SAMPLE_CHARACTERS],
            hint='Leave output out, or set it to "text".',
        ) from None


async def _json_or_text(text: bytes, take: Take) -> msgspec.Raw:
    """Return the JSON data that ``text`` is, else the text itself: what Directus's client makes of any response."""
    try:
        return await _checked(text)
    except ValueError:
        return await _as_text(text, take)


async def _checked(text: bytes) -> msgspec.Raw:
    """Return ``text`` if it is JSON data that the guest takes; ValueError if it is none, ExtensionError if it is too much as a text, too."""
    try:
        weight.check_values(text)
        weight.check_weight(text)
    except ValueError as error:
        _check_json_at_all(text)  # what is none is not counted
        raise ExtensionError(
            f"Response is too large: {error}",
            kind="RuntimeError",
            hint="Ask for less, or for the text: it is not counted.",
        ) from None
    await asyncio.sleep(0)
    try:
        weight.check_nesting(text)
    except ValueError as error:
        _check_json_at_all(text)
        raise BeyondError(str(error)) from None
    await check_json(text)
    return msgspec.Raw(text)


def _check_json_at_all(text: bytes) -> None:
    """Raise ValueError if a text is no JSON; one that is so deep that nobody can tell counts as JSON."""
    with suppress(RecursionError):
        wire.decode_as(text, msgspec.Raw)


async def check_json(text: bytes) -> None:
    """Raise ValueError unless ``text`` is JSON that can be decoded. Nothing that it says is made: one wide character lets a text take four times its bytes."""
    wire.decode_as(text, msgspec.Raw)  # looks at the signs alone
    await _check_characters(text)
    for count, number in enumerate(weight.large_numbers(text)):
        try:
            wire.decode_json(number)
        except ValueError:
            digits = number[:MAX_DIGITS].decode() + ("…" if len(number) > MAX_DIGITS else "")
            raise BeyondError(f"a number that is too large, {digits}") from None
        if count % NUMBERS_A_TURN == 0:
            await asyncio.sleep(0)


async def _check_characters(text: bytes) -> None:
    """Raise UnicodeDecodeError unless ``text`` is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece in pieces(text):
        decoder.decode(piece)
        await asyncio.sleep(0)
    decoder.decode(b"", final=True)
