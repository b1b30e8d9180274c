"""Every function of the HTTP rooms that takes text: four times the text costs at most eight times the processor time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scopebox.registry.registrations import Returned
from scopebox.registry.routes import PathPattern, PathTable, words_of
from scopebox.server import absent_routes, bodies, endpoints, items_api, query_string
from scopebox.server.guard import Guard
from scopebox.urls.re2 import Re2
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

from tests.growth import worse_than_linear

ATOMS = ["a", "/", "%", "%61", "[", "[a]", "&", "a=1&", ";", " ", "\x00", '"', "\\", "{},", "\U0001f600", "*/"]
SMALL = 4_000  # characters


def scope_with(path: str = "/items/x", query: str = "", name: str = "x", value: str = "") -> Scope:
    headers = [(b"host", b"localhost"), (name.encode(), value.encode("utf-8", "replace"))]
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers,
    }  # fmt: skip


def guarded(name: str, text: str) -> None:
    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    asyncio.run(Guard(PlainTextResponse(""), (text,))(scope_with(name=name, value=text), receive, send))


def body_of(text: str) -> bytearray:
    return bytearray(text.encode()[: bodies.MAX_BODY_BYTES])


def table(*texts: str) -> PathTable[str]:
    made: PathTable[str] = PathTable(Re2())
    for text in texts:
        made.add(PathPattern.parse(text), text)
    return made


TABLE = table("/:a?/:b?/*/c", "/*/a", "/a/*", "/:a/:b/:c", "/:a-:b-:c", "/:id((a|aa)+)", "/ab*cd")
JSON = "application/json"
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "pattern": PathPattern.parse,
    "words": words_of,
    "find": lambda text: TABLE.find(f"/{text}"),
    "extension": endpoints.extension_of,
    "query": query_string.parse_query,
    "name": lambda text: query_string.parse_query(f"{text}=1"),
    "value": lambda text: query_string.parse_query(f"a[b]={text}"),
    "kind": lambda text: bodies.is_json(Request(scope_with(name="content-type", value=text))),
    "json": lambda text: bodies.read_json(Request(scope_with(name="content-type", value=JSON)), body_of(text)),
    "list": lambda text: bodies.read_json(Request(scope_with(name="content-type", value=JSON)), body_of(f"[{text}]")),
    "string": lambda text: bodies.read_json(
        Request(scope_with(name="content-type", value=JSON)), body_of(f'["{text}"]')
    ),
    "readable": lambda text: bodies.readable(body_of(text)),
    "text": lambda text: bodies.json_text(body_of(text)),
    "batch": lambda text: bodies.check_batch({"keys": list(text[:200_000]), text: 1}, "read"),
    "segments": lambda text: items_api._segments(Request(scope_with(path=f"/items/{text}"))),
    "missing": lambda text: absent_routes.route_not_found(Request(scope_with(path=f"/{text}"))),
    "host": lambda text: guarded("host", text),
    "origin": lambda text: guarded("origin", text),
    "site": lambda text: guarded("sec-fetch-site", text),
    "status": lambda text: endpoints._response(Returned({"status": text, "body": ""})),
    "body": lambda text: endpoints._response(Returned({"status": 200, "body": text})),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_four_times_the_text_costs_no_more_than_eight_times_the_time(name: str) -> None:
    assert not worse_than_linear(FUNCTIONS[name], after="", atoms=ATOMS, small=SMALL)
