"""What a permission covers: regular expressions are asked once for each URL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from scopebox.grants.refusal import RefusalError
from scopebox.manifest.permission import Permission
from scopebox.network import allowed
from scopebox.network.allowed import MAX_KEPT_ANSWERS, Allowed
from scopebox.network.outgoing import Outgoing
from scopebox.urls.patterns import any_matches
from scopebox.urls.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.urls.patterns import RegexPattern
    from scopebox.urls.re2 import Re2
    from scopebox.urls.url import ParsedUrl

PERMISSION = Permission("request", allowed_urls=(r"/https://a\.com/x+/",), methods=("GET",))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that the expressions were asked about."""
    urls: list[str] = []

    def counted(patterns: Sequence[RegexPattern], url: ParsedUrl, re2: Re2) -> bool:
        urls.append(url.path)
        return any_matches(patterns, url, re2)

    monkeypatch.setattr(allowed, "any_matches", counted)
    return urls


async def covers(rules: Allowed, lock: asyncio.Lock, path: str) -> bool:
    url = f"https://a.com{path}"
    outgoing = Outgoing("GET", parse_url(url), {}, None)
    try:
        await rules.check(PERMISSION, outgoing, url, style="exec", matching=lock)
    except RefusalError:
        return False
    return True


def test_requests_to_one_url_ask_the_expressions_once_also_at_the_same_time(asked: list[str]) -> None:
    async def work() -> None:
        rules, lock = Allowed(), asyncio.Lock()
        try:
            assert await asyncio.gather(*(covers(rules, lock, "/xx") for _ in range(20))) == [True] * 20
            assert await asyncio.gather(*(covers(rules, lock, "/y") for _ in range(20))) == [False] * 20
        finally:
            rules.close()

    asyncio.run(work())
    assert asked == ["/xx", "/y"]


def test_answers_are_kept_for_so_many_urls_and_no_more(asked: list[str]) -> None:
    async def work() -> None:
        rules, lock = Allowed(), asyncio.Lock()
        try:
            for number in range(MAX_KEPT_ANSWERS + 1):
                assert not await covers(rules, lock, f"/{number}")
            assert not await covers(rules, lock, "/0")
            assert not await covers(rules, lock, f"/{MAX_KEPT_ANSWERS}")
        finally:
            rules.close()

    asyncio.run(work())
    assert asked.count("/0") == 2
    assert asked.count(f"/{MAX_KEPT_ANSWERS}") == 1
