"""HTTP answers, for ``%sandbox request``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors.traceback_lines import render
from scopebox.views.data import Data
from scopebox.views.parts import BLOCK, Block, Line, Part, Table, View

if TYPE_CHECKING:
    import httpx

    from scopebox.errors import ScopeboxError
    from scopebox.network.mocks import Mocks

_FAILED: Final = 400
_PARSED: Final = 4 * 2**20  # bytes of JSON that are decoded to be laid out
_WIDEST: Final = 4  # bytes of a character
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1", "latin-1", "windows-1252"})
_VALUES: Final = 200_000  # values in it; each takes far more memory than its text


def response_view(response: httpx.Response, error: ScopeboxError | None = None) -> View:
    """Return the status and the body of an answer, JSON as data, and the error of the handler behind it."""
    status = response.status_code
    try:
        words = HTTPStatus(status).phrase
    except ValueError:
        words = ""
    head = Line(f"{status} {words}".strip(), "failed" if status >= _FAILED else "plain")
    behind = () if error is None else (Block("\n".join(render(error))),)
    return View((head, *_body(response), *behind), response)


def mocks_view(mocks: Mocks) -> View:
    """Return what is answered in place of the network."""
    rows = [(str(mock), mock.status, mock.called) for mock in mocks]
    empty = "none, requests go to the network"
    return View((Table("Mocks", ("request", "status", "calls"), rows, empty=empty, code=(0,)),), mocks)


def _body(response: httpx.Response) -> tuple[Part, ...]:
    if not response.content:
        return ()
    try:
        return (Data(json_of(response)),)
    except ValueError:
        return (Block(text_of(response, BLOCK)),)


def json_of(response: httpx.Response) -> object:
    """Return the JSON data of a body; ValueError where it is none, or too much to be decoded for a look."""
    content = response.content
    if "json" not in response.headers.get("content-type", ""):
        raise ValueError("The body is not said to be JSON")
    if len(content) > _PARSED or content.count(b",") > _VALUES:
        raise ValueError("The body is too large to be laid out")
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"The body is not JSON: {error}") from None


def text_of(response: httpx.Response, limit: int) -> str:
    """Return the beginning of a body as text, cut after ``limit`` characters with a word on the rest."""
    content = response.content
    name = response.charset_encoding or ""
    text = content[: limit * _WIDEST].decode(name if name.lower() in _ENCODINGS else "utf-8", "replace")
    if len(content) <= limit * _WIDEST and len(text) <= limit:
        return text
    return f"{text[:limit]} …(of {len(content):,} bytes)"
