from __future__ import annotations

import time
from contextlib import closing
from fnmatch import fnmatchcase

import idna
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scopebox.errors import ManifestError
from scopebox.urls.patterns import (
    MAX_EXPRESSION_STEPS,
    Glob,
    RegexPattern,
    UrlPattern,
    WildcardPattern,
    any_matches,
    characters_at_once,
    check_expressions,
    in_groups,
)
from scopebox.urls.re2 import Re2
from scopebox.urls.url import MAX_URL_CHARACTERS, parse_url


def compiled(text: str, re2: Re2) -> UrlPattern:
    pattern = UrlPattern.parse(text)
    if isinstance(pattern, RegexPattern):
        check_expressions([pattern], re2)
    return pattern


def matches(pattern: str, url: str) -> bool:
    with closing(Re2()) as re2:
        return compiled(pattern, re2).matches(parse_url(url), re2)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("https://directus.io/*", "https://directus.io"),
        ("https://api.example.com/*", "HTTPS://API.EXAMPLE.COM:443/x/y?z=1"),
        ("https://api.example.com/*", "https://api.example.com./x"),
        ("https://api.example.com/v1/**", "https://api.example.com/v1/a/b?c=d"),
        ("https://api.example.com/*/x", "https://api.example.com/a/b/x"),
        ("https://api.example.com/v1/chat*", "https://api.example.com/v1/chat/completions"),
        ("https://api.test/send?dry-run=true", "https://api.test/send?dry-run=true"),
        ("https://api.test/*?key=*", "https://api.test/a?key=5"),
        ("https://api.test", "https://api.test/"),
        ("https://*", "https://anything.test/a/b?c"),
        ("https://**", "https://anything.test/"),
        ("*://api.test/*", "http://api.test/"),
        ("https://*:8443/*", "https://a.test:8443/"),
        ("https://a.test:*/*", "https://a.test:1234/"),
        ("https://*.example.com/*", "https://a.b.example.com/"),
        ("https://api-*.example.com/*", "https://api-eu.example.com/"),
        ("https://exämple.com/*", "https://xn--exmple-cua.com/"),
        ("https://*.exämple.com/*", "https://a.xn--exmple-cua.com/"),
        ("https://*.\uff11\uff12.example.com/*", "https://a.12.example.com/"),
        ("https://*." + "a" * 63 + ".test/*", "https://b." + "a" * 63 + ".test/"),
        ("http://[::1]:80/*", "http://[0::1]/"),
        ("http://127.1/*", "http://2130706433/"),
        ("https://a.test/%7e*", "https://a.test/~x"),
        ("https://a.test/a?$filter=*", "https://a.test/a?$filter=x"),
        (r"/https://api\.example\.com/v1/.*/", "https://api.example.com/v1/x?y"),
        (r"/^https:\/\/api\.example\.com\/[a-z\/]+$/", "https://api.example.com/a/b"),
        ("/https?://(?:a|b)\\.test/[^/]*/", "http://b.test/x"),
    ],
)
def test_a_pattern_allows_what_it_says(pattern: str, url: str) -> None:
    assert matches(pattern, url)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("https://api.example.com/*", "http://api.example.com/"),
        ("https://api.example.com/*", "https://api.example.com:8443/"),
        ("https://api.example.com/*", "https://apiXexample.com/"),
        ("https://api.example.com/*", "https://api.example.com.evil.test/"),
        ("https://api.example.com/*", "https://api.ex\u0430mple.com/"),
        ("https://fass.example.com/*", "https://faß.example.com/"),
        ("https://*.example.com/*", "https://evil.test/?u=.example.com/"),
        ("https://*.example.com/*", "https://evil.test/.example.com/"),
        ("https://*.example.com/*", "https://example.com/"),
        ("https://api.test/public/*", "https://api.test/public/%2e%2e/private"),
        ("https://api.test/v1/scrape", "https://api.test/v1/scrape/x"),
        ("https://api.test/v1/scrape", "https://api.test/v1/scrape?x"),
        ("https://api.test/a?b", "https://api.test/aXb"),
        ("https://api.test/a?b", "https://api.test/a?b=1"),
        ("https://api.test/a*", "https://api.test/zzz"),
        ("https://api.test/*x", "https://api.test/ax?y"),
        ("https://api.test/*?key=1", "https://api.test/a?key=1&b=2"),
        ("https://api.test", "https://api.test/x"),
        ("https://*", "http://a.test/"),
        ("https://*", "https://a.test:8443/"),
        ("https://*/", "https://a.test/x"),
        ("https://*.test", "https://a.test/x"),
        ("/https://api.example.com/.*/", "https://evil.test/https://api.example.com/"),
        ("/https://.*\\.example\\.com/.*/", "https://evil.test/x.example.com/"),
        ("/https://.*/x/", "https://a.test/y/x"),
        ("/https://a\\.test/x/", "https://a.test/xy"),
    ],
)
def test_a_pattern_allows_nothing_else(pattern: str, url: str) -> None:
    assert not matches(pattern, url)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "is empty"),
        ("*", "would allow everything"),
        ("**", "would allow everything"),
        ("*.example.com/*", "Write https://*.example.com/*"),
        ("api.example.com", "Write https://api.example.com"),
        ("/v1/*", "does not start with a scheme"),
        ("file://*", "has the scheme file"),
        ("ftp*://a/*", "has the scheme"),
        ("https://api.example.com*", "Write https://api.example.com/* for one host"),
        ("https://*.example.com*", "ends its host in a wildcard"),
        ("https://api.*/*", "ends its host in a wildcard"),
        ("https://user@a.test/*", "user information"),
        ("https://a.test:99999/*", "the port"),
        ("https://a.test/../b", "dot segments"),
        ("https://a.test/ b", "percent-encode"),
        ("https://a.test/\u200b", "percent-encode"),
        ("https://a.test/*#x", "fragment"),
        ("https://{a,b}.test/*", "not a wildcard pattern"),
        ("^https://(api", "a regular expression stands between slashes"),
        ("https://a b/*", "percent-encode"),
        ("https://a..b/*", "host"),
        ("https://*." + "é." * 900 + "test/*", "the host is too long"),
        ("https://*" + "." * 900 + "*/*", "the host is too long"),
        ("https://*." + "ab." * 90 + "test/*", "the host is too long"),
        ("https://*." + "éé." * 30 + "test/*", "is too long"),
        ("https://*." + "a" * 64 + ".test/*", "is too long"),
        ("https://*.é。。test/*", "host"),
        ("/.*/", "has no host and path"),
        ("https://a.test/" + "x" * 3000, "are the limit"),
        ("/https://a\u200b.test/x/", "cannot be seen"),
        ("/https://a.test/|/https://b.test/", "has a | outside"),
        ("/(https://a.test/)?.*/", "slash in parentheses"),
        ("/(?i)https://a.test/x/", "Only (?:…) is allowed"),
        (r"/https://a\.test/(x/", "does not parse"),
        (r"/https://a\.test/(.)\1/", "does not parse"),
        (r"/https://a\.test/x{1000}{1000}/", "does not parse"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_remedy(pattern: str, message: str) -> None:
    with closing(Re2()) as re2, pytest.raises(ManifestError) as caught:
        compiled(pattern, re2)
    assert message in str(caught.value)
    assert caught.value.hint


def test_a_host_that_is_too_long_is_refused_before_anything_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    monkeypatch.setattr(idna, "encode", lambda label, **_: encoded.append(label))
    for host in ("*." + "é." * 900 + "test", "é" * 900, "é." * 900):
        with pytest.raises(ManifestError, match="too long"):
            UrlPattern.parse(f"https://{host}/*")
    assert encoded == []


@pytest.mark.parametrize(
    ("pattern", "exact"),
    [
        ("https://a.test/*", True),
        ("http://127.0.0.1:8055/*", True),
        ("https://*", False),
        ("https://*.a.test/*", False),
        ("http://127.0.0.1:*/*", False),
        (r"/https://a\.test/x/", False),
    ],
)
def test_only_a_host_and_a_port_without_wildcards_are_exact(pattern: str, *, exact: bool) -> None:
    assert UrlPattern.parse(pattern).names_host() is exact


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_a_glob_agrees_with_shell_patterns(pattern: str, text: str) -> None:
    assert Glob(pattern).matches(text) is fnmatchcase(text, pattern)


def test_a_glob_takes_no_longer_for_many_wildcards() -> None:
    assert not Glob("*a" * 1000 + "b").matches("a" * 5000)


HOSTS = st.sampled_from(["a.test", "b.a.test", "evil.test", "a.test.evil.test", "xa.test"])
PATHS = st.text("ab/.?=%2eF", max_size=12)


@given(HOSTS, PATHS, HOSTS, PATHS)
def test_no_path_or_query_ever_stands_in_for_a_host(allowed: str, below: str, host: str, rest: str) -> None:
    try:
        pattern = WildcardPattern.read(f"https://{allowed}/{below}*")
        url = parse_url(f"https://{host}/{rest}")
    except (ManifestError, ValueError):
        assume(condition=False)
        return
    assert not pattern.covers(url) or host == allowed


@given(HOSTS, PATHS)
def test_a_url_matches_itself_as_a_pattern(host: str, rest: str) -> None:
    try:
        url = parse_url(f"https://{host}/{rest}")
    except ValueError:
        assume(condition=False)
        return
    assert WildcardPattern.read(str(url)).covers(url)


@pytest.mark.parametrize(
    ("expression", "steps"),
    [
        ("abc", 3),
        ("a{400}", 400),
        ("(?:ab){3,50}c", 201),
        ("(a{10}){10}", 100),
        (r"\pL{2}", 800),
        ("[^x]+", 9),
        (r"\{3}", 3),
    ],
)
def test_the_size_of_an_expression_counts_what_is_repeated(expression: str, steps: int) -> None:
    parsed = UrlPattern.parse(f"/https://a/{expression}/")
    assert steps <= parsed.steps - len("https://a/") <= steps + 4


def test_a_dot_is_what_a_url_can_have_and_a_quoted_one_is_a_dot() -> None:
    assert matches(r"/https://a\.test/.[.]\..\Q.\E/", "https://a.test/~..x.")
    assert not matches(r"/https://a\.test/.[.]\..\Q.\E/", "https://a.test/~..xx")


def test_expressions_are_matched_in_groups_that_take_little_time() -> None:
    url = parse_url(f"https://a.test/{'ab' * 4000}")
    with closing(Re2()) as re2:
        patterns = [UrlPattern.parse(f"/https://a\\.test/.*a.{{{400 + number}}}x{number}/") for number in range(100)]
        expressions = [pattern for pattern in patterns if isinstance(pattern, RegexPattern)]
        groups = list(in_groups(expressions, url))
        assert [pattern for group in groups for pattern in group] == patterns
        assert len(groups) > 1
        slowest = 0.0
        for group in groups:
            started = time.thread_time()
            assert not any_matches(group, url, re2)
            slowest = max(slowest, time.thread_time() - started)
        assert slowest < 0.25
        assert any_matches(expressions, parse_url(f"https://a.test/a{'b' * 407}x7"), re2)
    assert list(in_groups([], url)) == []


def test_one_expression_is_matched_with_the_longest_url_in_little_more_than_one_piece_of_work() -> None:
    assert 2 * characters_at_once(MAX_EXPRESSION_STEPS) >= MAX_URL_CHARACTERS
    UrlPattern.parse(r"/https://a\.test/[a-z]{900}/")
    with pytest.raises(ManifestError, match=f"{MAX_EXPRESSION_STEPS:,} are the limit"):
        UrlPattern.parse(r"/https://a\.test/[a-z]{900}[0-9]{200}/")


@pytest.mark.parametrize("pattern", ["https://*.a.test/v1/*", r"/https://[a-z.]+\.a\.test/v1/.*/"])
def test_the_urls_that_a_pattern_allows_are_found_among_many(pattern: str) -> None:
    urls = [
        parse_url(f"https://{host}.a.test/{path}") for host in ("b", "c.d", "1") for path in ("v1/x", "v2/x", "v1/")
    ]
    with closing(Re2()) as re2:
        found = UrlPattern.parse(pattern)
        assert found.among(urls, re2) == [place for place, url in enumerate(urls) if found.matches(url, re2)]
        assert len(found.among(urls, re2)) in (4, 6)


@pytest.mark.parametrize(
    "url", ["https://a.test/b/c?d", "http://a.test:8055/b/c", "https://[::1]/b/", "https://exämple.com/b/é"]
)
def test_a_folder_is_the_pattern_that_its_text_is(url: str) -> None:
    parsed = parse_url(url)
    made, read = WildcardPattern.of_folder(parsed, "/b/"), UrlPattern.parse(f"{parsed.origin}/b/*")
    assert isinstance(read, WildcardPattern)
    assert made.text == read.text
    for other in (url, "https://a.test/b/", "https://a.test/x", "http://a.test/b/", "https://[::1]/b/x?y"):
        assert made.covers(parse_url(other)) == read.covers(parse_url(other))
    assert made.names_host()
    assert read.names_host()
