"""What a client sends that no honest one does: with either parser the same answer, and nothing that belongs to another request."""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import suppress

import pytest
from scopebox import Sandbox
from scopebox.server import connections, serving
from scopebox.server.h11_connection import H11Connection
from scopebox.server.serving import Server

pytest.importorskip("httptools")

PATIENCE = 30.0  # seconds; nothing healthy comes near
NAME = "directus-extension-a"
SOURCE = """
def told(request):
    return {'status': 200, 'body': request}
for method in ('GET', 'POST'):
    await exec('register-endpoint', {'path': '/told', 'method': method, 'handler': told})
"""
HOST = b"Host: localhost\r\n"
CLOSE = HOST + b"Connection: close\r\n"
TOLD = f"/{NAME}/told".encode()
GET, POST = b"GET " + TOLD + b" HTTP/1.1\r\n", b"POST " + TOLD + b" HTTP/1.1\r\n"
PING = b"GET /server/ping HTTP/1.1\r\n" + HOST + b"\r\n"
LAST = b"GET /server/ping HTTP/1.1\r\n" + CLOSE + b"\r\n"


def _connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE)


def _answers(server: Server, *parts: bytes) -> bytes:
    """Return what the server says to ``parts`` until it closes the connection, as the last of them asks it to."""
    said = []
    with _connected(server) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                said.append(piece)
    return b"".join(said)


def _split(said: bytes) -> list[tuple[int, bytes]]:
    """Return the status and the body of each answer."""
    found = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        found.append((status, rest[:size]))
        said = rest[size:]
    return found


def _told(server: Server, *parts: bytes) -> dict[str, object]:
    """Return what the handler was told of a request."""
    ((status, body),) = _split(_answers(server, *parts))
    assert status == 200
    request = json.loads(body)
    assert isinstance(request, dict)
    return request


SAME = {
    "order and case of headers": GET + b"X-B: 1\r\nx-a: 2\r\nX-A: 3\r\nHOST: localhost\r\nConnection: close\r\n\r\n",
    "blanks around a value": GET + CLOSE + b"A: \t b c \t \r\nB:c\r\nC:\r\nD: \t\r\nE:  \xe4 \r\n\r\n",
    "an empty header before others": GET + b"Empty:\r\nB: 1\r\n" + CLOSE + b"\r\n",
    "an empty line before": b"\r\n" + GET + CLOSE + b"\r\n",
    "a query": b"GET " + TOLD + b'?a=%20&b=/?:@[]{}|^`"<> HTTP/1.1\r\n' + CLOSE + b"\r\n",
    "a query of signs": b"GET " + TOLD + b'?a=%20&b=/?:@[]{}|^`"<>;x#y?z HTTP/1.1\r\n' + CLOSE + b"\r\n",
    "a colon in the path": b"GET //a:b@c:99999/x HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "slashes": b"GET ///" + TOLD + b"//// HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "dots": b"GET /items/../" + TOLD + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "no utf-8 in the path": b"GET /items/%ff%fe HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a broken escape in the path": b"GET /items/%zz HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "null in the path": b"GET /items/%00 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "every server": b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "http 1.0": b"GET " + TOLD + b" HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "http 1.0 without a host": b"GET " + TOLD + b" HTTP/1.0\r\n\r\n",
    "http 1.0 that would stay": b"GET " + TOLD + b" HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" * 2,
    "http 1.0 that would wait": b"POST " + TOLD + b" HTTP/1.0\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    "an upgrade": GET + HOST + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a\r\n\r\n",
    "an upgrade with a body": POST + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n" % len(PING) + PING + LAST,
    "an upgrade, chunked": POST + HOST + b"Upgrade: a\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" + LAST,
    "a body of a get": GET + HOST + b"Content-Length: %d\r\n\r\n" % len(PING) + PING + LAST,
    "chunks": POST + HOST + b'Transfer-Encoding: chunked\r\n\r\n2;a="b"\r\nhi\r\nA\r\n0123456789\r\n0;x\r\nCookie: a\r\nX: 1\r\n\r\n' + LAST,
    "trailers before another request": POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Smuggled: 1\r\n\r\n" + GET + CLOSE + b"\r\n",
    "a head answer": b"HEAD " + TOLD + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "requests behind the last one": GET + CLOSE + b"\r\n" + PING,
    "expect": POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    "expect something else": POST + CLOSE + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi",
    "many headers": GET + CLOSE + b"A: b\r\n" * 98 + b"\r\n",
    "too many headers": GET + CLOSE + b"A: b\r\n" * 99 + b"\r\n",
    "a chunk that is none": POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nno\r\n",
    "a bare line feed": GET + CLOSE + b"A: b\nB: c\r\n\r\n",
    "a head of line feeds": (GET + CLOSE + b"\r\n").replace(b"\r\n", b"\n"),
    "a bare carriage return": GET + CLOSE + b"A: b\rB: c\r\n\r\n",
    "a null": GET + CLOSE + b"A: b\x00\r\n\r\n",
    "a header that goes on": GET + CLOSE + b"A: b\r\n c\r\n\r\n",
    "a blank before the colon": GET + b"Transfer-Encoding : chunked\r\n" + CLOSE + b"\r\n",
    "two hosts": GET + CLOSE + b"Host: a\r\n\r\n",
    "two lengths": POST + CLOSE + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "a length and chunks": POST + CLOSE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LAST,
    "another coding": POST + CLOSE + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + LAST,
    "a whole address": b"GET http://localhost" + TOLD + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a whole address elsewhere": b"GET http://evil.example/ HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "another name": GET + b"Host: evil.example\r\nConnection: close\r\n\r\n",
    "connect": b"CONNECT localhost:80 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "small letters": b"get / HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "bytes in the path": b"GET /\xc3\xa4 HTTP/1.1\r\n" + CLOSE + b"\r\n",
}  # fmt: skip
"""What is sent; each is answered by 400, or as by the other parser."""


@pytest.fixture
def both(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[Server]:
    """Two servers of one sandbox, one with each parser."""
    box.load(SOURCE, name=NAME)
    servers = [box.serve()]
    monkeypatch.setattr(serving, "Parsed", H11Connection)
    return [*servers, box.serve()]


def test_both_parsers_give_the_same_answers(both: list[Server]) -> None:
    for name, sent in SAME.items():
        whole = [_split(_answers(server, sent)) for server in both]
        assert whole[0] == whole[1], name
        refused = whole[0][-1][0] in (400, 431)
        for server in both:
            said = _split(_answers(server, *(sent[at : at + 7] for at in range(0, len(sent), 7))))
            # Who goes on sending to a connection that is closed may not get to read why.
            assert said == whole[0] or (refused and not said), name


def _heads(both: list[Server], sent: bytes) -> list[list[bytes]]:
    return [
        sorted(line.lower() for line in _answers(server, sent).partition(b"\r\n\r\n")[0].split(b"\r\n"))
        for server in both
    ]


def test_both_parsers_answer_with_the_same_headers(both: list[Server]) -> None:
    for sent in (
        GET + CLOSE + b"\r\n",
        PING,
        b"HEAD / HTTP/1.1\r\n" + CLOSE + b"\r\n",
        b"GET / HTTP/1.0\r\n" + HOST + b"\r\n",
    ):
        first, second = (
            [line for line in head if not line.startswith((b"date:", b"connection:"))] for head in _heads(both, sent)
        )
        assert first == second


def test_they_differ_from_a_servers_own_words_in_nothing(both: list[Server]) -> None:
    for server in both:
        ((status, body),) = _split(_answers(server, SAME["two hosts"]))
        (error,) = json.loads(body)["errors"]
        assert (status, error["extensions"]["code"]) == (400, "INVALID_REQUEST")
        ((status, body),) = _split(_answers(server, SAME["too many headers"]))
        (error,) = json.loads(body)["errors"]
        assert (status, error["extensions"]["code"]) == (431, "HEADERS_TOO_LARGE")


@pytest.fixture
def server(box: Sandbox, parser: str) -> Server:
    """A server with one of the parsers."""
    del parser
    box.load(SOURCE, name=NAME)
    return box.serve()


def test_headers_reach_a_handler_as_they_are_meant(server: Server) -> None:
    told = _told(server, SAME["blanks around a value"])["headers"]
    assert isinstance(told, dict)
    assert {name: told[name] for name in "abcde"} == {"a": "b c", "b": "c", "c": "", "d": "", "e": "\xe4"}


def test_trailers_and_upgrades_are_no_headers_of_any_request(server: Server) -> None:
    first, second = _split(_answers(server, SAME["trailers before another request"]))
    assert (first[0], second[0]) == (200, 200)
    assert b"smuggled" not in first[1] + second[1]
    told = _told(server, SAME["an upgrade"])["headers"]
    assert isinstance(told, dict)
    assert "upgrade" not in told


def test_a_body_is_no_request(server: Server) -> None:
    (status, body), _ = _split(_answers(server, SAME["an upgrade with a body"]))
    assert (status, json.loads(body)["body"]) == (200, PING.decode())
    answers = _split(_answers(server, SAME["a body of a get"]))
    assert [answer[0] for answer in answers] == [200, 200]
    assert (json.loads(answers[0][1])["body"], answers[1][1]) == (PING.decode(), b"pong")


def test_a_client_that_asks_whether_to_go_on_is_told_so_once(server: Server) -> None:
    head = POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with _connected(server) as connection:
        connection.sendall(head)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hi")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("size", [1, 700])
def test_requests_that_come_at_once_are_answered_in_order_and_one_at_a_time(
    server: Server, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most, made = 0, connections.Connection.on_response_complete

    def counted(connection: connections.Connection) -> None:
        nonlocal most
        most = max(most, len(connection.tasks))
        made(connection)

    monkeypatch.setattr(connections.Connection, "on_response_complete", counted)
    sent = [b"GET %s?n=%d HTTP/1.1\r\n" % (TOLD, number) + HOST + b"\r\n" for number in range(60)]
    sent[20] = POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n"
    sent[40] = POST + HOST + b"Content-Length: 2\r\n\r\nhi"
    sent += [*[PING] * 800, LAST]  # more than what is read at once
    whole = b"".join(sent)
    answers = _split(_answers(server, *(whole[at : at + size * 40] for at in range(0, len(whole), size * 40))))
    assert [status for status, _ in answers] == [200] * len(sent)
    assert [json.loads(body)["url"] for _, body in answers[:20]] == [f"/told?n={number}" for number in range(20)]
    assert [json.loads(answers[at][1])["body"] for at in (20, 40)] == ["hi", "hi"]
    assert {body for _, body in answers[60:]} == {b"pong"}
    assert most <= 2  # one that ends, and the next


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"GET /", b"a" * 1_000), (b"GET / HTTP/1.1\r\n", b"a" * 1_000), (b"GET / HTTP/1.1\r\nA: ", b"a" * 1_000), (b"GET / HTTP/1.1\r\n", b"a:\r\n"),
        (POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 1_000), (POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a:\r\n"),
        (POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\na:", b"a" * 1_000),
    ],
)  # fmt: skip
def test_what_never_ends_is_answered_and_cut(server: Server, first: bytes, more: bytes) -> None:
    with _connected(server) as connection:
        with suppress(ConnectionError):
            connection.sendall(first)
            for _ in range(20_000):
                connection.sendall(more)
        said = connection.recv(65536)
    ((status, body),) = _split(said)
    assert (status, json.loads(body)["errors"][0]["extensions"]["code"]) == (431, "HEADERS_TOO_LARGE")


def test_what_is_wrong_with_a_body_ends_the_wait_of_its_handler(server: Server) -> None:
    with _connected(server) as connection:
        connection.sendall(POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        time.sleep(0.1)  # it is waited for
        connection.sendall(b"no\r\n")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 400 ")
    deadline = time.monotonic() + PATIENCE
    while server.connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.connections == 0


@pytest.mark.parametrize("first", [b"", b"G", b"GET / HTTP/1.1\r\nHost: loc", b"\r\n", PING, PING + b"G"])
def test_a_client_that_stops_is_given_up(server: Server, first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    with _connected(server) as connection, suppress(ConnectionResetError):
        connection.sendall(first)
        while connection.recv(65536):
            pass


def test_a_connection_without_another_request_is_closed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 10 * PATIENCE)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    with _connected(server) as connection:
        connection.sendall(PING + PING)
        said = b""
        while part := connection.recv(65536):
            said += part
        assert said.count(b"pong") == 2


def test_a_head_that_comes_bit_by_bit_gets_no_more_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with _connected(server) as connection, pytest.raises(ConnectionError):
        connection.sendall(GET + b"A: ")
        while True:
            connection.sendall(b"a")
            time.sleep(0.02)
