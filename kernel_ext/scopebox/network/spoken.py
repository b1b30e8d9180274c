"""What a response says, as text and without the secrets that its request carried: for the guest, and for what is kept of it.

A body may be large, and secrets from end to end, so it is read in pieces, and between them others have their turn.
"""

from __future__ import annotations

import asyncio
import codecs
from collections import defaultdict
from typing import TYPE_CHECKING

from scopebox.network.redaction import PIECE_BYTES, Redactor
from scopebox.network.response import pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from scopebox.network.redaction import Redaction
    from scopebox.network.response import Response


async def body_of(answer: Response, redaction: Redaction) -> AsyncIterator[bytes]:
    """Yield the body as UTF-8, in pieces, decoded as the response says."""
    redactor = Redactor(redaction)
    decoder = codecs.getincrementaldecoder(answer.codec)("replace")
    for piece in pieces(answer.body, PIECE_BYTES) if redaction else pieces(answer.body):
        yield redactor.feed(decoder.decode(piece).encode("utf-8", "surrogatepass"))
        await asyncio.sleep(0)
    yield redactor.feed(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"), last=True)


async def lines_of(texts: Iterable[str], redaction: Redaction) -> list[str]:
    """Return names and values of headers, and other texts of a line each."""
    redactor, parts = Redactor(redaction), []
    for piece in pieces(
        "\n".join(text.replace("\n", " ") for text in texts).encode("utf-8", "surrogatepass"), PIECE_BYTES
    ):
        parts.append(redactor.feed(bytes(piece)))
        await asyncio.sleep(0)
    parts.append(redactor.feed(b"", last=True))
    return b"".join(parts).decode("utf-8", "surrogatepass").split("\n")


def headers_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the headers of which ``lines`` are names and values in turn; those of one name are joined, as a Directus joins them."""
    headers = defaultdict(list)
    for name, value in zip(lines[::2], lines[1::2], strict=True):
        headers[name].append(value)
    return {name: ", ".join(values) for name, values in headers.items()}
