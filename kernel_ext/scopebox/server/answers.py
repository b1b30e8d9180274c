"""Answers that hold data, and how a client can keep them: entity tags, and the headers that a Directus sends along."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha1
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.server.error_shapes import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import Headers

KEPT: Final = {"cache-control": "no-cache", "vary": "Origin, Cache-Control"}
"""What the answers of a Directus say about caches, its files among them."""
HTML: Final = "text/html; charset=utf-8"
MAX_TAGS_CHARACTERS: Final = 8_000  # of the tags that a client says it has
_SUCCESSFUL: Final = range(200, 300)
_NOT_MODIFIED: Final = 304
_WEAK: Final = "W/"
_NO_CACHE: Final = re.compile(r"(?:^|,)\s*+no-cache\s*+(?:,|$)")


class DataResponse(Response):
    """An answer with JSON, whose body is in ``pieces``: put together, a large one would be in memory twice. Each goes when it is sent."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        super().__init__(media_type=JSON, headers={**KEPT, "content-length": str(sum(map(len, pieces)))})


def data_response(data: list[bytes], meta: dict[str, int] | None = None) -> Response:
    """Return the answer that holds ``data``, the pieces of a JSON text, which it takes over, and counts."""
    data.insert(0, b'{"meta":' + msgspec.json.encode(meta) + b',"data":' if meta else b'{"data":')
    data.append(b"}")
    return DataResponse(data)


def nothing() -> Response:
    """Return the answer to what was done and has nothing to show."""
    return Response(status_code=204, headers=KEPT)


def text_response(text: str) -> Response:
    """Return a text of this server; Express sends it as HTML."""
    return Response(text.encode(), media_type=HTML)


def options_response(methods: list[str]) -> Response:
    """Return the answer of Express to an OPTIONS: the methods of the routes that there are."""
    response = text_response(",".join(methods))
    response.headers["allow"] = ",".join(methods)
    return response


def tag_of(body: Iterable[bytes]) -> str:
    """Return the weak entity tag that Express gives a body, which is in pieces."""
    seen, size = sha1(usedforsecurity=False), 0
    for piece in body:
        seen.update(piece)
        size += len(piece)
    digest = b64encode(seen.digest())[:27].decode()
    return f'{_WEAK}"{size:x}-{digest}"'


def is_kept(headers: Headers, method: str, status: int, tag: str) -> bool:
    """Whether the client has this answer already, by what its request says, so that 304 is all it needs."""
    if method not in ("GET", "HEAD") or not (status in _SUCCESSFUL or status == _NOT_MODIFIED):
        return False
    known = headers.get("if-none-match", "")[:MAX_TAGS_CHARACTERS]
    if not known or headers.get("if-modified-since") or _NO_CACHE.search(headers.get("cache-control", "")[:1_000]):
        return False  # no answer has a time of its last change
    plain = tag.removeprefix(_WEAK)
    return known == "*" or (bool(tag) and any(one.strip(" ").removeprefix(_WEAK) == plain for one in known.split(",")))
