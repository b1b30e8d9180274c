"""Serving over real HTTP: loopback only, Host checked, no CORS unless asked for."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from scopebox import Sandbox

NAME = "directus-extension-a"
SOURCE = (
    "await exec('register-endpoint', {'path': '/echo', 'method': 'POST', 'handler': lambda r: {'status': 200, 'body': r['body']}})\n"
    "await exec('register-endpoint', {'path': '/headers', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': r['headers']}})"
)


def test_an_endpoint_answers_over_http(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)
    server = box.serve()
    response = httpx.post(f"{server.url}/{NAME}/echo", content="hi", trust_env=False)
    assert (response.status_code, response.text) == (200, "hi")
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


def test_the_items_api_answers_over_http(box: Sandbox) -> None:
    server = box.serve()
    response = httpx.get(f"{server.url}/items/articles?limit=1", trust_env=False)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_another_host_name_is_refused(box: Sandbox) -> None:
    server = box.serve()
    response = httpx.get(f"{server.url}/items/articles", headers={"host": "evil.example"}, trust_env=False)
    assert response.status_code == 400


def test_no_page_of_another_origin_may_read_unless_it_is_named(box: Sandbox) -> None:
    origin = {"origin": "https://front.example"}
    closed = httpx.get(f"{box.serve().url}/server/ping", headers=origin, trust_env=False)
    assert "access-control-allow-origin" not in closed.headers
    opened = httpx.get(f"{box.serve(cors=('https://front.example',)).url}/server/ping", headers=origin, trust_env=False)
    assert opened.headers["access-control-allow-origin"] == "https://front.example"


def test_credentials_never_reach_a_handler(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)
    token = next(user.token for user in box.store.access.users.values() if user.token)
    sent = {"cookie": "a=b", "authorization": f"Bearer {token}", "x-one": "1"}
    seen = box.request("GET", f"/{NAME}/headers", headers=sent).json()
    assert seen["x-one"] == "1"
    assert "cookie" not in seen
    assert "authorization" not in seen


def test_text_is_never_served_as_html(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)
    response = box.request("POST", f"/{NAME}/echo", content="<script>1</script>")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_is_too_large_is_refused(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)
    response = box.request("POST", f"/{NAME}/echo", content=b"x" * (9 * 2**20))
    assert response.status_code == 413


def test_the_application_can_be_served_by_another_loop(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)

    async def scenario() -> httpx.Response:
        transport = httpx.ASGITransport(box.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://other.test") as client:
            return await client.post(f"/{NAME}/echo", content="hi")

    response = asyncio.run(scenario())
    assert (response.status_code, response.text) == (200, "hi")


def test_a_port_that_is_taken_is_an_error(box: Sandbox) -> None:
    server = box.serve()
    with pytest.raises(OSError, match="in use"):
        box.serve(server.port)
