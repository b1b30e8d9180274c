"""Pages of other origins: what a browser is told by a server that names some."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from scopebox.server.cors import Cors
from starlette.responses import PlainTextResponse

FRONT = "https://front.example"


def told(method: str, origin: str, origins: tuple[str, ...] = (FRONT,), **headers: str) -> httpx.Response:
    async def work() -> httpx.Response:
        app = Cors(PlainTextResponse("x", headers=headers), origins)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.request(method, "/", headers={"origin": origin} if origin else {})

    return asyncio.run(work())


def test_a_browser_hears_before_it_sends_what_it_may_send() -> None:
    answer = told("OPTIONS", FRONT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {name: value for name, value in answer.headers.items() if name.startswith(("access", "vary"))} == {
        "access-control-allow-origin": FRONT,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET,POST,PATCH,DELETE",
        "access-control-allow-headers": "Content-Type,Authorization",
        "access-control-expose-headers": "Content-Range",
        "access-control-max-age": "18000",
        "vary": "Origin",
    }


def test_each_answer_says_who_may_read_it() -> None:
    answer = told("GET", FRONT)
    assert answer.text == "x"
    assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (FRONT, "Origin")
    assert "access-control-allow-methods" not in answer.headers


def test_what_an_answer_says_of_its_own_stays() -> None:
    assert told("GET", FRONT, vary="Origin, Cache-Control").headers["vary"] == "Origin, Cache-Control"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", FRONT + ".evil.example", FRONT.upper()])
def test_others_are_not_named(origin: str) -> None:
    assert "access-control-allow-origin" not in told("GET", origin).headers
    assert "access-control-allow-origin" not in told("OPTIONS", origin).headers


def test_all_may_be_named() -> None:
    assert told("GET", "https://any.example", ("*",)).headers["access-control-allow-origin"] == "*"
