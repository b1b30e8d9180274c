from __future__ import annotations

import asyncio

import httpx
import pytest
from scopebox.errors import ExtensionError
from scopebox.network.outgoing import Outgoing
from scopebox.network.transport import Network
from scopebox.settings import Settings
from scopebox.urls.url import parse_url

from tests.loopback_server import loopback

SETTINGS = Settings(request_seconds=2)


def test_the_connection_goes_to_the_address_and_the_headers_name_the_host() -> None:
    async def run() -> None:
        async with loopback() as server:
            outgoing = Outgoing("GET", parse_url(f"http://api.test:{server.port}/a%2Fb?c=[1]"), {})
            answer = await Network(SETTINGS).send(outgoing, {}, ["127.0.0.1"])
            assert (answer.status, answer.reason, answer.body) == (200, "OK", b"pong")
            assert server.requests[0].startswith(f"GET /a%2Fb?c=%5B1%5D HTTP/1.1\r\nhost: api.test:{server.port}\r\n")

    asyncio.run(run())


def test_the_next_address_is_tried_only_if_nothing_was_sent() -> None:
    async def run() -> None:
        async with loopback({"/broken": b""}) as server:
            url = f"http://api.test:{server.port}"
            answer = await Network(SETTINGS).send(
                Outgoing("GET", parse_url(url), {}), {}, ["127.0.0.9", "::1", "127.0.0.1"]
            )
            assert answer.status == 200
            broken = Outgoing("POST", parse_url(f"{url}/broken"), {})
            with pytest.raises(ExtensionError, match="sent an invalid HTTP response, or closed the connection"):
                await Network(SETTINGS).send(broken, {}, ["127.0.0.1", "127.0.0.1"])
            assert len(server.requests) == 2

    asyncio.run(run())


def test_a_server_that_speaks_no_tls_is_an_ordinary_failure() -> None:
    async def run() -> None:
        async with loopback() as server:
            outgoing = Outgoing("GET", parse_url(f"https://api.test:{server.port}/"), {})
            with pytest.raises((ExtensionError, TimeoutError)):
                await Network(Settings(request_seconds=0.3)).send(outgoing, {}, ["127.0.0.1"])

    asyncio.run(run())


def test_a_certificate_has_to_be_that_of_the_name_and_not_of_the_address() -> None:
    seen: list[httpx.Request] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        return httpx.Response(204)

    network = Network(SETTINGS, httpx.MockTransport(answer))
    for url in ("https://api.test/", "https://93.184.216.34/"):
        asyncio.run(network.send(Outgoing("GET", parse_url(url), {}), {}, []))
    assert [sent.extensions.get("sni_hostname") for sent in seen] == ["api.test", None]
