"""Bodies of HTTP responses, as data or text to be looked at: never more of them than can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import weight, wire

if TYPE_CHECKING:
    import httpx

MAX_DECODED_BYTES: Final = 4 * 2**20  # of JSON that is laid out
MAX_DECODED_WEIGHT: Final = 16 * 2**20  # bytes of memory that it takes as data, which may be fifty times its text
CHARACTER_BYTES: Final = 4  # of the widest character
ENCODINGS: Final = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1", "latin-1", "windows-1252"})


def says_json(response: httpx.Response) -> bool:
    """Whether an answer says that its body is JSON."""
    return "json" in response.headers.get("content-type", "")


def json_of(response: httpx.Response) -> object:
    """Return the JSON data of a body; ValueError where it is none, or too much to be decoded for a look."""
    content = response.content
    if not says_json(response):
        raise ValueError("The body is not said to be JSON")
    if len(content) > MAX_DECODED_BYTES:
        raise ValueError(f"The body is not laid out: it has more than {MAX_DECODED_BYTES:,} bytes")
    try:
        weight.check_weight(content, MAX_DECODED_WEIGHT)
    except ValueError as error:
        raise ValueError(f"The body is not laid out: it has {error}") from None
    try:
        return wire.decode_json(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"The body is not JSON: {error}") from None


def text_of(response: httpx.Response, limit: int) -> str:
    """Return the beginning of a body as text, cut after ``limit`` characters with a word on the rest."""
    content = response.content
    name = response.charset_encoding or ""
    text = content[: limit * CHARACTER_BYTES].decode(name if name.lower() in ENCODINGS else "utf-8", "replace")
    if len(content) <= limit * CHARACTER_BYTES and len(text) <= limit:
        return text
    return f"{text[:limit]} …(of {len(content):,} bytes)"
