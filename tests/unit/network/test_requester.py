from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys
import threading
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from scopebox.errors import ExtensionError
from scopebox.grants.refusal import RefusalError
from scopebox.manifest.permission import Permission
from scopebox.network.mocks import Mocks
from scopebox.network.requester import Requester
from scopebox.network.secrets import Secrets
from scopebox.network.shares import LEAST_BYTES, MAX_OPEN_REQUESTS
from scopebox.settings import Settings
from scopebox.vocabulary import METHODS

from tests.loopback_server import Loopback, loopback, redirect, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from scopebox.vocabulary import Style

PUBLIC = "93.184.216.34"
SECRET = "s3cretvalue"


def allow(*urls: str, methods: tuple[str, ...] = METHODS) -> Permission:
    return Permission("request", allowed_urls=urls, methods=methods)


def mocked(url: str = "https://api.test/*", text: str = "pong") -> Mocks:
    mocks = Mocks()
    mocks.add("GET", url, text=text)
    return mocks


def ask(
    requester: Requester,
    permission: Permission,
    url: object,
    options: object = msgspec.UNSET,
    style: Style = "exec",
) -> object:
    return asyncio.run(told(requester, permission, url, options, style=style))


async def told(
    requester: Requester,
    permission: Permission,
    url: object,
    options: object = msgspec.UNSET,
    *,
    style: Style,
    who: str = "",
) -> object:
    return msgspec.json.decode(await requester.request(permission, url, options, style=style, who=who))


def on_loopback(
    work: Callable[[Loopback, Requester], Awaitable[object]],
    script: Mapping[str, object] | None = None,
    **changes: object,
) -> Loopback:
    async def run() -> Loopback:
        async with loopback(dict(script or {})) as server:  # type: ignore[arg-type]
            options = {"allow_private_network": True, "settings": Settings(request_bytes=100_000)}
            requester = Requester(**{**options, **changes})  # type: ignore[arg-type]
            await work(server, requester)
            await requester.close()
        return server

    return asyncio.run(run())


def refusal_of(requester: Requester, permission: Permission, url: str, options: object = msgspec.UNSET) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        ask(requester, permission, url, options)
    return caught.value


def resolving(**names: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        assert port
        if host not in names:
            raise OSError(host)
        return names[host]

    return resolve


def test_a_request_over_a_real_connection_gives_the_text() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        permission = allow(f"{server.url}/*")
        assert await told(requester, permission, f"{server.url}/a?b=c", style="exec") == "pong"

    server = on_loopback(work)
    assert server.requests[0] == (
        f"GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\nconnection: close\r\n"
        "accept: application/json, text/plain, */*\r\naccept-encoding: gzip, deflate\r\nuser-agent: scopebox\r\n\r\n"
    )


def test_method_headers_and_body_are_sent_as_given() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        options = {"method": "PATCH", "headers": {"User-Agent": "Directus Extension", "X-A": "ä"}, "body": {"a": 1}}
        await told(requester, allow(f"{server.url}/*"), server.url, options, style="exec")

    sent = on_loopback(work).requests[0]
    assert sent.startswith("PATCH / HTTP/1.1")
    assert "\r\nuser-agent: Directus Extension\r\n" in sent
    assert "\r\nx-a: ä\r\n" in sent
    assert "\r\ncontent-type: application/json\r\n" in sent
    assert sent.endswith('\r\n\r\n{"a":1}')


def test_the_api_style_gives_the_response_object() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        found = await told(requester, allow(f"{server.url}/*"), server.url, style="api")
        assert found == {"status": 200, "statusText": "OK", "headers": {"x-a": "1", "content-length": "2"}, "data": {}}

    on_loopback(work, {"/": response(b"{}", "X-A: 1")})


def test_what_the_environment_says_about_proxies_and_passwords_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://user:canary@127.0.0.1:9")
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("machine 127.0.0.1 login a password canary")
    monkeypatch.setenv("NETRC", netrc)

    async def work(server: Loopback, requester: Requester) -> None:
        assert await told(requester, allow(f"{server.url}/*"), server.url, style="exec") == "pong"

    assert "authorization" not in on_loopback(work).requests[0].lower()


def test_no_cookie_outlives_its_response() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        for _ in range(2):
            await told(requester, allow(f"{server.url}/*"), server.url, style="exec")

    server = on_loopback(work, {"/": response(b"", "Set-Cookie: sid=1; Path=/")})
    assert not any("cookie" in sent.lower() for sent in server.requests)


@pytest.mark.parametrize(
    ("url", "options", "reason", "message"),
    [
        ("https://other.test/x", {}, "url", 'No permission to request "https://other.test/x"'),
        ("https://api.test.evil.test/", {}, "url", 'No permission to request "https://api.test.evil.test/"'),
        ("http://api.test/", {}, "url", 'No permission to request "http://api.test/"'),
        ("https://api.test/x", {"method": "DELETE"}, "method", 'No permission to use request method "DELETE"'),
        ("https://api.test/x", {"method": "get"}, "method", 'No permission to use request method "get"'),
        ("https://api.test/x", {"method": " GET "}, "method", 'No permission to use request method " GET "'),
        ("https://api.test/x", {"method": "CONNECT"}, "method", 'No permission to use request method "CONNECT"'),
        ("https://api.test/x", {"method": ""}, "method", 'No permission to use request method ""'),
    ],
)
def test_what_the_permission_does_not_cover_is_refused_in_the_words_of_directus(
    url: str, options: dict[str, object], reason: str, message: str
) -> None:
    mocks = mocked()
    refusal = refusal_of(
        Requester(Settings(), mocks=mocks), allow("https://api.test/*", methods=("GET",)), url, options
    )
    assert (refusal.reason, refusal.message) == (reason, message)
    assert refusal.hint
    assert not next(iter(mocks)).calls


def test_the_hint_names_the_key_of_the_dialect() -> None:
    requester = Requester(Settings(), mocks=mocked())
    with pytest.raises(RefusalError, match='Add to urls of the manifest: "https://other.test/*"'.replace("*", r"\*")):
        ask(requester, allow(), "https://other.test/x", style="api")
    assert "allowedUrls" in refusal_of(requester, allow(), "https://other.test/x").hint


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.01/",
            "http://0/",
        ),
        *("http://localhost/", "http://a.localhost/", "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/"),
        *("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://10.0.0.1/", "http://[64:ff9b::7f00:1]/"),
    ],
)
@pytest.mark.parametrize("private", [True, False])
def test_wildcards_never_reach_a_private_address(url: str, *, private: bool) -> None:
    requester = Requester(Settings(), allow_private_network=private)
    refusal = refusal_of(requester, allow("https://*", "http://*"), url)
    assert refusal.reason == "address"
    assert "resolves to a denied IP address" in refusal.message


def test_an_exact_private_address_needs_the_switch_as_well() -> None:
    permission = allow("http://127.0.0.1:8055/*")
    refusal = refusal_of(Requester(Settings()), permission, "http://127.0.0.1:8055/")
    assert "allow_private_network=True" in refusal.hint


def test_a_name_that_leads_to_this_machine_is_refused_even_where_it_is_exact() -> None:
    for address in ("127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"):
        requester = Requester(Settings(), allow_private_network=True, resolve=resolving(**{"rebind.test": [address]}))
        refusal = refusal_of(requester, allow("http://rebind.test/*"), "http://rebind.test/")
        assert refusal.message == 'Requested domain "rebind.test" resolves to a denied IP address'


def test_one_private_address_among_many_refuses_the_name() -> None:
    requester = Requester(Settings(), resolve=resolving(**{"api.test": [PUBLIC, "10.0.0.1"]}))
    assert refusal_of(requester, allow("http://api.test/*"), "http://api.test/").reason == "address"


def test_a_name_is_resolved_once_and_the_connection_goes_to_that_address() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(f"{host}:{port}")
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    async def work(server: Loopback, requester: Requester) -> None:
        url = f"http://rebind.test:{server.port}/"
        with pytest.raises(RefusalError):
            await told(requester, allow(f"http://rebind.test:{server.port}/*"), url, style="exec")
        assert asked == [f"rebind.test:{server.port}"]

    assert not on_loopback(work, resolve=resolve).requests


def test_localhost_is_this_machine_whatever_a_resolver_says() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        url = f"http://localhost:{server.port}"
        assert await told(requester, allow(f"{url}/*"), url, style="exec") == "pong"

    server = on_loopback(work, resolve=resolving())
    assert f"\r\nhost: localhost:{server.port}\r\n" in server.requests[0]


def test_an_unknown_name_is_answered_in_the_words_of_directus() -> None:
    with pytest.raises(ExtensionError, match=r"^getaddrinfo ENOTFOUND example\.invalid$"):
        ask(Requester(Settings(), resolve=resolving()), allow("http://*"), "http://example.invalid/x")


def test_redirects_are_followed_with_all_checks_at_each_of_them() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        permission = allow(f"{server.url}/*")
        assert await told(requester, permission, f"{server.url}/one", style="exec") == "pong"
        for path in ("/host", "/private", "/file"):
            with pytest.raises((RefusalError, ExtensionError)):
                await told(requester, permission, f"{server.url}{path}", style="exec")

    script = {
        "/one": redirect("two"),
        "/two": redirect("/three", 307),
        "/host": redirect("https://other.test/stolen"),
        "/private": redirect("http://169.254.169.254/"),
        "/file": redirect("file:///etc/passwd"),
    }
    server = on_loopback(work, script)
    assert [server.path(index) for index in range(3)] == ["GET /one", "GET /two", "GET /three"]
    assert len(server.requests) == 6


def test_the_body_of_a_redirect_is_not_read() -> None:
    read: list[str] = []

    async def body(path: str) -> AsyncIterator[bytes]:
        read.append(path)
        yield b"x"

    def answer(sent: httpx.Request) -> httpx.Response:
        headers = {"location": "/end"} if sent.url.path == "/" else {}
        return httpx.Response(302, headers=headers, content=body(sent.url.path))

    requester = Requester(Settings(), httpx.MockTransport(answer))
    with pytest.raises(ExtensionError, match="status code 302"):
        ask(requester, allow("https://a.test/*"), "https://a.test/")
    assert read == ["/end"]


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux keeps what was freed")
def test_the_memory_of_bodies_goes_back_to_the_system() -> None:
    program = """
import asyncio
from scopebox.network.requester import Requester
from scopebox.settings import Settings

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

asyncio.run(Requester(Settings())._loaded_network())
first = b"x" * 8_000_000
del first
before = resident()
blocks = [b"x" * 4_000_000 for _ in range(3)]
del blocks
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 4_000_000


def test_bodies_that_are_sent_count_until_their_requests_are_answered() -> None:
    body = "x" * (LEAST_BYTES // 3 - 100)

    async def run() -> None:
        asked: asyncio.Queue[httpx.Request] = asyncio.Queue()
        over = asyncio.Event()

        async def answer(sent: httpx.Request) -> httpx.Response:
            asked.put_nowait(sent)
            await over.wait()
            return httpx.Response(200)

        requester = Requester(Settings(request_bytes=1_024), httpx.MockTransport(answer))

        def send() -> asyncio.Task[object]:
            options = {"method": "POST", "body": body}
            return asyncio.create_task(
                told(requester, allow("https://a.test/*"), "https://a.test/", options, style="exec")
            )

        waiting = [send() for _ in range(3)]
        for _ in waiting:
            await asked.get()
        with pytest.raises(ExtensionError, match="Requests and responses are too large together"):
            await send()
        over.set()
        assert await asyncio.gather(*waiting, send()) == [""] * 4

    asyncio.run(run())


def test_what_mocks_answer_counts_until_it_is_taken_as_what_servers_do() -> None:
    mocks = mocked(text=f'"{"x" * (LEAST_BYTES // 2)}"')
    requester = Requester(Settings(request_bytes=1_024), mocks=mocks)
    ask = partial(requester.request, allow("https://api.test/*"), "https://api.test/", {"output": "json"}, style="exec")

    async def run() -> None:
        answered, over = asyncio.Event(), asyncio.Event()

        async def taken() -> None:
            answered.set()
            await over.wait()

        held = asyncio.create_task(ask(taken=taken))
        await answered.wait()
        with pytest.raises(ExtensionError, match="Requests and responses are too large together"):
            await ask()
        over.set()
        assert await held == await ask()

    asyncio.run(run())


def test_a_redirect_that_changes_the_method_needs_that_method() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        options = {"method": "POST", "body": "x"}
        with pytest.raises(RefusalError, match='No permission to use request method "GET"') as caught:
            await told(
                requester, allow(f"{server.url}/*", methods=("POST",)), f"{server.url}/go", options, style="exec"
            )
        assert caught.value.hint == "A redirect made it a GET request. The manifest allows POST."
        await told(requester, allow(f"{server.url}/*"), f"{server.url}/go", options, style="exec")

    server = on_loopback(work, {"/go": redirect("/other", 303)})
    assert [server.path(index) for index in range(3)] == ["POST /go", "POST /go", "GET /other"]


def test_redirects_in_a_circle_end() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        with pytest.raises(ExtensionError, match="Maximum number of redirects exceeded"):
            await told(requester, allow(f"{server.url}/*"), server.url, style="exec")

    assert len(on_loopback(work, {"/": redirect("/")}).requests) == Settings().redirects + 1


def test_a_refresh_header_is_not_followed_and_a_redirect_without_location_is_an_answer() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        permission = allow(f"{server.url}/*")
        assert await told(requester, permission, f"{server.url}/refresh", style="exec") == ""
        with pytest.raises(ExtensionError, match="status code 302"):
            await told(requester, permission, f"{server.url}/lost", style="exec")

    script = {"/refresh": response(b"", "Refresh: 0; url=/x"), "/lost": response(b"", status="302 Found")}
    assert len(on_loopback(work, script).requests) == 2


def test_no_server_can_keep_a_request_longer_than_its_time() -> None:
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    def dripping(head: bytes, drop: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            while True:
                writer.write(drop)
                await writer.drain()
                await asyncio.sleep(0.05)

        return drip

    async def work(server: Loopback, requester: Requester) -> None:
        for path in server.script:
            with pytest.raises(TimeoutError, match=r"^Request timed out after 0\.5 seconds$"):
                await told(requester, allow(f"{server.url}/*"), f"{server.url}{path}", style="exec")

    script = {
        "/silent": silent,
        "/body": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        "/headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
        "/early": dripping(b"", b"HTTP/1.1 103 Early\r\n\r\n"),
    }
    on_loopback(work, script, settings=Settings(request_seconds=0.5))


def test_no_server_can_send_more_than_the_limit() -> None:
    def endless(head: bytes, piece: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
        async def send(writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            while True:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

        return send

    async def work(server: Loopback, requester: Requester) -> None:
        for path in server.script:
            with pytest.raises(ExtensionError, match=r"too large|invalid HTTP"):
                await told(requester, allow(f"{server.url}/*"), f"{server.url}{path}", style="exec")

    script = {
        "/body": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000),
        "/headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n" * 1_000),
    }
    on_loopback(work, script)


def test_nonsense_instead_of_http_is_an_ordinary_failure() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        for path in server.script:
            with pytest.raises(ExtensionError, match="invalid HTTP"):
                await told(requester, allow(f"{server.url}/*"), f"{server.url}{path}", style="exec")

    on_loopback(work, {"/a": b"nonsense\r\n\r\n", "/b": b"HTTP/1.1 000 x\r\n\r\n", "/c": b""})


def test_a_closed_port_is_answered_in_the_words_of_directus() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        with pytest.raises(ExtensionError, match=r"^connect ECONNREFUSED 127\.0\.0\.1:1$"):
            await told(requester, allow("http://127.0.0.1:1/*"), "http://127.0.0.1:1/", style="exec")

    on_loopback(work)


def test_a_transport_replaces_the_network_but_none_of_the_checks() -> None:
    seen: list[httpx.Request] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        if sent.url.path == "/away":
            return httpx.Response(302, headers={"location": "https://other.test/"})
        return httpx.Response(200, json={"a": 1})

    requester = Requester(Settings(), httpx.MockTransport(answer), resolve=resolving())
    permission = allow("https://api.test/*", "http://*")
    assert ask(requester, permission, "https://api.test/x?y", {"output": "json"}) == {"a": 1}
    assert str(seen[0].url) == "https://api.test/x?y"
    assert refusal_of(requester, permission, "https://other.test/").reason == "url"
    assert refusal_of(requester, permission, "https://api.test/away").reason == "url"
    assert refusal_of(requester, permission, "http://127.0.0.1/").reason == "address"
    assert len(seen) == 2


def test_whatever_a_transport_raises_is_an_ordinary_failure_without_its_text() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(SECRET)

    with pytest.raises(ExtensionError) as caught:
        ask(Requester(Settings(), httpx.MockTransport(fail)), allow("https://api.test/*"), "https://api.test/")
    assert SECRET not in str(caught.value)


def test_a_mock_answers_instead_of_the_network_and_others_fail() -> None:
    requester = Requester(Settings(), mocks=mocked(), resolve=resolving())
    assert ask(requester, allow("https://*"), "https://api.test/x") == "pong"
    with pytest.raises(ExtensionError) as caught:
        ask(requester, allow("https://*"), "https://other.test/x")
    assert caught.value.message == "No mock answers GET https://other.test/x"
    assert caught.value.hint == (
        "The nearest mock is GET https://api.test/*. Answer it here: %sandbox mock GET https://other.test/x {}"
    )


def secrets() -> Secrets:
    vault = Secrets()
    vault["KEY"] = SECRET
    return vault


AUTHORIZED = {"headers": {"Authorization": "Bearer {{secret.KEY}}"}}


def test_a_secret_is_sent_and_does_not_come_back() -> None:
    async def echo(writer: asyncio.StreamWriter) -> None:
        writer.write(response(SECRET.encode(), f"X-Echo: {SECRET}"))

    async def work(server: Loopback, requester: Requester) -> None:
        found = await told(requester, allow(f"{server.url}/*"), server.url, AUTHORIZED, style="api")
        assert SECRET not in str(found)
        assert "{{secret.KEY}}" in str(found)

    server = on_loopback(work, {"/": echo}, secrets=secrets())
    assert f"authorization: Bearer {SECRET}\r\n" in server.requests[0]


def test_a_mock_sees_the_reference_alone() -> None:
    mocks = mocked(text=SECRET)
    requester = Requester(Settings(), mocks=mocks, secrets=secrets())
    assert ask(requester, allow("https://api.test/*"), "https://api.test/", AUTHORIZED) == "{{secret.KEY}}"
    assert next(iter(mocks)).calls[0].headers == {"authorization": "Bearer {{secret.KEY}}"}


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("https://*", "https://evil.test/"),
        ("https://*.api.test/*", "https://a.api.test/"),
        ("/https://api\\.test/.*/", "https://api.test/"),
        ("http://api.test/*", "http://api.test/"),
        (f"http://{PUBLIC}/*", f"http://{PUBLIC}/"),
    ],
)
def test_a_secret_goes_only_over_https_to_a_host_named_exactly(pattern: str, url: str) -> None:
    requester = Requester(Settings(), mocks=mocked("*://*/*"), secrets=secrets())
    refusal = refusal_of(requester, allow(pattern), url, AUTHORIZED)
    assert refusal.message.startswith("No permission to send a secret to ")


def test_whoever_may_send_no_secret_is_not_told_which_ones_there_are() -> None:
    requester = Requester(Settings(), mocks=mocked("*://*/*"), secrets=secrets())
    for text in ("{{secret.KEY}}", "{{secret.NONE}}", "{{secret.KEY"):
        refusal = refusal_of(requester, allow("https://*"), "https://evil.test/", {"headers": {"Authorization": text}})
        assert refusal.message == 'No permission to send a secret to "https://evil.test"'


def test_an_unknown_secret_is_an_error_even_with_mocks() -> None:
    requester = Requester(Settings(), mocks=mocked())
    with pytest.raises(ValueError, match="There is no secret 'KEY'"):
        ask(requester, allow("https://api.test/*"), "https://api.test/", AUTHORIZED)


def test_a_redirect_to_another_origin_carries_no_secret() -> None:
    seen: list[httpx.Request] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        moved = {"/": "/same", "/same": "https://b.test/other"}.get(sent.url.path)
        return httpx.Response(302, headers={"location": moved}) if moved else httpx.Response(200)

    requester = Requester(Settings(), httpx.MockTransport(answer), secrets=secrets())
    ask(requester, allow("https://a.test/*", "https://b.test/*"), "https://a.test/", AUTHORIZED)
    assert [sent.headers.get("authorization") for sent in seen] == [f"Bearer {SECRET}"] * 2 + [None]


def test_a_secret_in_a_redirect_is_not_shown() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": f"https://b.test/?key={SECRET}"})

    requester = Requester(Settings(), httpx.MockTransport(answer), secrets=secrets())
    assert SECRET not in str(refusal_of(requester, allow("https://a.test/*"), "https://a.test/", AUTHORIZED))


def test_httpx_is_loaded_by_the_first_request_and_not_before() -> None:
    code = (
        "import sys; import scopebox.manifest.manifest, scopebox.grants.grants, scopebox.network.requester; "
        "print(sorted({'httpx', 'duckdb', 'idna', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_the_answer_to_a_request_that_carried_a_secret_is_redacted() -> None:
    vault = secrets()
    vault["OTHER"] = "othersecret"
    requester = Requester(Settings(), mocks=mocked(text=f"{SECRET} othersecret"), secrets=vault)
    permission = allow("https://api.test/*")
    assert ask(requester, permission, "https://api.test/") == f"{SECRET} othersecret"
    assert ask(requester, permission, "https://api.test/", AUTHORIZED) == "{{secret.KEY}} othersecret"
    both = {"headers": {"Authorization": "{{secret.KEY}}", "X-Other": "{{secret.OTHER}}"}}
    assert ask(requester, permission, "https://api.test/", both) == "{{secret.KEY}} {{secret.OTHER}}"


def test_a_list_of_all_values_does_not_tell_which_one_is_the_secret() -> None:
    pins = " ".join(f"{pin:04d}" for pin in range(10_000))
    vault = Secrets()
    with pytest.warns(UserWarning, match="The secret PIN has 4 characters and can be guessed"):
        vault["PIN"] = "4711"
    requester = Requester(Settings(), mocks=mocked(text=pins), secrets=vault)
    assert ask(requester, allow("https://api.test/*"), "https://api.test/pins") == pins


LONG_SECRET = "sk-live-0123456789abcdefghijklmnopqrstuvwxyz-0123456789"


@pytest.mark.parametrize(
    "location",
    [
        f"https://a.test:{LONG_SECRET}/",
        f"https://a.test:/{'p' * 63}:{LONG_SECRET}/",
        f"{LONG_SECRET}://a.test/",
        f"https://{'p' * 50}{LONG_SECRET}/",
        f"https://b.test/{'p' * 1_970}{LONG_SECRET}",
        f"https://b.test/?{'%41' * 660}{LONG_SECRET}",
        f"//[{LONG_SECRET}]/",
        f"{'p' * 8_180}{LONG_SECRET}",
    ],
)
def test_no_part_of_a_secret_stays_where_the_error_of_a_redirect_is_cut(location: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"location": location}))
    vault = Secrets()
    vault["KEY"] = LONG_SECRET
    with pytest.raises((RefusalError, ExtensionError)) as caught:
        ask(Requester(Settings(), transport, secrets=vault), allow("https://a.test/*"), "https://a.test/", AUTHORIZED)
    assert LONG_SECRET[:5] not in str(caught.value)


def test_the_answer_behind_a_redirect_is_redacted_and_so_are_its_errors() -> None:
    def answer(sent: httpx.Request) -> httpx.Response:
        target = {
            "/away": "https://b.test/echo",
            "/name": f"https://{SECRET}.test/",
            "/scheme": f"{SECRET}:x",
            "/host": f"https://{SECRET}-.test/",
            "/private": f"https://127.0.0.1/{SECRET}",
        }.get(sent.url.path)
        return httpx.Response(302, headers={"location": target}) if target else httpx.Response(200, text=SECRET)

    requester = Requester(Settings(), httpx.MockTransport(answer), secrets=secrets())
    permission = allow("https://a.test/*", "https://b.test/*", "https://*")
    assert ask(requester, permission, "https://a.test/away", AUTHORIZED) == "{{secret.KEY}}"
    narrow = allow("https://a.test/*")
    for path in ("/name", "/scheme", "/host", "/private"):
        for entry in (permission, narrow) if path != "/name" else (narrow,):
            with pytest.raises((RefusalError, ExtensionError)) as caught:
                ask(requester, entry, f"https://a.test{path}", AUTHORIZED)
            assert SECRET not in f"{caught.value!s} {caught.value.message} {caught.value.hint} {caught.value.args}"


def test_the_texts_of_the_extension_itself_are_never_altered() -> None:
    requester = Requester(Settings(), secrets=secrets(), resolve=resolving())
    url = f"https://{SECRET}.test/"
    with pytest.raises(ExtensionError, match=f"^getaddrinfo ENOTFOUND {SECRET}\\.test$"):
        ask(requester, allow(f"https://{SECRET}.test/*"), url, AUTHORIZED)
    assert SECRET in refusal_of(requester, allow("https://a.test/*"), url, AUTHORIZED).message


async def silent(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


def test_silent_requests_of_one_extension_leave_the_slots_of_others() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        permission = allow(f"{server.url}/*")
        waiting = [
            asyncio.create_task(told(requester, permission, f"{server.url}/silent", style="exec", who="greedy"))
            for _ in range(200)
        ]
        await asyncio.sleep(0)
        assert await told(requester, permission, server.url, style="exec", who="honest") == "pong"
        assert not any(task.done() for task in waiting)
        assert sum("/silent" in sent for sent in server.requests) <= MAX_OPEN_REQUESTS
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(error) for error in ended} == {asyncio.CancelledError}

    on_loopback(work, {"/silent": silent}, settings=Settings(request_seconds=30))


def test_a_request_that_waits_for_its_turn_has_not_begun() -> None:
    async def work(server: Loopback, requester: Requester) -> None:
        permission = allow(f"{server.url}/*")
        waiting = [
            asyncio.create_task(told(requester, permission, f"{server.url}/silent", style="exec", who="one"))
            for _ in range(MAX_OPEN_REQUESTS)
        ]
        await asyncio.sleep(0)
        later = await told(requester, permission, server.url, style="exec", who="one")
        assert later == "pong"
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(error) for error in ended} == {TimeoutError}

    on_loopback(work, {"/silent": silent}, settings=Settings(request_seconds=0.5))


def test_resolvers_that_hang_delay_no_other_extension_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host.startswith("hang"):
            let_go.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def run() -> None:
        requester = Requester(Settings())
        permission = allow("https://*")
        hanging = [
            asyncio.create_task(told(requester, permission, f"https://hang{n}.test/", style="exec", who="one"))
            for n in range(40)
        ]
        await asyncio.sleep(0)
        share = requester._shares.share_of("honest")
        assert await share.resolve("api.test", 443) == [PUBLIC]
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await requester.close()

    asyncio.run(run())
    assert not let_go.is_set()
    let_go.set()


def test_expressions_that_take_long_leave_the_loop_to_others() -> None:
    patterns = tuple(f"/https://a\\.test/.*a.{{{100 + number}}}x{number}/" for number in range(100))

    async def run() -> None:
        requester = Requester(Settings(), mocks=mocked())
        greedy = [
            asyncio.create_task(
                told(requester, allow(*patterns), f"https://a.test/{'ab' * 4000}{n}", style="exec", who="greedy")
            )
            for n in range(20)
        ]
        for _ in range(20):
            assert await told(requester, allow("https://api.test/*"), "https://api.test/", style="exec") == "pong"
        assert not all(task.done() for task in greedy)
        for task in greedy[1:]:
            task.cancel()
        ended = await asyncio.gather(*greedy, return_exceptions=True)
        assert isinstance(ended[0], RefusalError)
        await requester.close()

    asyncio.run(run())


def test_a_large_body_that_nobody_takes_is_kept_once() -> None:
    async def run() -> None:
        over = asyncio.Event()

        async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await over.wait()
            writer.close()

        server = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        requester = Requester(Settings(request_seconds=30), allow_private_network=True)
        await requester._loaded_network()
        options = {"method": "POST", "body": "x" * 4 * 2**20}
        tracemalloc.start()
        try:
            waiting = [
                asyncio.create_task(told(requester, allow(f"{url}/*"), url, options, style="exec")) for _ in range(2)
            ]
            for _ in range(50):
                await asyncio.sleep(0.01)
            grown, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        over.set()
        server.close()
        await asyncio.sleep(0.01)
        assert 8 * 2**20 < grown < 12 * 2**20

    asyncio.run(run())


def test_a_body_in_single_bytes_and_one_that_is_a_bomb_leave_turns_to_others() -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
    bomb = gzip.compress(b" " * 7 * 2**20)

    async def work(server: Loopback, requester: Requester) -> None:
        for path in ("/cut", "/bomb"):
            turns = 0
            task = asyncio.create_task(told(requester, allow(f"{server.url}/*"), f"{server.url}{path}", style="exec"))
            while not task.done():
                turns += 1
                await asyncio.sleep(0)
            assert len(str(await task)) in {50_000, 7 * 2**20}
            assert turns > 50

    settings = Settings(request_seconds=30)
    script = {"/cut": cut, "/bomb": response(bomb, "Content-Encoding: gzip")}
    on_loopback(work, script, settings=settings)


def test_what_is_not_live_is_answered_by_mocks_alone() -> None:
    mocks = Mocks()
    requester = Requester(Settings(), mocks=mocks, resolve=resolving())
    with pytest.raises(ExtensionError, match=r"No mock answers GET https://api\.test/x") as caught:
        asyncio.run(told_offline(requester))
    assert caught.value.hint == "Answer it here: %sandbox mock GET https://api.test/x {}"
    mocks.add("GET", "https://api.test/x", text="pong")
    assert asyncio.run(told_offline(requester)) == b'"pong"'


async def told_offline(requester: Requester) -> bytes:
    raw = await requester.request(allow("https://*"), "https://api.test/x", style="exec", live=False)
    return bytes(raw)
