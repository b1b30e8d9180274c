"""HTTP answers, for ``%sandbox request``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.errors.traceback_lines import render
from scopebox.network.response import reason_of
from scopebox.text.literals import json_text
from scopebox.views.items import is_items, items_table
from scopebox.views.parts import BLOCK, Block, Line, Part, Table, View
from scopebox.workbench.response_bodies import json_of, text_of

if TYPE_CHECKING:
    import httpx

    from scopebox.errors import ScopeboxError
    from scopebox.network.mocks import Mocks

_FAILED: Final = 400  # the lowest status that is an error


@dataclass(frozen=True, slots=True)
class JsonBody:
    """The body of an answer: JSON, and as HTML a table where it is nothing but items."""

    value: object

    def text(self) -> str:
        """Return JSON."""
        return self._block().text()

    def html(self) -> str:
        """Return a table of the items, or JSON."""
        value = self.value
        data = value["data"] if isinstance(value, dict) and value.keys() == {"data"} else value
        return items_table(data) if is_items(data) else self._block().html()

    def _block(self) -> Block:
        return Block(json_text(self.value))


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
    except ValueError:
        return (Block(text_of(response, BLOCK)),)
