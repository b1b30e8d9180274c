from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from scopebox.errors import ExtensionError
from scopebox.network.shares import LEAST_BYTES, MAX_OPEN_LOOKUPS, MAX_TOTAL_BYTES, RESERVED_BYTES, Shares

from tests.state import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 5_000_000


class Resolver:
    """A resolver that hangs for ``hang.test`` until it is let go, and knows all other names."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        if host.endswith("hang.test"):
            self.let_go.wait(PATIENCE)
        if host == "unknown.test":
            raise socket.gaierror(-2, "Name or service not known")
        if host == "odd.test":
            raise UnicodeError("label too long")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))] * 2


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    fake = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", fake)
    yield fake
    fake.let_go.set()


def test_a_body_of_the_largest_size_has_room_in_all_its_forms_and_no_more() -> None:
    share = Shares(LARGEST).share_of("a")
    with share.budget() as take:
        for _ in range(3):
            take(LARGEST)
        with pytest.raises(ExtensionError, match=r"too large together: more than 15,000,000 bytes"):
            take(1)
    with share.budget() as take:
        take(LARGEST)


def test_what_was_given_back_can_be_taken_again() -> None:
    with Shares(LARGEST).share_of("a").budget() as take:
        for _ in range(9):
            take(3 * LARGEST)
            take(-3 * LARGEST)


def test_where_responses_have_to_be_small_large_bodies_can_be_sent() -> None:
    with Shares(1_024).share_of("a").budget() as take:
        take(LEAST_BYTES)
        with pytest.raises(ExtensionError, match="too large together"):
            take(1)


def test_what_one_extension_takes_is_missing_to_no_other() -> None:
    shares = Shares(LARGEST)
    with shares.share_of("a").budget() as greedy, shares.share_of("b").budget() as honest:
        with pytest.raises(ExtensionError):
            greedy(3 * LARGEST + 1)
        honest(3 * LARGEST)


def test_all_extensions_together_have_a_limit_and_small_answers_still_fit() -> None:
    shares = Shares(MAX_TOTAL_BYTES // 3)
    with (
        shares.share_of("a").budget() as one,
        shares.share_of("b").budget() as two,
        shares.share_of("c").budget() as small,
    ):
        one(MAX_TOTAL_BYTES - 10)
        with pytest.raises(ExtensionError, match="too large together"):
            two(RESERVED_BYTES + 1)
        small(RESERVED_BYTES)


def test_a_name_is_looked_up_by_the_system(resolver: Resolver) -> None:
    async def run() -> None:
        share = Shares(LARGEST).share_of("a")
        assert await share.resolve("api.test", 443) == ["93.184.216.34"]
        for unknown in ("unknown.test", "odd.test"):
            with pytest.raises(OSError, match=r"known|long"):
                await share.resolve(unknown, 443)

    asyncio.run(run())
    assert resolver.asked == ["api.test", "unknown.test", "odd.test"]


def test_look_ups_that_hang_delay_neither_others_nor_the_end(resolver: Resolver) -> None:
    async def run() -> None:
        shares = Shares(LARGEST)
        hanging = [asyncio.create_task(shares.share_of("a").resolve(f"{n}.hang.test", 1)) for n in range(40)]
        await asyncio.sleep(0)
        assert await shares.share_of("b").resolve("api.test", 1)
        for task in hanging:  # as at the end of a request: the resolver knows nothing of it
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        later = asyncio.create_task(shares.share_of("a").resolve("api.test", 1))
        assert await shares.share_of("b").resolve("api.test", 1)
        assert not later.done()
        resolver.let_go.set()
        assert await later

    def asked() -> int:
        return sum(host.endswith("hang.test") for host in resolver.asked)

    asyncio.run(run())
    assert eventually(asked, MAX_OPEN_LOOKUPS) == MAX_OPEN_LOOKUPS  # a thread may begin late


def test_a_resolver_that_answers_after_the_end_is_not_heard(resolver: Resolver) -> None:
    async def run() -> None:
        asyncio.create_task(Shares(LARGEST).share_of("a").resolve("hang.test", 1)).cancel()
        task = asyncio.create_task(Shares(LARGEST).share_of("a").resolve("hang.test", 1))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(run())
    resolver.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "scopebox-look-up":
            thread.join(PATIENCE)
            assert not thread.is_alive()
