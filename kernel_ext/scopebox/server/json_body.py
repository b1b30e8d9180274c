"""Bodies of JSON: which bodies are, how they are encoded, and what they hold."""

from __future__ import annotations

import codecs
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import weight, wire

from scopebox.server.decoding import PIECE_BYTES, decoded_pieces, recoded
from scopebox.server.error_shapes import too_large
from scopebox.server.json_errors import NOT_JSON, body_error
from scopebox.store.errors import invalid_payload

if TYPE_CHECKING:
    import asyncio

    from starlette.datastructures import Headers

    from scopebox.errors import DirectusError

MAX_KIND_CHARACTERS: Final = 200  # of a content type
MAX_MENDED_BYTES: Final = 2**18  # of JSON that only JavaScript takes as it is: Python looks at every number
MAX_RECODED_BYTES: Final = 8 * 2**20  # of a body that came in another character set, or was no text in its own
MAX_MEMBERS: Final = 1_000  # of a gzip body, each of which has to be begun
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_QUOTED: Final = r'"(?>(?:[ !\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\x20-\x7e])*)"'
_JSON_KIND: Final = re.compile(
    rf"application/json *+(?>(?:; *+{_NAME} *+= *+(?:{_QUOTED}|{_NAME}) *+)*)", re.IGNORECASE
)
_PARAMETER: Final = re.compile(rf"; *+({_NAME}) *+= *+({_QUOTED}|{_NAME})")
_BEGINNING: Final = re.compile(rb"[ \t\n\r]*+[{\[]")  # all that a body may be, by the rule of Express
_ESCAPED: Final = re.compile(r"\\(.)")
_SIGNS: Final = re.compile(r"[^0-9a-z]")
# By the letters and digits of their names; others of the same beginning are not known there either.
_CHARSETS: Final = {"utf8": "utf-8", "utf7": "utf-7", "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be"}
_WINDOWS: Final = {"identity": 0, "gzip": 31, "deflate": 15}  # for zlib
_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Form:
    """How the body of a request comes: its character set and its compression as zlib calls them, 0 without any.

    Without ``is_json`` nobody looks at it, unless ``is_text`` says that a handler gets it as it is.
    """

    is_json: bool = False
    is_text: bool = False
    charset: str = "utf-8"
    window: int = 0


IGNORED: Final = Form()
TEXT: Final = Form(is_text=True)


def form_of(headers: Headers) -> Form:
    """Return the form of the body that comes with ``headers``; DirectusError 400 for JSON in a form that a Directus does not read.

    Its type has to be ``application/json``, with parameters or without.
    """
    size = headers.get("content-length", "").strip()
    kind = headers.get("content-type", "")
    has_body = "transfer-encoding" in headers or (size.isascii() and size.isdigit())
    if not has_body or len(kind) > MAX_KIND_CHARACTERS or not _JSON_KIND.fullmatch(kind.strip(" \t")):
        return IGNORED
    given = {name.lower(): value for name, value in _PARAMETER.findall(kind)}.get("charset", "")
    charset = (_ESCAPED.sub(r"\1", given[1:-1]) if given.startswith('"') else given).lower() or "utf-8"
    if not charset.startswith("utf-"):
        raise _unsupported(charset)
    encoding = headers.get("content-encoding", "")[:MAX_KIND_CHARACTERS].lower() or "identity"
    if encoding not in _WINDOWS:
        raise invalid_payload(f'unsupported content encoding "{encoding}"')
    codec = _CHARSETS.get(_SIGNS.sub("", charset))
    if codec is None:
        raise _unsupported(charset)
    return Form(is_json=True, charset=codec, window=_WINDOWS[encoding])


def _unsupported(charset: str) -> DirectusError:
    return invalid_payload(f'unsupported charset "{charset.upper()}"')


def entity_too_large() -> DirectusError:
    """Return the error for a body beyond the limit, as a Directus words it."""
    return invalid_payload("request entity too large")


async def plain_json(body: bytearray, form: Form, most: int, turn: asyncio.Lock) -> bytearray:
    """Return ``body`` as UTF-8 without compression and without a mark at its start, what is no text replaced.

    DirectusError 400 for more than ``most`` bytes, or for what is not compressed as it says; 413 for what takes too much as
    UTF-8. A body that has to become another text waits for its ``turn``, since it takes more memory meanwhile, and is emptied.
    """
    text = _inflated(body, form.window, most) if form.window else body
    if form.charset != "utf-8" or any("\ufffd" in piece for piece in decoded_pieces(text)):
        charset = _MARKS.get(bytes(text[:2]), "utf-16-le") if form.charset == "utf-16" else form.charset
        async with turn:
            text = await recoded(text, charset, MAX_RECODED_BYTES)
    if text.startswith(codecs.BOM_UTF8):
        del text[: len(codecs.BOM_UTF8)]
    return text


def _inflated(body: bytearray, window: int, most: int) -> bytearray:
    """Return what ``body`` holds compressed. Of gzip, one member may follow the other, and zeros at the end are ignored.

    It is read by pieces: where a member ends, what is left of the piece is copied.
    """
    text, stream, members = bytearray(), zlib.decompressobj(window), 1
    for start in range(0, len(body), PIECE_BYTES):
        rest = bytes(body[start : start + PIECE_BYTES])
        while rest:
            if stream.eof:
                if window != _WINDOWS["gzip"] or rest.startswith(b"\0"):
                    return text
                stream, members = zlib.decompressobj(window), members + 1
                if members > MAX_MEMBERS:
                    raise invalid_payload(f"a gzip body of more than {MAX_MEMBERS:,} members; compress it as one")
            try:
                text += stream.decompress(rest, most + 1 - len(text))
            except zlib.error as error:
                raise invalid_payload(str(error).rpartition(": ")[2]) from None
            if len(text) > most:
                raise entity_too_large()
            rest = stream.unused_data
    if not stream.eof:
        raise invalid_payload("unexpected end of file")
    return text


def check_json(text: bytearray) -> None:
    """Refuse JSON that would take too much memory once it is decoded; DirectusError 413 or 400."""
    try:
        weight.check_values(text)
        weight.check_weight(text)
    except ValueError as error:
        raise too_large(f"The body has {error}.") from None
    try:
        weight.check_nesting(text)
    except ValueError as error:
        raise invalid_payload(f"The body has {error}") from None


def read_json(text: bytearray) -> object:
    """Return the JSON object or list in ``text``, ``{}`` for no text at all; DirectusError 400 for anything else, 413 for too much.

    ``text`` is emptied: what is decoded stands for it.
    """
    if not text:
        return {}
    data, _ = _decoded(text)
    text.clear()
    return data


def json_object(text: bytearray) -> msgspec.Raw:
    """Return ``text`` as the JSON of an object or a list, ``{}`` for no text at all; DirectusError as :func:`read_json`.

    Nothing of it is kept as objects, and it takes no more memory than it had.
    """
    if not text:
        return msgspec.Raw(b"{}")
    data, mended = _decoded(text)
    if mended:
        return msgspec.Raw(msgspec.json.encode(data))
    del data
    return msgspec.Raw(text)


def _decoded(text: bytearray) -> tuple[object, bool]:
    """Return what ``text`` holds, and whether it had to be mended."""
    check_json(text)
    if _BEGINNING.match(text):
        try:
            return wire.decode_json(text), False
        except (msgspec.DecodeError, RecursionError):
            pass
        if len(text) <= MAX_MENDED_BYTES:
            try:
                return _mended(text.decode()), True
            except (ValueError, RecursionError):
                pass
    reason = body_error(text[: 4 * PIECE_BYTES].decode("utf-8", "replace"))
    if reason == NOT_JSON and len(text) > MAX_MENDED_BYTES:
        reason += (
            f"; with half a character or a number beyond all others it may have {MAX_MENDED_BYTES:,} bytes at most"
        )
    raise invalid_payload(reason)


def _mended(text: str) -> object:
    """Return JSON that holds what only a JavaScript engine takes: halves of characters, numbers beyond all others."""
    data = json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_refused)
    plain = json.dumps(data, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return wire.decode_json(plain)


def _number(text: str) -> object:
    if len(text) < 19 and text.lstrip("-").isdigit():  # noqa: PLR2004 - every whole number of so many digits is one of 64 bits
        return int(text)
    number = float(text)
    return None if number in (float("inf"), float("-inf")) else number


def _refused(word: str) -> object:
    raise ValueError(word)
