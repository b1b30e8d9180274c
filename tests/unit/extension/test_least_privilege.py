"""Least privilege, from the trace."""

from __future__ import annotations

import httpx
import pytest
from scopebox import IsolatePool, Sandbox
from scopebox.extension.least_privilege import Suggestion, changes, narrowed, suggest
from scopebox.extension.least_privilege import sent_in as request_of  # what the trace keeps of a request
from scopebox.manifest.permission import Permission

URL = "https://api.example.com/v1/things?limit=5"


def entry(*urls: str, methods: tuple[str, ...] = ("GET", "POST")) -> Permission:
    return Permission("request", allowed_urls=urls, methods=methods)


def sent(*arguments: str) -> list[object]:
    return [request_of(text) for text in arguments]


@pytest.mark.parametrize(
    ("patterns", "urls", "narrower"),
    [
        (["https://*"], [URL], ["https://api.example.com/v1/*"]),
        (["https://*"], [URL, "https://api.example.com/v2/x"], ["https://api.example.com/*"]),
        (["https://*"], [URL, "https://other.example.org/"], ["https://api.example.com/v1/*", "https://other.example.org/*"]),
        (["https://*"], [f"https://h{n}.example.com/" for n in range(6)], ["https://*"]),
        (["https://api.example.com/v1/*"], [URL], ["https://api.example.com/v1/*"]),
        (["https://api.example.com/v1*"], [URL], ["https://api.example.com/v1/*"]),
        (["https://api.example.com/v1/*?limit=5"], [URL], ["https://api.example.com/v1/*?limit=5"]),
        (["https://api.example.com/*/things"], [URL[:-8]], ["https://api.example.com/*/things"]),
        ([URL], [URL], [URL]),
        ([r"/https:\/\/api\.example\.com\/v\d\/things\?limit=\d/"], [URL], [r"/https:\/\/api\.example\.com\/v\d\/things\?limit=\d/"]),
        ([r"/https:\/\/api\.example\.com\/.*/"], [URL], ["https://api.example.com/v1/*"]),
        (["https://api.example.com/*", "https://other.example.org/*"], [URL], ["https://api.example.com/v1/*"]),
        (["https://other.example.org/*"], [URL], ["https://other.example.org/*"]),
    ],
)  # fmt: skip
def test_a_wildcard_becomes_what_it_served(patterns: list[str], urls: list[str], narrower: list[str]) -> None:
    found = narrowed(entry(*patterns), sent(*(f'["{url}"]' for url in urls)))  # type: ignore[arg-type]
    assert list(found.allowed_urls) == narrower


def test_methods_become_those_that_were_used() -> None:
    found = narrowed(entry("https://*"), sent(f'["{URL}",{{"method":"POST","body":"x"}}]'))  # type: ignore[arg-type]
    assert found.methods == ("POST",)
    assert changes(entry("https://*"), found) == [
        "https://* could be https://api.example.com/v1/*",
        "methods could be POST",
    ]


def test_a_method_that_the_trace_cut_off_leaves_the_methods_alone() -> None:
    assert request_of(f'["{URL}",{{"headers":{{"a":"bbb … ccc"}}}}]').method == ""  # type: ignore[union-attr]
    assert request_of('["https://api.example.com/aaa … zzz"]') is None


@pytest.fixture
def box(pool: IsolatePool) -> Sandbox:
    return Sandbox(pool=pool, transport=httpx.MockTransport(lambda _: httpx.Response(200, text="hi")))


def suggested(box: Sandbox, source: str, *permissions: object) -> Suggestion:
    extension = box.load(source, name="hello", manifest={"permissions": list(permissions)})
    return suggest(extension, box.trace, dropped=box.trace.dropped)


def test_it_says_what_was_never_used_and_on_how_many_runs_it_rests(box: Sandbox) -> None:
    box.mock("GET", "https://api.example.com/*", text="hi")
    wide = {"permission": "request", "allowedUrls": ["https://*"]}
    found = suggested(box, f"await exec('request', '{URL}')", wide, {"permission": "read-items", "role": "admin"})
    assert [entry.permission for entry in found.unused] == ["read-items"]
    assert (found.runs, found.calls) == (1, 1)
    text = found.text()
    assert "1 of 2 permissions was never used and 1 could be narrower." in text
    assert "This rests on 1 run with 1 call" in text
    assert "never used: read-items" in text
    assert '-#   { permission = "read-items", role = "admin" },' in text
    assert '+#   { permission = "request", allowedUrls = ["https://api.example.com/v1/*"], methods = ["GET"] },' in text


def test_an_extension_that_did_nothing_gets_no_suggestion(box: Sandbox) -> None:
    found = suggested(box, "1", {"permission": "read-items", "role": "admin"})
    assert (found.unused, found.difference) == ((), "")
    assert found.text() == "hello: run it first.\nNothing is known yet: the trace has no call of it."


def test_a_refused_call_was_wanted_all_the_same(box: Sandbox) -> None:
    source = "try:\n    await exec('request', 'https://other.example.org/')\nexcept PermissionError:\n    pass"
    found = suggested(box, source, {"permission": "request", "allowedUrls": ["https://api.example.com/*"]})
    assert (found.unused, found.narrower) == ((), ())
    assert found.notes == ("Refused, and so perhaps still needed: request (url): 1.",)


def test_handlers_that_never_ran_speak_against_it(box: Sandbox) -> None:
    source = (
        "def h(payload):\n    return payload\nawait exec('register-filter', {'event': 'items.create', 'handler': h})"
    )
    found = suggested(box, source, {"permission": "read-items", "role": "admin"})
    assert found.notes == ("1 of its 1 handlers never ran; they may need more.",)


def test_more_folders_than_an_entry_may_have_leave_it_as_it_is() -> None:
    asked = entry(*(f"https://*.a{number}.test/*" for number in range(40)))
    urls = [f'["https://{host}.a{number}.test/x"]' for number in range(40) for host in "abc"]
    assert narrowed(asked, sent(*urls)) is asked  # type: ignore[arg-type]


def test_large_expressions_are_compared_with_few_requests_and_small_ones_with_all(box: Sandbox) -> None:
    box.mock("GET", "https://a.test/*", text="hi")
    source = "for number in range(20): await exec('request', f'https://a.test/v1/{number}')"
    small = suggested(box, source, {"permission": "request", "allowedUrls": [r"/https://a\.test/.*/"]})
    assert [after.allowed_urls for _, after in small.narrower] == [("https://a.test/v1/*",)]
    expressions = [rf"/https://a\.test/.*[ab].{{{800 + number}}}/" for number in range(12)]
    large = suggested(box, source, {"permission": "request", "allowedUrls": ["https://a.test/*", *expressions]})
    assert large.narrower == ()
    assert any("more than are compared" in note for note in large.notes)
