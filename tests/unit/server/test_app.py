"""Requests from inside the process: one that nobody can send is refused in our words."""

from __future__ import annotations

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
