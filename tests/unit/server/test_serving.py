"""Serving over real HTTP: loopback only, Host checked, no CORS unless asked for."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from scopebox import Sandbox, Store
from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.server import connections
from scopebox.server.bodies import MAX_BODY_BYTES
from scopebox.server.connections import MAX_CONNECTIONS
from scopebox.server.serving import Server
from scopebox.settings import Settings

PATIENCE = 30.0  # seconds; nothing healthy comes near

NAME = "directus-extension-a"
SOURCE = (
    "await exec('register-endpoint', {'path': '/echo', 'method': 'POST', 'handler': lambda r: {'status': 200, 'body': r['body']}})\n"
    "await exec('register-endpoint', {'path': '/headers', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': r['headers']}})"
)
ROUTER = "def default(router):\n    router.post('/x', lambda r: {'status': 200, 'body': r['body']})\n"


@pytest.fixture
def large(pool: IsolatePool) -> Iterator[Sandbox]:
    """A sandbox that takes bodies as large as the setting allows."""
    with Sandbox(Store.sample("blog"), pool=pool, settings=Settings(body_bytes=MAX_BODY_BYTES)) as box:
        yield box


def _admin(box: Sandbox) -> dict[str, str]:
    token = next(user.token for user in box.store.access.users.values() if user.token and user.admin)
    return {"authorization": f"Bearer {token}"}


def test_an_endpoint_answers_over_http(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)
    server = box.serve()
    response = httpx.post(f"{server.url}/{NAME}/echo", content="hi", trust_env=False, verify=False)
    assert (response.status_code, response.text) == (200, "hi")
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False, verify=False)


def test_the_items_api_answers_over_http(box: Sandbox) -> None:
    server = box.serve()
    response = httpx.get(f"{server.url}/items/articles?limit=1", trust_env=False, verify=False)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_another_host_name_is_refused(box: Sandbox) -> None:
    server = box.serve()
    response = httpx.get(
        f"{server.url}/items/articles", headers={"host": "evil.example"}, trust_env=False, verify=False
    )
    assert response.status_code == 400


def test_no_page_of_another_origin_may_read_unless_it_is_named(box: Sandbox) -> None:
    origin = {"origin": "https://front.example"}
    closed = httpx.get(f"{box.serve().url}/server/ping", headers=origin, trust_env=False, verify=False)
    assert "access-control-allow-origin" not in closed.headers
    opened = httpx.get(f"{box.serve(cors=('https://front.example',)).url}/server/ping", headers=origin, trust_env=False)
    assert opened.headers["access-control-allow-origin"] == "https://front.example"


def test_the_answer_before_a_request_tells_the_methods_and_allows_no_origin(box: Sandbox) -> None:
    asking = {"origin": "https://front.example", "access-control-request-method": "POST"}
    answer = httpx.options(f"{box.serve().url}/items/articles", headers=asking, trust_env=False, verify=False)
    assert (answer.status_code, answer.text) == (200, "POST,SEARCH,GET,HEAD,PATCH,DELETE")
    assert not [name for name in answer.headers if name.startswith("access-control")]


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
    response = box.request("POST", f"/{NAME}/echo", content=b"x" * (2**20 + 1))
    assert response.json()["errors"][0]["message"] == "Invalid payload. request entity too large."


def test_the_limit_of_bodies_can_be_set(large: Sandbox) -> None:
    large.load(SOURCE, name=NAME)
    answers = [large.request("POST", f"/{NAME}/echo", content=b"x" * size) for size in (2**21, MAX_BODY_BYTES + 1)]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_the_application_can_be_served_by_another_loop(box: Sandbox) -> None:
    box.load(SOURCE, name=NAME)

    async def scenario() -> httpx.Response:
        transport = httpx.ASGITransport(box.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://other.test") as client:
            return await client.post(f"/{NAME}/echo", content="hi")

    response = asyncio.run(scenario())
    assert (response.status_code, response.text) == (200, "hi")


def test_a_port_that_is_taken_is_named_with_a_way_on(box: Sandbox) -> None:
    server = box.serve()
    with pytest.raises(ScopeboxError) as caught:
        box.serve(server.port)
    assert caught.value.message == f"Port {server.port} cannot be served: Address already in use"
    assert caught.value.hint == "Port 0 takes a free one."


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EADDRINUSE, "Address already in use (while attempting to bind on address ('127.0.0.1', 0))"),
        PermissionError(
            errno.EACCES, "An attempt was made to access a socket in a way forbidden by its access permissions"
        ),
    ],
    ids=["no free port", "a firewall"],
)
def test_where_no_port_can_be_had_it_is_said_where_to_look(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(
        ScopeboxError, match=r"No port of 127\.0\.0\.1 can be served: .*(already in use|permissions)\n"
    ) as caught:
        box.serve()
    assert "netstat -an" in caught.value.hint
    assert "firewall" in caught.value.hint


def _connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE)


def _said(connection: socket.socket) -> bytes:
    """Return what the server says until it closes the connection."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def _ping(server: Server) -> float:
    """Return how long an honest client waits for its answer."""
    started = time.monotonic()
    assert httpx.get(f"{server.url}/server/ping", trust_env=False, verify=False, timeout=PATIENCE).text == "pong"
    return time.monotonic() - started


@pytest.mark.usefixtures("parser")
class TestAnAnswerAlwaysArrives:
    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            ("{'status': 999, 'body': 'x'}", 999), ("{'status': 600, 'body': ''}", 600), ("{'status': 200.9, 'body': 'x'}", 200),
            ("{'status': 1000, 'body': 'x'}", 500), ("{'status': 99, 'body': 'x'}", 500), ("{'status': 100, 'body': 'x'}", 500),
            ("{'status': -200, 'body': 'x'}", 500), ("{'status': 2 ** 62, 'body': 'x'}", 500), ("{'status': 0, 'body': 'x'}", 500),
            ("{'status': [200], 'body': 'x'}", 200), ("{'status': [200, 1], 'body': 'x'}", 500), ("{'status': {'a': 1}, 'body': 'x'}", 500), ("{'body': 'x'}", 500),
            ("{'status': '9' * 100000, 'body': 'x'}", 500), ("{'status': 200, 'body': 10 ** 30}", 500), ("7", 500), ("None", 500),
        ],
    )  # fmt: skip
    def test_whatever_status_a_handler_returns(self, box: Sandbox, answer: str, status: int) -> None:
        source = f"await exec('register-endpoint', {{'path': '/', 'method': 'GET', 'handler': lambda r: {answer}}})"
        box.load(source, name=NAME)
        response = httpx.get(f"{box.serve().url}/{NAME}/", trust_env=False, verify=False)
        assert response.status_code == status
        if status == 500:
            assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
            assert [record.level for record in box.log] == ["error"]

    def test_when_the_handler_dies(self, box: Sandbox) -> None:
        source = (
            "def h(r):\n    while True:\n        pass\n"
            "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': h})"
        )
        box.load(source, name=NAME)
        server = box.serve()
        for _ in range(2):  # the second time it is gone
            response = httpx.get(f"{server.url}/{NAME}/", trust_env=False, verify=False, timeout=PATIENCE)
            assert response.status_code == 500
            assert response.json()["errors"]
        assert len(box.log) == 2

    def test_when_something_breaks_that_nobody_foresaw(
        self, box: Sandbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("nobody foresaw it")

        monkeypatch.setattr(type(box.store.reader), "check", broken)
        server = box.serve()
        response = httpx.get(f"{server.url}/items/articles?limit=1", headers=_admin(box), trust_env=False, verify=False)
        assert response.status_code == 500
        assert response.json()["errors"] == [
            {"message": "nobody foresaw it", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        ]
        assert [record.message for record in box.log] == ["GET /items/articles: ZeroDivisionError: nobody foresaw it"]
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n\xff\r\n\r\n", 400), (b"\x16\x03\x01\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400), (b"GET /" + b"a" * 100_000, 431),
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + b"a: b\r\n" * 1000 + b"\r\n", 431),
            (b"FOO /items/articles HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),  # as by Node
            (b"PROPFIND /items/articles HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
            (b"GET /items/a%0Ab HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403),
            (b"GET //[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
            (b"GET " + b"/a" * 65 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 414),
            (b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", 404),
        ],
    )  # fmt: skip
    def test_to_whatever_a_client_sends(
        self, box: Sandbox, capfd: pytest.CaptureFixture[str], sent: bytes, status: int
    ) -> None:
        with _connected(box.serve()) as connection:
            connection.sendall(sent)
            said = _said(connection)
        head, _, body = said.partition(b"\r\n\r\n")
        assert int(head.split()[1]) == status
        assert json.loads(body)["errors"][0]["extensions"]["code"]
        assert capfd.readouterr().err == ""

    def test_a_client_that_goes_away_in_the_middle_is_nobody_elses_trouble(
        self, box: Sandbox, capfd: pytest.CaptureFixture[str]
    ) -> None:
        box.load(SOURCE, name=NAME)
        server = box.serve()
        for part in (
            b"POST /",
            f"POST /{NAME}/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf".encode(),
        ):
            for _ in range(20):
                with _connected(server) as connection:
                    connection.sendall(part)
        _ping(server)
        assert len(box.log) == 0
        assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("parser")
class TestSlowClients:
    def test_slow_heads_leave_room_for_others(self, box: Sandbox) -> None:
        server = box.serve()
        slow = [_connected(server) for _ in range(MAX_CONNECTIONS)]
        for connection in slow:
            connection.sendall(b"GET /server/ping HTTP/1.1\r\nHost: loc")
        _ping(server)
        for connection in slow:
            connection.close()

    def test_slow_bodies_leave_room_for_others(self, large: Sandbox) -> None:
        large.load(SOURCE, name=NAME)
        server = large.serve()
        head = f"POST /{NAME}/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MAX_BODY_BYTES}\r\n\r\n".encode()
        slow = [_connected(server) for _ in range(8)]
        for connection in slow:
            connection.sendall(head + b"x" * 2**17)
        sent = b"x" * (MAX_BODY_BYTES // 4)
        response = httpx.post(f"{server.url}/{NAME}/echo", content=sent, trust_env=False, verify=False, timeout=60)
        assert (response.status_code, len(response.content)) == (200, len(sent))
        for connection in slow:
            connection.close()

    def test_a_head_that_never_ends_is_given_up(self, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
        server = box.serve()
        with _connected(server) as connection:
            connection.sendall(b"GET /server/ping HTTP/1.1\r\nHost: localhost\r\n\r\nG")
            assert b"pong" in _said(connection)

    def test_an_answer_that_nobody_reads_is_given_up(self, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.2)
        large = "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': 'x' * 4_000_000}})"
        box.load(large, name=NAME)
        server = box.serve()
        with _connected(server) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(f"GET /{NAME}/ HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            deadline = time.monotonic() + PATIENCE
            while server.connections and time.monotonic() < deadline:
                time.sleep(0.05)
            assert server.connections == 0


def test_a_page_of_another_site_reaches_no_handler(box: Sandbox) -> None:
    box.load(ROUTER, name=NAME, type="endpoint")
    sent = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "content-type": "text/plain;json"}
    response = httpx.post(
        f"{box.serve().url}/{NAME}/x", content=b'{"a": 1}', headers=sent, trust_env=False, verify=False
    )
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert box.endpoints[0].usage.calls == 0


@pytest.mark.parametrize(
    ("kind", "parsed"),
    [
        ("application/json", True), ("Application/JSON; charset=utf-8", True), ("application/vnd.api+json", False),
        ("text/plain;json", False), ("text/plain; a=application/json", False), ("application/jsonp", False), ("json", False),
        ("x" * 300 + "+json", False), ("multipart/form-data; boundary=json", False), ("", False),
    ],
)  # fmt: skip
def test_json_is_read_where_the_type_says_json(box: Sandbox, kind: str, parsed: bool) -> None:
    box.load(ROUTER, name=NAME, type="endpoint")
    response = box.request("POST", f"/{NAME}/x", content=b'{"a": 1}', headers={"content-type": kind})
    assert response.json() == ({"a": 1} if parsed else {})


@pytest.mark.parametrize(
    "body", [b'{"a":"\xff"}', b"{", b"nul", b"[1,]", b"[" * 100 + b"]" * 100, b"[1e999]", b'"\\ud800"']
)
def test_json_that_is_none_is_an_error_of_the_client(box: Sandbox, body: bytes) -> None:
    box.load(ROUTER, name=NAME, type="endpoint")
    kind = {"content-type": "application/json"}
    response = box.request("POST", f"/{NAME}/x", content=body, headers=kind)
    if response.status_code != 200:  # what is no UTF-8 is replaced, as in a Directus
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_PAYLOAD"


@pytest.mark.parametrize("path", [f"/{NAME}/x", "/items/articles"])
@pytest.mark.parametrize("value", [b"{}", b"[]", b'""', b"0", b'{"a":0}'])
def test_a_body_of_too_many_values_is_refused_before_it_is_decoded(large: Sandbox, path: str, value: bytes) -> None:
    box = large
    box.load(ROUTER, name=NAME, type="endpoint")
    body = b"[" + value + (b"," + value) * (MAX_BODY_BYTES // (len(value) + 1) - 2) + b"]"
    headers = {"content-type": "application/json", **_admin(box)}
    box.request("POST", path, content=b"{}", headers=headers)
    tracemalloc.start()
    response = box.request("POST", path, content=body, headers=headers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "CONTENT_TOO_LARGE"
    assert peak < 64 * 2**20


def test_a_text_that_grows_as_json_is_refused(large: Sandbox) -> None:
    large.load(SOURCE, name=NAME)
    response = large.request("POST", f"/{NAME}/echo", content=b"\x01" * MAX_BODY_BYTES)
    assert response.status_code == 413


def test_one_request_costs_little_however_many_routes_there_are(box: Sandbox) -> None:
    source = (
        "async def h(r):\n    return {'status': 200, 'body': 'hi'}\n"
        "for i in range(900):\n    await exec('register-endpoint', {'path': '/a' * 19 + '/%d' % i, 'method': 'GET', 'handler': h})\n"
    )
    box.load(source, name=NAME)
    assert box.request("GET", f"/{NAME}" + "/a" * 19 + "/899").text == "hi"
    assert box.request("GET", f"/{NAME}" + "/a" * 62).status_code == 404
    assert box.request("GET", f"/{NAME}" + "/a" * 3000).status_code == 414


def test_a_path_of_240_segments_is_not_registered(box: Sandbox) -> None:
    with pytest.raises(ExtensionError, match="240 segments, 20 are the limit"):
        box.load(
            "await exec('register-endpoint', {'path': '/a' * 239 + '/x', 'method': 'GET', 'handler': lambda r: r})",
            name=NAME,
        )
    assert box.endpoints == ()


CLOSED_MEANWHILE = """
import httpx, threading, time
from contextlib import suppress
from scopebox import Sandbox, Store
box = Sandbox(Store.sample())
slow = "async def slow(request):\\n    await exec('sleep', 9000000)\\n"
box.load(slow + "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': slow})", name="directus-extension-a", wall=300)
url = box.serve().url
def ask():
    with suppress(httpx.HTTPError):
        httpx.get(url + "/directus-extension-a/", trust_env=False, verify=False, timeout=None)
client = threading.Thread(target=ask)
client.start()
while not any(record.type == "sleep" for record in box.trace):
    time.sleep(0.01)
box.close()
client.join()
"""


def test_closing_while_requests_are_under_way_says_nothing_and_ends_them() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CLOSED_MEANWHILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
