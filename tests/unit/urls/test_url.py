from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.urls.url import parse_url

PIECES = st.sampled_from(
    [
        "a",
        "B",
        "~",
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        "%2f",
        "%5c",
        "%41",
        "%",
        "%zz",
        "?",
        "&",
        "=",
        "*",
        ";",
        "é",
        "[",
        ":",
    ]
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTPS://API.Example.COM", "https://api.example.com/"),
        ("https://h:443/x", "https://h/x"),
        ("http://h:443/x", "http://h:443/x"),
        ("https://h/a/./b/../c", "https://h/a/c"),
        ("https://h/a/..", "https://h/"),
        ("https://h/../../a", "https://h/a"),
        ("https://h/a/%2e%2E/b", "https://h/b"),
        ("https://h/%252e%252e/b", "https://h/%252e%252e/b"),
        ("https://h/%7ea%2fb", "https://h/~a%2Fb"),
        ("https://h/é", "https://h/%C3%A9"),
        ("https://h/100%", "https://h/100%25"),
        ("https://h//evil.test/", "https://h//evil.test/"),
        ("https://h/a?filter[id]=1#x?y", "https://h/a?filter%5Bid%5D=1"),
        ("https://h?a=/../b", "https://h/?a=/../b"),
        ("https://h/a?", "https://h/a"),
        ("https://h#@evil.test/", "https://h/"),
        ("http://2130706433:80/", "http://127.0.0.1/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ('https://h/[]|^{}<>"`', "https://h/%5B%5D%7C%5E%7B%7D%3C%3E%22%60"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_url_becomes_one(text: str, url: str) -> None:
    assert str(parse_url(text)) == url


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "h",
            "//h/",
            "evil.test/.example.com/",
            "/x",
            "https:/h",
            "https:h",
            "https://",
            "https:///x",
            "https://?x",
        ),
        *("file:///etc/passwd", "javascript:alert(1)", "javascript://h/%0aalert(1)", "ftp://h/", "ws://h/", "data:,x"),
        *("https://user@h/", "https://user:pass@h/", "https://api.example.com:443@evil.test/", "https://@h/"),
        *("https://h:0/", "https://h:65536/", "https://h:/", "https://h:-1/", "https://h:٣/", "https://h:80:80/"),
        *(" https://h/", "https://h/ x", "https://h/\tx", "https://h/\n", "https://h/\x00", "https://h/\x7f"),
        *("https://h\\@evil.test/", "https://h/a\\b", "https://h/\u200b", "https://h/\u202e", "https://h/\ud800"),
        *(
            "https://h/a/..%2fb",
            "https://h/a/%2e%2e%2Fb",
            "https://h/..%5cb",
            "https://h/a/..;x/b",
            "https://h/a%2f..%2fb",
        ),
        *("https://[::1]x/", "https://[::1%25lo]/", "https://h/" + "x" * 10_000),
    ],
)
def test_what_parsers_could_disagree_about_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"URL|host|scheme|port|path"):
        parse_url(text)


def test_the_parts_of_a_url_are_those_of_a_request() -> None:
    url = parse_url("https://API.example.com:8443/v1/x?y=1")
    assert (url.scheme, url.host, url.port, url.path, url.query) == ("https", "api.example.com", 8443, "/v1/x", "y=1")
    assert (url.authority, url.origin, url.target) == (
        "api.example.com:8443",
        "https://api.example.com:8443",
        "/v1/x?y=1",
    )


@given(st.lists(PIECES).map("".join))
def test_normalising_twice_changes_nothing_and_leaves_no_dot_segments(rest: str) -> None:
    try:
        url = parse_url(f"https://h.test/{rest}")
    except ValueError:
        return
    assert parse_url(str(url)) == url
    assert not {".", ".."} & set(url.path.split("/"))
    assert str(url).isascii()
    assert url.host == "h.test"


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://{text}.example.com/", f"https://h/{text}"):
        try:
            url = parse_url(candidate)
        except ValueError:
            continue
        assert url.scheme in {"http", "https"}
        assert str(url).isascii()
