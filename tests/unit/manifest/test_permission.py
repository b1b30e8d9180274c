"""Entries: their URL patterns are read once, by the entry, for all who ask."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from scopebox.errors import ManifestError
from scopebox.extension.least_privilege import Sent, narrowed
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.permission import MAX_URLS, MAX_URLS_BYTES, Permission
from scopebox.network.allowed import Allowed
from scopebox.network.outgoing import Outgoing
from scopebox.urls.patterns import MAX_EXPRESSION_STEPS, UrlPattern
from scopebox.urls.re2 import Re2
from scopebox.urls.url import parse_url
from scopebox.workbench.review.account import wide

if TYPE_CHECKING:
    from collections.abc import Sequence

URLS = ("https://*", "https://api.example.com/*", r"/https://[a-z]+\.example\.com/v1/.*/")


def entry(*urls: str) -> Permission:
    return Permission("request", allowed_urls=urls)


def test_patterns_are_parsed_and_compiled_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    compiled: list[Sequence[str]] = []
    parse, which = UrlPattern.parse, Re2.which

    def counted(text: str) -> UrlPattern:
        parsed.append(text)
        return parse(text)

    def tried(re2: Re2, patterns: Sequence[str], text: str) -> list[int]:
        compiled.extend([patterns] if patterns else [])
        return which(re2, patterns, text)

    monkeypatch.setattr(UrlPattern, "parse", counted)
    monkeypatch.setattr(Re2, "which", tried)
    manifest = Manifest.read([{"permission": "request", "allowedUrls": list(URLS)}])
    (permission,) = manifest.permissions
    tries = len(compiled)
    url = parse_url("https://api.example.com/v1/x")

    async def requested() -> None:
        with closing(Allowed()) as allowed:
            for _ in range(3):
                await allowed.check(
                    permission, Outgoing("GET", url, {}, None), str(url), style="exec", matching=asyncio.Lock()
                )
            assert allowed.names_exactly(permission, url)

    wide(manifest)
    asyncio.run(requested())
    assert narrowed(permission, [Sent(url, "GET")]).allowed_urls == ("https://api.example.com/v1/*",)
    assert parsed == list(URLS)
    assert len(compiled) == tries


def test_the_patterns_of_an_entry_are_no_part_of_what_it_says() -> None:
    one, other = entry(*URLS), entry(*URLS)
    assert [pattern.text for pattern in one.patterns] == list(URLS)
    assert (one, hash(one), repr(one)) == (other, hash(other), repr(other))
    assert msgspec.to_builtins(one) == {"permission": "request", "allowedUrls": URLS}


def test_a_narrower_entry_is_the_one_that_its_text_makes_and_has_its_bounds() -> None:
    patterns = entry("https://a.test/*", r"/https://b\.test/x/").patterns
    narrower = entry(*URLS).narrower(patterns, ("GET",))
    made = Permission("request", allowed_urls=("https://a.test/*", r"/https://b\.test/x/"), methods=("GET",))
    assert narrower == made
    assert narrower.patterns == patterns
    with pytest.raises(ManifestError, match=f"{MAX_URLS + 1} URL patterns"):
        entry().narrower(patterns[:1] * (MAX_URLS + 1), ("GET",))


def test_a_character_counts_as_the_bytes_that_it_has() -> None:
    urls = [f"https://{number}.test/{'é' * 98}" for number in range(MAX_URLS)]
    with pytest.raises(ManifestError, match=f"{MAX_URLS_BYTES:,} are the limit"):
        entry(*urls)
    assert entry(*urls[:90]).allowed_urls == tuple(urls[:90])


def test_one_expression_has_a_bound_of_its_own() -> None:
    entry(r"/https://a\.test/[a-z]{900}/", r"/https://b\.test/[a-z]{900}/")
    with pytest.raises(ManifestError, match=f"{MAX_EXPRESSION_STEPS:,} are the limit") as found:
        entry("https://a.test/", r"/https://a\.test/[a-z]{500}[0-9]{500}/")
    assert found.value.place == "allowedUrls[1]"
