"""Logging in over HTTP."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from scopebox import Sandbox, Store
from scopebox.server.routes import sessions as routes
from scopebox.server.routes.sessions import _is_email, _wrong

from tests.conformance.sequences import client_for

EMAIL, PASSWORD = "editor@blog.example", "editor-password"
HEADERS = ["accept", "accept-encoding", "connection", "host", "user-agent"]
SEEN = """
async def seen(request):
    return {"status": 200, "body": {"url": request["url"], "headers": sorted(request["headers"])}}

await exec("register-endpoint", {"method": "GET", "path": "/seen", "handler": seen})
"""


@pytest.fixture
def client(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Return a client that keeps cookies; whoever may not log in need not wait."""
    monkeypatch.setattr(routes, "WRONG_SECONDS", 0.0)
    with httpx.Client(base_url=box.serve().url, trust_env=False, timeout=30) as client:
        yield client


def login(client: httpx.Client, **more: str) -> httpx.Response:
    return client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD, **more})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def test_a_token_of_a_login_says_who_asks(client: httpx.Client) -> None:
    data = login(client).json()["data"]
    assert data.keys() == {"expires", "refresh_token", "access_token"}
    assert data["expires"] == 900_000
    bearer = {"authorization": f"Bearer {data['access_token']}"}
    me = client.get("/users/me", headers=bearer)
    assert me.json()["data"]["id"] == client.get("/users/me?access_token=editor-token").json()["data"]["id"]
    assert client.get("/items/authors?fields=email&limit=1", headers=bearer).status_code == 200
    head, claims, signature = data["access_token"].split(".")
    assert code(client.get("/users/me", headers={"authorization": f"Bearer {head}.{claims}.x{signature}"})) == (
        403,
        "INVALID_TOKEN",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, '"email" is required'),
        ([], '"value" must be of type object'),
        ({"email": "x", "password": "y"}, '"email" must be a valid email'),
        ({"email": 5}, '"email" must be a string'),
        ({"email": EMAIL}, '"password" is required'),
        ({"email": EMAIL, "password": ""}, '"password" is not allowed to be empty'),
        ({"email": EMAIL, "password": "x", "mode": "foo"}, '"mode" must be one of [cookie, json, session]'),
        ({"email": EMAIL, "password": "x", "otp": 5}, '"otp" must be a string'),
        ({"email": EMAIL, "password": "x", "more": 5}, ""),
    ],
)
def test_what_is_wrong_with_a_login_is_said_as_by_a_directus(body: object, reason: str) -> None:
    assert next(_wrong(body), "") == reason


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a@b.example", True),
        ("é@b.invalid", True),
        ("a@b", False),
        (" a@b.de", False),
        ("a@localhost", False),
        ("a" * 300 + "@b.de", False),
        (5, False),
    ],
)
def test_an_address_has_the_form_of_one(text: object, valid: bool) -> None:
    assert _is_email(text) is valid


def test_wrong_passwords_and_unknown_addresses_are_refused_alike(client: httpx.Client) -> None:
    wrong = client.post("/auth/login", json={"email": EMAIL, "password": "x"})
    unknown = client.post("/auth/login", json={"email": "nobody@blog.example", "password": PASSWORD})
    assert code(wrong) == (401, "INVALID_CREDENTIALS")
    assert wrong.content == unknown.content


def test_a_session_in_a_cookie_says_who_asks_and_ends(client: httpx.Client) -> None:
    answer = login(client, mode="session")
    assert answer.json() == {"data": {"expires": 86_400_000}}
    assert "; Path=/; " in answer.headers["set-cookie"]
    assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax")
    assert client.get("/users/me").status_code == 200
    assert client.post("/auth/refresh", json={"mode": "session"}).status_code == 200
    assert client.get("/users/me").status_code == 200
    old = dict(client.cookies)
    assert client.post("/auth/logout", json={"mode": "session"}).status_code == 204
    client.cookies.clear()
    ended = client.get("/users/me", headers={"cookie": f"directus_session_token={old['directus_session_token']}"})
    assert code(ended) == (401, "INVALID_CREDENTIALS")
    assert ended.headers["set-cookie"].startswith("directus_session_token=; Max-Age=86400; ")


def test_a_refresh_token_in_a_cookie_is_replaced(client: httpx.Client) -> None:
    assert login(client, mode="cookie").json()["data"].keys() == {"expires", "access_token"}
    first = client.cookies["directus_refresh_token"]
    assert client.post("/auth/refresh").status_code == 200
    assert client.cookies["directus_refresh_token"] != first
    assert code(client.get("/users/me")) == (401, "INVALID_CREDENTIALS")


def test_no_extension_sees_a_cookie_or_a_token(box: Sandbox, client: httpx.Client) -> None:
    box.load(SEEN, name="directus-extension-seen")
    login(client, mode="session")
    for name in ("access_token", "%61ccess_token"):
        asked = f"/directus-extension-seen/seen?a=1&{name}=editor-token&b=2"
        assert client.get(asked).json() == {"url": "/seen?a=1&b=2", "headers": HEADERS}
    bearer = {"authorization": "Bearer editor-token"}
    assert client.get("/directus-extension-seen/seen", headers=bearer).json() == {"url": "/seen", "headers": HEADERS}


def test_nothing_of_a_login_is_logged_or_traced(box: Sandbox, client: httpx.Client) -> None:
    data = login(client).json()["data"]
    client.post("/auth/login", json={"email": EMAIL, "password": "wr0ng-password"})
    client.post("/auth/refresh", json={"refresh_token": data["refresh_token"]})
    told = "".join(map(repr, (*box.log, *box.trace, box, box.store)))
    assert not any(word in told for word in (PASSWORD, "wr0ng-password", data["access_token"], data["refresh_token"]))


def test_a_made_up_administrator_is_told_by_serving(capsys: pytest.CaptureFixture[str]) -> None:
    with Store() as store, Sandbox(store) as box:
        store.create_collection("notes", ["text"])
        url = box.serve().url
        said = capsys.readouterr().out
        token = said.strip().rpartition(" ")[2]
        bearer = {"authorization": f"Bearer {token}"}
        assert httpx.get(f"{url}/items/notes", headers=bearer, trust_env=False).json() == {"data": []}
        assert (
            httpx.get(f"{url}/users/me", headers=bearer, trust_env=False).json()["data"]["email"] == "admin@example.com"
        )
        assert httpx.get(f"{url}/items/notes", trust_env=False).status_code == 403


def test_whoever_asks_for_another_password_is_answered_alike(client: httpx.Client) -> None:
    for email in (EMAIL, "nobody@blog.example"):
        assert client.post("/auth/password/request", json={"email": email}).status_code == 204
    assert code(client.post("/auth/password/request", json={})) == (400, "INVALID_PAYLOAD")


def test_nothing_that_was_sent_is_held_while_whoever_may_not_log_in_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    content = f'{{"email": "{EMAIL}", "password": "x", "more": [{"0," * 20_017}0]}}'
    query = "&".join(f"filter[_or][{at}][title][_eq]=x" for at in range(431))
    found: list[object] = []

    async def sleep(_: float) -> None:
        found.extend(one for one in gc.get_objects() if isinstance(one, list) and len(one) in (431, 20_018))

    async def refused(store: Store) -> int:
        async with client_for(store) as client:
            headers = {"content-type": "application/json"}
            return (await client.post(f"/auth/login?{query}", content=content, headers=headers)).status_code

    with Store() as store:
        gc.collect()
        monkeypatch.setattr(routes, "asyncio", SimpleNamespace(sleep=sleep))
        assert asyncio.run(refused(store)) == 401
    assert found == []
