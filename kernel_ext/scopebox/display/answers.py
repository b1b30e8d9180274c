"""HTTP answers, for ``%sandbox request``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.display.failure import render
from scopebox.display.values import Data
from scopebox.display.view import Block, Line, Part, Table, View

if TYPE_CHECKING:
    import httpx

    from scopebox.errors import ScopeboxError
    from scopebox.mocks import Mocks

_FAILED: Final = 400
_PARSED: Final = 4 * 2**20  # bytes of JSON that are laid out


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
    if "json" in response.headers.get("content-type", "") and len(response.content) <= _PARSED:
        try:
            return (Data(msgspec.json.decode(response.content)),)
        except msgspec.DecodeError:
            pass
    return (Block(response.text),)
