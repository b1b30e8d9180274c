"""HTTP answers, for ``%sandbox request``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors.traceback_lines import render
from scopebox.network.response import reason_of
from scopebox.views.data import JsonBody
from scopebox.views.parts import BLOCK, Block, Line, Part, Table, View
from scopebox.workbench.response_bodies import json_of, says_json, text_of

if TYPE_CHECKING:
    import httpx

    from scopebox.errors import ScopeboxError
    from scopebox.network.mocks import Mocks

_FAILED: Final = 400  # the lowest status that is an error


def response_view(response: httpx.Response, error: ScopeboxError | None = None, step: str = "") -> View:
    """Return the status and the body of an answer, JSON as data, the error of the handler behind it, and what to try next."""
    status = response.status_code
    head = Line(f"{status} {reason_of(status)}".strip(), "failed" if status >= _FAILED else "plain")
    behind = () if error is None else (Block("\n".join(render(error))),)
    following = (Line(step, "muted"),) if step else ()
    return View((head, *_body(response), *behind, *following), response)


def mocks_view(mocks: Mocks) -> View:
    """Return what is answered in place of the network."""
    rows = [(str(mock), mock.status, mock.called) for mock in mocks]
    empty = "none, requests go to the network"
    return View((Table("Mocks", ("request", "status", "calls"), rows, empty=empty, code=(0,)),), mocks)


def _body(response: httpx.Response) -> tuple[Part, ...]:
    if not response.content:
        return ()
    try:
        return (JsonBody(json_of(response)),)
    except ValueError as error:
        why = (Line(str(error), "muted"),) if says_json(response) else ()
        return (Block(text_of(response, BLOCK)), *why)
