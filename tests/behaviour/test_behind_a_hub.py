"""A sandbox that is served behind a hub, through a real jupyter-server-proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import Sandbox, Store
from scopebox.isolate.pool import IsolatePool
from scopebox.server.serving import Server
from scopebox.store.sources.sample import EDITOR

from tests.jupyter_proxy import USER, JupyterProxy, needs_the_proxy

NAME = "directus-extension-hello"
ECHO = """
export default (router) => {
	router.get('/seen', ({ url, headers }) => ({ status: 200, body: { url, headers } }));
	router.post('/seen', ({ body }) => ({ status: 201, body }));
};
"""
OPENED = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProxy]:
    """Return the server of a user of a hub."""
    needs_the_proxy()
    with JupyterProxy(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def server(proxy: JupyterProxy, pool: IsolatePool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a sandbox that is served there."""
    for name, value in proxy.environment.items():
        monkeypatch.setenv(name, value)
    with Store.sample() as store, Sandbox(store, pool=pool) as box:
        box.load(ECHO, name=NAME, language="js", type="endpoint")
        yield box.serve()


def test_a_page_opens_at_the_address_that_is_printed(proxy: JupyterProxy, server: Server) -> None:
    assert server.public_url == f"{proxy.origin}{USER}proxy/{server.port}"
    with proxy.client(**OPENED) as client:
        assert client.get(f"{server.public_url}/server/info").json()["data"]["project"]["project_name"]


def test_a_client_says_whose_it_is_by_access_token(proxy: JupyterProxy, server: Server) -> None:
    articles = f"{server.public_url}/items/articles"
    with proxy.client() as client:
        assert client.get(articles, params={"limit": 1, "access_token": "editor-token"}).json()["data"]
        assert client.get(articles, params={"access_token": "wrong"}).status_code == 401
        made = client.post(articles, params={"access_token": "editor-token"}, json={"title": "by a client"})
        assert made.json()["data"]["title"] == "by a client", made.text
    with proxy.client(Authorization="token wrong") as client:
        assert client.get(articles, params={"access_token": "editor-token"}).is_redirect  # to the login of the hub


def test_an_endpoint_answers_and_sees_nothing_of_the_hub(proxy: JupyterProxy, server: Server) -> None:
    place = f"{server.public_url}/{NAME}/seen"
    with proxy.client(Referer=f"{proxy.origin}{USER}lab?token={proxy.token}", Cookie="jupyterhub-session-id=s3cret") as client:  # fmt: skip
        answer = client.get(f"{place}?a=1&token={proxy.token}&b=%20")
        assert answer.json()["url"] == "/seen?a=1&b=%20"
        assert proxy.token not in answer.text
        assert "s3cret" not in answer.text
        answer = client.post(place, json={"a": 1}, headers={"Origin": proxy.origin, "Sec-Fetch-Site": "same-origin"})
        assert (answer.status_code, answer.json()) == (201, {"a": 1})


def test_a_foreign_page_and_a_foreign_host_are_refused(proxy: JupyterProxy, server: Server) -> None:
    place = f"{server.public_url}/{NAME}/seen"
    with proxy.client() as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
            answer = client.post(place, json={}, headers=headers)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
        answer = client.post(place, json={}, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_PAYLOAD")


def test_a_session_lives_in_a_cookie_of_this_server_alone(proxy: JupyterProxy, server: Server) -> None:
    login = {"email": "editor@blog.example", "password": "editor-password", "mode": "session"}
    with proxy.client() as client:
        answer = client.post(f"{server.public_url}/auth/login", json=login)
        assert answer.is_success, answer.text
        assert f"Path={USER}proxy/{server.port}/;" in answer.headers["set-cookie"]
        me = client.get(f"{server.public_url}/users/me", params={"fields": "id"})
        assert me.json() == {"data": {"id": EDITOR}}
