"""What requests were answered with, saved without secrets and used as mocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from scopebox.errors import MockError
from scopebox.isolate.pool import IsolatePool
from scopebox.journal.records import Answered
from scopebox.journal.trace import MAX_ANSWERS_BYTES, Trace
from scopebox.network.credentials import MAX_ANSWER_BYTES, hidden_url
from scopebox.network.mocks import Mocks
from scopebox.sandbox.sandbox import Sandbox

MANIFEST = {"permissions": [{"permission": "request", "allowedUrls": ["https://api.test/*"]}]}
SECRET = "s3cret-of-the-vault"
KEY = "sk-typed-into-the-code"
POLL = """
for _ in range(3):
    answer = await exec("request", "https://api.test/state", {"output": "json"})
    print(answer["state"])
answer["state"]
"""


def transport(answers: Mapping[str, list[httpx.Response]]) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: answers[request.url.path].pop(0))


def run(box: Sandbox, source: str) -> object:
    return box.load(source, name="asks", manifest=MANIFEST).result.value


def test_a_live_session_becomes_a_test(pool: IsolatePool, tmp_path: Path) -> None:
    states = [httpx.Response(200, json={"state": state}) for state in ("starting", "running", "done")]
    with Sandbox(pool=pool, transport=transport({"/state": states})) as box:
        assert run(box, POLL) == "done"
        live = box.extensions["asks"].result.stdout
        saved = box.trace.export(tmp_path / "trace.jsonl")
    with Sandbox(pool=pool, transport=transport({})) as box:
        replay = box.mocks.load(saved)
        assert [str(mock) for mock in replay.mocks] == ["GET https://api.test/state"]
        assert run(box, POLL) == "done"
        assert box.extensions["asks"].result.stdout == live
        assert run(box, POLL) == "done"


def test_statuses_headers_redirects_and_bytes_are_answered_again(pool: IsolatePool, tmp_path: Path) -> None:
    source = """
    import { request } from "directus:api";
    export default { id: "ask", handler: async ({ path }) => {
        try { const { status, headers, data } = await request("https://api.test" + path); return [status, headers["x-mark"], data]; }
        catch (error) { return [error.status, error.message]; }
    } };"""
    api = {"type": "operation", "requestedScopes": {"request": {"urls": ["https://api.test/*"], "methods": ["GET"]}}}
    answers = {
        "/moved": [httpx.Response(302, headers={"location": "/there"})],
        "/there": [httpx.Response(200, json=[1], headers={"x-mark": "m"})],
        "/limited": [httpx.Response(429, text="slow down")],
        "/bytes": [httpx.Response(200, content=b"\\xff\\xfe\\x00")],
    }

    def asked(box: Sandbox) -> list[object]:
        box.load(source, name="asks", language="js", manifest=api)
        return [box.run_operation("ask", {"path": path}) for path in ("/moved", "/limited", "/bytes")]

    with Sandbox(pool=pool, transport=transport(answers)) as box:
        live = asked(box)
        saved = box.trace.export(tmp_path / "trace.jsonl")
    assert live[0] == [200, "m", [1]]
    with Sandbox(pool=pool) as box:
        box.mocks.load(saved)
        assert asked(box) == live


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "shift_jis", "iso-8859-1"])
def test_a_body_in_any_charset_is_answered_again(charset: str, pool: IsolatePool, tmp_path: Path) -> None:
    text = "caf\u00e9" if charset == "iso-8859-1" else "\u30c6\u30b9\u30c8"
    answer = httpx.Response(
        200, content=text.encode(charset), headers={"content-type": f"text/plain; charset={charset}"}
    )
    ask = 'await exec("request", "https://api.test/a")'
    with Sandbox(pool=pool, transport=transport({"/a": [answer]})) as box:
        assert run(box, ask) == text
        saved = box.trace.export(tmp_path / "trace.jsonl")
    with Sandbox(pool=pool) as box:
        box.mocks.load(saved)
        assert run(box, ask) == text


def test_secrets_are_in_nothing_that_is_saved(pool: IsolatePool, tmp_path: Path) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        sent = request.headers.get("authorization", "")
        body = {"echo": sent, "access_token": "made-by-the-server", "key": request.headers.get("x-api-key")}
        headers = {"set-cookie": "session=made", "x-echo": sent, "x-auth-token": "made"}
        return httpx.Response(200, json=body, headers=headers)

    source = f"""
await exec("request", "https://api.test/a?access_token={KEY}&page=2", {{"headers": {{"Authorization": "Bearer {{{{secret.vault}}}}", "X-Api-Key": "{KEY}"}}}})
"""
    exact = {"permissions": [{"permission": "request", "allowedUrls": ["https://api.test/*"]}]}
    with Sandbox(pool=pool, transport=httpx.MockTransport(echo)) as box:
        box.secrets["vault"] = SECRET
        box.load(source, name="asks", manifest=exact)
        text = box.trace.export(tmp_path / "trace.jsonl").read_text()
        shown = box.trace.view().text()
    for hidden in (SECRET, KEY, "made-by-the-server", "session=made"):
        assert hidden not in text
        assert hidden not in shown
    answer = json.loads(text.splitlines()[-1])["answers"][0]
    assert answer["url"] == "https://api.test/a?access_token=*&page=2"
    mocks = Mocks()
    assert len(mocks.load(tmp_path / "trace.jsonl").mocks) == 1


def test_a_large_body_is_not_kept_and_that_is_said(pool: IsolatePool, tmp_path: Path) -> None:
    answers = {"/a": [httpx.Response(200, text="x" * (MAX_ANSWER_BYTES + 1))], "/b": [httpx.Response(200, text="y")]}
    with Sandbox(pool=pool, transport=transport(answers)) as box:
        run(box, 'await exec("request", "https://api.test/a"); await exec("request", "https://api.test/b")')
        saved = box.trace.export(tmp_path / "trace.jsonl")
    replay = Mocks().load(saved)
    assert [str(mock) for mock in replay.mocks] == ["GET https://api.test/b"]
    assert replay.notes == ("1 answers were too large to be kept.",)


def test_of_many_answers_the_oldest_go() -> None:
    trace = Trace(10)
    for number in range(1, 12):
        trace.keep_answer(number, Answered("GET", "https://a.test/", 200, {}, "x" * (MAX_ANSWERS_BYTES // 10)))
    assert trace.answers_to(1) == trace.answers_to(2) == ()
    assert len(trace.answers_to(11)) == 1
    trace.clear()
    assert trace.answers_to(11) == ()


def test_what_a_trace_keeps_can_be_loaded_again_and_many_small_headers_are_not_kept_for_nothing(tmp_path: Path) -> None:
    trace = Trace(10_000)
    headers = {f"{number:x}": "" for number in range(50)}
    for number in range(1, 3_001):
        trace.start(1, 0, "asks", "request")
        trace.keep_answer(number, Answered("GET", "https://a.test/", 200, headers, "x"))
    kept = sum(len(trace.answers_to(number)) for number in range(1, 3_001))
    assert 500 < kept < 1_100
    trace.export(tmp_path / "trace.jsonl")
    assert len(Mocks().load(tmp_path / "trace.jsonl").mocks) == 1


def test_a_call_that_was_refused_or_made_no_request_has_no_answers(box: Sandbox, tmp_path: Path) -> None:
    box.load('await exec("log", "hi")', name="asks", manifest={"permissions": [{"permission": "log"}]})
    saved = box.trace.export(tmp_path / "trace.jsonl")
    assert "answers" not in saved.read_text()
    with pytest.raises(MockError, match="has no answers"):
        box.mocks.load(saved)


def _answered(headers: Mapping[str, str], **more: object) -> bytes:
    answer = {"method": "GET", "url": "https://a.test/", "status": 200, "headers": headers, "body": "x", **more}
    return json.dumps({"answers": [answer]}).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no json\n", "Line 1 of"),
        (b'{"scopebox": 1}\n{"answers": [{"url": 5}]}\n', "Line 2 of"),
        (b"[" * 100_000, "Line 1 of"),
        (
            b'{"answers": [{"method": "GET", "url": "https://a.test/", "status": 200, "headers": {}, "body": "!", "base64": true}]}',
            "cannot be read",
        ),
        (b"x" * (4 * 2**20 + 1), "beyond what a trace may have"),
        (b"{}\n" * 20_001, "Line 20,001 of .* is beyond what a trace may have: 20,000 lines"),
        ((b'{"x": "' + b"x" * (4 * 2**20 - 100) + b'"}\n') * 7, "Line 7 of .* is beyond what a trace may have"),
        (b'{"answers": [' + b"[]," * 10_000 + b"[]]}", "Line 1 of .* has more than 10,000 values"),
        (_answered({f"{number:x}": "" for number in range(10_000)}), "Line 1 of .* has more than 10,000 values"),
        (_answered({f"{number:x}": "" for number in range(9_000)}) * 13, "more answers than are kept"),
        (_answered({}, whole=False) * 5_001, "more answers than are kept"),
        (b"", "has no answers"),
    ],
)
def test_what_is_not_a_trace_is_refused_with_its_line(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_bytes(content)
    with pytest.raises(MockError, match=words):
        Mocks().load(tmp_path / "trace.jsonl")
    with pytest.raises(MockError, match="cannot be read"):
        Mocks().load(tmp_path / "none.jsonl")


def test_what_makes_no_mock_is_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    answers = [Answered("GET", url, 200, {}, "x") for url in ("ftp://a.test/", "https://a.test/")]
    lines = [
        json.dumps({"answers": [{"method": a.method, "url": a.url, "status": 200, "headers": {}, "body": "x"}]})
        for a in answers
    ]
    (tmp_path / "trace.jsonl").write_text("\n".join(lines))
    replay = Mocks().load(tmp_path / "trace.jsonl")
    assert len(replay.mocks) == 1
    assert "ftp" in replay.notes[0]


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("https://a.test/?key=1&b=2", "https://a.test/?key=*&b=2"),
        ("https://a.test/?a=1&api_key=x&Access_Token=y", "https://a.test/?a=1&api_key=*&Access_Token=*"),
        ("https://a.test/key=1", "https://a.test/key=1"),
        ("https://a.test/?monkey=1", "https://a.test/?monkey=1"),
    ],
)
def test_parameters_that_carry_credentials_become_wildcards(url: str, hidden: str) -> None:
    assert hidden_url(url, "*") == hidden
