"""Bodies of HTTP responses, as data or text to be looked at: never more of them than can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

if TYPE_CHECKING:
    import httpx

MAX_DECODED_BYTES: Final = 4 * 2**20  # of JSON that is laid out
MAX_DECODED_VALUES: Final = 200_000  # in it; each takes far more memory than its text
CHARACTER_BYTES: Final = 4  # of the widest character
ENCODINGS: Final = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1", "latin-1", "windows-1252"})


def json_of(response: httpx.Response) -> object:
    """Return the JSON data of a body; ValueError where it is none, or too much to be decoded for a look."""
    content = response.content
    if "json" not in response.headers.get("content-type", ""):
        raise ValueError("The body is not said to be JSON")
    if len(content) > MAX_DECODED_BYTES or content.count(b",") > MAX_DECODED_VALUES:
        raise ValueError("The body is too large to be laid out")
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
