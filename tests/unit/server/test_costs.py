"""Every function of the HTTP rooms that takes text: four times the text costs at most eight times the processor time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scopebox.errors import DirectusError
from scopebox.registry.registrations import Returned
from scopebox.registry.routes import PathPattern, PathTable, words_of
from scopebox.server import (
    absent_routes,
    answers,
    bodies,
    handler_answers,
    items_api,
    json_body,
    json_errors,
    methods,
    paths,
    query_string,
)
from scopebox.server.guard import Guard
from scopebox.urls.re2 import Re2
from starlette.datastructures import Headers
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


def told(returned: Returned) -> object:
    try:
        return handler_answers.answer_of(returned)
    except handler_answers.HandlerResultError as error:
        return error


def form_with(kind: str, encoding: str = "") -> json_body.Form:
    return json_body.form_of(Headers({"content-length": "1", "content-type": kind, "content-encoding": encoding}))


def plain_json(text: str, charset: str) -> bytearray:
    form = json_body.Form(is_json=True, charset=charset)
    return asyncio.run(json_body.plain_json(body_of(text), form, bodies.MAX_BODY_BYTES, asyncio.Lock()))


def refused(function: Callable[[str], object]) -> Callable[[str], object]:
    def call(text: str) -> object:
        try:
            return function(text)
        except DirectusError as error:
            return error

    return call


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "pattern": PathPattern.parse,
    "words": words_of,
    "find": lambda text: TABLE.find(f"/{text}"),
    "mount": paths.mount_of,
    "parts": lambda text: paths.parts_of(f"/{text}"),
    "parameter": refused(paths.parameter),
    "methods": refused(lambda text: methods.methods_of("items", f"/{text}")),
    "tags": lambda text: answers.is_kept(Headers({"if-none-match": text, "cache-control": text}), "GET", 200, 'W/"x"'),
    "syntax": json_errors.syntax_error,
    "broken": lambda text: json_errors.body_error(f"[{text}"),
    "broken string": lambda text: json_errors.body_error(f'["{text}'),
    "query": query_string.parse_query,
    "name": lambda text: query_string.parse_query(f"{text}=1"),
    "value": lambda text: query_string.parse_query(f"a[b]={text}"),
    "kind": refused(form_with),
    "parameters": refused(lambda text: form_with(f"{JSON}; {text}")),
    "encoding": refused(lambda text: form_with(JSON, encoding=text)),
    "json": refused(lambda text: json_body.read_json(body_of(text))),
    "list": refused(lambda text: json_body.read_json(body_of(f"[{text}]"))),
    "string": refused(lambda text: json_body.read_json(body_of(f'["{text}"]'))),
    "object": refused(lambda text: json_body.json_object(body_of(f'["{text}"]'))),
    "plain": refused(lambda text: plain_json(text, "utf-8")),
    "recoded": refused(lambda text: plain_json(text, "utf-7")),
    "text": refused(lambda text: bodies.json_text(body_of(text))),
    "batch": lambda text: bodies.check_batch({"keys": list(text[:200_000]), text: 1}, "read"),
    "segments": refused(lambda text: items_api._segments("items", f"/{text}")),
    "missing": lambda text: absent_routes.route_not_found(Request(scope_with(path=f"/{text}"))),
    "host": lambda text: guarded("host", text),
    "origin": lambda text: guarded("origin", text),
    "site": lambda text: guarded("sec-fetch-site", text),
    "status": lambda text: told(Returned({"status": text, "body": ""})),
    "body": lambda text: handler_answers.answer_of(Returned({"status": 200, "body": text})),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_four_times_the_text_costs_no_more_than_eight_times_the_time(name: str) -> None:
    assert not worse_than_linear(FUNCTIONS[name], after="", atoms=ATOMS, small=SMALL)
