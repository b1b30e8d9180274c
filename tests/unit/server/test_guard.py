"""Who may send to a served sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from scopebox.server.guard import Guard
from starlette.responses import PlainTextResponse

FRONT = "https://front.example"
HOST = "127.0.0.1:8055"
LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-user": "?1"}


def status(method: str, headers: Mapping[str, str], *cors: str, host: str = HOST) -> int:
    async def work() -> int:
        transport = httpx.ASGITransport(Guard(PlainTextResponse("reached"), cors))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            response = await client.request(method, "/x", headers=headers)
        if response.status_code != 200 and method != "HEAD":
            assert response.json()["errors"][0]["extensions"]["code"]
        return response.status_code

    return asyncio.run(work())


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "SEARCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": f"http://{HOST}"},
        {"origin": f"http://{HOST}"},
    ],
)
def test_programs_and_own_pages_may_send(method: str, headers: dict[str, str]) -> None:
    assert status(method, headers) == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "SEARCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8888"},
        {"sec-fetch-site": "Same-Origin "},
        {"sec-fetch-site": ""},
        {"sec-fetch-site": "same-origin, cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8888"},
        {"origin": f"https://{HOST}"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", **LINK, "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site", **LINK, "sec-fetch-user": "?0"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"sec-fetch-site": "cross-site", **LINK, "sec-fetch-mode": "no-cors"},
    ],
)
def test_pages_of_other_origins_may_not(method: str, headers: dict[str, str]) -> None:
    assert status(method, headers) == 403
    assert status(method, headers, FRONT) == 403


def test_a_link_that_a_person_follows_opens_and_sends_nothing_else() -> None:
    for site in ("cross-site", "same-site"):
        assert status("GET", {"sec-fetch-site": site, **LINK}) == 200
        assert status("POST", {"sec-fetch-site": site, **LINK}) == 403
        assert status("HEAD", {"sec-fetch-site": site, **LINK}) == 403


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}])
def test_pages_of_an_origin_that_was_named_may_send(headers: dict[str, str]) -> None:
    assert status("POST", {**headers, "origin": FRONT}, FRONT) == 200
    assert status("POST", {**headers, "origin": "https://evil.example"}, FRONT) == 403
    assert status("POST", {**headers, "origin": "https://evil.example"}, "*") == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8888", "null"])
@pytest.mark.parametrize("site", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_what_a_browser_asks_before_is_answered_and_allows_nothing(origin: str, site: dict[str, str]) -> None:
    asking = {**site, "origin": origin, "access-control-request-method": "POST"}
    assert status("OPTIONS", asking) == 200
    for method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "SEARCH"):
        assert status(method, asking) == 403
    assert status("OPTIONS", {**asking, "host": "evil.example"}) == 400


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.", "[::1]", "evil.example:80"])
def test_another_host_is_refused(host: str) -> None:
    assert status("GET", {"host": host}) == 400
