"""Which hub a process runs behind, and what of a request belongs to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from scopebox.server.guard import Guard
from scopebox.server.hub import BehindHub, Hub, hub_of
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

PREFIX = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada"}
HUB = Hub("/user/ada/", "https://hub.example:8443", "binder.example")


@pytest.mark.parametrize(
    ("told", "hub"),
    [
        ({}, None),
        ({"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ada/"}, None),
        (PREFIX, Hub("/user/ada/")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "https://Hub.Example/user/ada/"}, Hub("/user/ada/", "https://hub.example")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "https://hub.example:443/x"}, Hub("/user/ada/", "https://hub.example")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "http://hub.example:8000/"}, Hub("/user/ada/", "http://hub.example:8000")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "javascript:alert(1)"}, Hub("/user/ada/")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "https://[::1"}, Hub("/user/ada/")),
        ({**PREFIX, "JUPYTERHUB_PUBLIC_URL": "https://a b/"}, Hub("/user/ada/")),
        ({**PREFIX, "BINDER_LAUNCH_HOST": "https://binder.example/"}, Hub("/user/ada/", domain="binder.example")),
        ({**PREFIX, "BINDER_LAUNCH_HOST": "http://binder.example/"}, Hub("/user/ada/")),
    ],
)  # fmt: skip
def test_a_hub_is_what_the_environment_tells(told: Mapping[str, str], hub: Hub | None) -> None:
    assert hub_of(told) == hub


def test_the_address_has_the_prefix_and_the_port() -> None:
    assert HUB.address(8055) == "https://hub.example:8443/user/ada/proxy/8055"
    assert Hub("/user/ada/").address(8055) == "/user/ada/proxy/8055"
    assert any("JUPYTERHUB_PUBLIC_URL" in note for note in Hub("/user/ada/").notes)
    assert not any("JUPYTERHUB_PUBLIC_URL" in note for note in HUB.notes)


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what arrived."""
    request = Request(scope, receive)
    response = JSONResponse({"query": request.url.query, "headers": dict(request.headers)})
    response.headers["set-cookie"] = "directus_session_token=x; Max-Age=1; Path=/; HttpOnly"
    await response(scope, receive, send)


def asked(
    host: str, query: str = "", headers: Mapping[str, str] | None = None, *, hub: Hub | None = HUB, method: str = "GET"
) -> httpx.Response:
    app = Guard(BehindHub(seen, HUB, "/user/ada/proxy/1"), (), hub)

    async def work() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.invalid") as client:
            return await client.request(method, f"/x{query}", headers={"host": host, **(headers or {})})

    return asyncio.run(work())


@pytest.mark.parametrize("host", ["hub.example:8443", "HUB.example:8443", "binder.example", "one.binder.example", "127.0.0.1:1", "localhost"])  # fmt: skip
def test_the_public_host_is_served(host: str) -> None:
    assert asked(host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["hub.example", "hub.example:8444", "x.hub.example:8443", "evil.example", "xbinder.example", "binder.example.evil.example", "binder.example:1", "a b.binder.example"],
)  # fmt: skip
def test_no_other_host_is(host: str) -> None:
    assert asked(host).status_code == 400


def test_without_a_hub_its_host_is_none() -> None:
    assert asked("hub.example:8443", hub=None).status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://hub.example:8443", 200), ("http://hub.example:8443", 403), ("https://hub.example", 403), ("https://one.binder.example", 403)],
)  # fmt: skip
def test_pages_of_the_public_host_are_own_ones(origin: str, status: int) -> None:
    assert asked("hub.example:8443", headers={"origin": origin}, method="POST").status_code == status


def test_what_belongs_to_the_hub_is_taken_away_at_its_host_and_stays_elsewhere() -> None:
    sent = {
        "authorization": "token s3cret", "referer": "https://hub.example:8443/lab?token=s3cret", "x-xsrftoken": "s3cret",
        "cookie": "jupyterhub-session-id=s3cret; directus_session_token=mine; _xsrf=s3cret", "x-own": "1",
    }  # fmt: skip
    query = "?a=1&token=s3cret&%74oken=s3cret&access_token=mine&token&b=token"
    public, local = (asked(host, query, sent).json() for host in ("hub.example:8443", "127.0.0.1"))
    assert public["query"] == "a=1&access_token=mine&b=token"
    assert public["headers"]["cookie"] == "directus_session_token=mine"
    assert public["headers"]["x-own"] == "1"
    assert "s3cret" not in str(public)
    assert local["query"] == query[1:]
    assert local["headers"]["authorization"] == "token s3cret"


def test_a_cookie_is_for_this_server_alone() -> None:
    assert asked("hub.example:8443").headers["set-cookie"] == "directus_session_token=x; Max-Age=1; Path=/user/ada/proxy/1/; HttpOnly"  # fmt: skip
    assert "Path=/;" in asked("localhost").headers["set-cookie"]
