"""Requests from inside the process: one that nobody can send is refused in our words."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from scopebox import Sandbox
from scopebox.errors import ScopeboxError


@pytest.mark.parametrize("path", ["/\x1b[2J", "/x\x01", "http://[::1", "/\ud800", "/" + "a" * 70_000])
def test_a_path_that_no_request_can_have_is_named(box: Sandbox, path: str) -> None:
    with pytest.raises(ScopeboxError, match="is not the path of a request: ") as caught:
        box.request("GET", path)
    assert caught.type is ScopeboxError
    assert str(caught.value).isascii()
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("headers", [{"a": "1", "x-name": "\N{SNOWMAN}"}, [("a", "1"), ("x-name", "\ud800")]])
def test_a_header_that_no_request_can_have_is_named(box: Sandbox, headers: object) -> None:
    with pytest.raises(ScopeboxError, match='The header "x-name" cannot be sent: it has characters beyond ASCII'):
        box.request("GET", "/", headers=headers)


def test_the_name_of_a_header_is_ascii_too(box: Sandbox) -> None:
    with pytest.raises(ScopeboxError, match=r'The header "caf\\u00e9" cannot be sent'):
        box.request("GET", "/", headers={"caf\N{LATIN SMALL LETTER E WITH ACUTE}": "x"})


def test_a_path_that_is_too_long_for_the_expressions_of_an_extension_is_a_414(box: Sandbox) -> None:
    paths = [f"/{number}/:id([ab]*a[ab]{{90}})" for number in range(40)]
    box.load(
        "async def h(r):\n    return {'status': 200, 'body': 'hi'}\n"
        f"for path in {paths}:\n    await exec('register-endpoint', {{'path': path, 'method': 'GET', 'handler': h}})\n",
        name="routes",
    )
    assert box.request("GET", "/routes/7/" + "ba" * 60).text == "hi"
    for method in ("GET", "OPTIONS"):
        answer = box.request(method, "/routes/7/" + "ab" * 3000)
        assert answer.status_code == 414
        assert "characters; beside the regular expressions of its paths" in answer.text


def test_an_answer_is_held_once(box: Sandbox) -> None:
    box.load(
        "async def h(r):\n    return {'status': 200, 'body': 'x' * 2_000_000}\n"
        "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': h})\n",
        name="large",
    )
    box.request("GET", "/large/")
    tracemalloc.start()
    try:
        answers = [box.request("GET", "/large/") for _ in range(4)]
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 1.2 * sum(len(answer.content) for answer in answers)
    finally:
        tracemalloc.stop()
