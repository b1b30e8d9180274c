"""What is kept for hooks: within bounds, and given back on every way out."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import msgspec
import pytest
from scopebox.errors import CancelledRun, ExtensionError, LimitError
from scopebox.registry.kept import EVENT_BYTES, MAX_FILTERED_BYTES, MAX_WAITING_BYTES, Arguments, InFilters, Told

LARGE = "x" * (MAX_FILTERED_BYTES // 2)


def test_the_only_payload_in_filters_may_have_any_size() -> None:
    filtered = InFilters()
    for _ in range(3):
        with filtered.keeping("a", LARGE * 3):
            pass


def test_payloads_in_filters_of_one_extension_are_refused_where_they_are_too_many_bytes_together() -> None:
    filtered = InFilters()
    with filtered.keeping("a", LARGE):
        with (
            pytest.raises(LimitError, match="Filters of a work on more than 8,388,608 bytes"),
            filtered.keeping("a", LARGE),
        ):
            raise AssertionError
        with filtered.keeping("b", LARGE):
            pass


def test_small_payloads_pass_large_ones() -> None:
    filtered = InFilters()
    with filtered.keeping("a", LARGE * 3):
        for _ in range(3):
            with filtered.keeping("a", {"small": "passes"}):
                pass


def test_wide_characters_count_as_what_they_take() -> None:
    filtered = InFilters()
    with filtered.keeping("a", ""):
        with pytest.raises(LimitError), filtered.keeping("a", "\U0001f600" + LARGE):
            raise AssertionError
        with filtered.keeping("a", LARGE):
            pass


@pytest.mark.parametrize(
    "ending",
    [
        ExtensionError("raised"),
        LimitError("time over", kind="wall"),
        CancelledRun("interrupt"),
        asyncio.CancelledError(),
    ],
)
def test_a_payload_is_given_back_however_its_filters_end(ending: BaseException) -> None:
    filtered = InFilters()
    with filtered.keeping("a", ""):
        for _ in range(3):
            with suppress(type(ending)), filtered.keeping("a", LARGE):
                raise ending
        with filtered.keeping("a", LARGE):
            pass


def test_a_payload_is_given_back_when_the_task_that_waits_for_its_filters_is_cancelled() -> None:
    filtered = InFilters()

    async def event() -> None:
        with filtered.keeping("a", LARGE):
            await asyncio.sleep(3600)

    async def work() -> None:
        first = asyncio.create_task(event())
        await asyncio.sleep(0)
        with pytest.raises(LimitError):
            await event()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        with filtered.keeping("a", ""), filtered.keeping("a", LARGE):
            pass

    asyncio.run(work())


def test_what_actions_are_told_counts_once_for_all_of_them_and_until_nobody_has_it() -> None:
    kept: Counter[str] = Counter()
    told = Told({"payload": {"title": "x"}, "key": 5}, kept, "a")
    others = [told] * 40
    assert kept == {"a": EVENT_BYTES + len('{"title":"x"}')}
    assert told.payload == msgspec.Raw(b'{"title":"x"}')
    assert told.fits
    arguments = Arguments(told, {"event": "e", **told.meta}, None)
    assert msgspec.json.encode(arguments) == b'[{"title":"x"},{"event":"e","payload":{"title":"x"},"key":5},null]'
    del told
    others.clear()
    assert kept["a"] > 0  # of a call that waits
    del arguments
    assert kept["a"] == 0


def test_what_does_not_fit_fits_again_when_others_are_gone() -> None:
    kept: Counter[str] = Counter()
    waiting = [Told({"payload": "x" * (MAX_WAITING_BYTES // 2)}, kept, "a") for _ in range(2)]
    assert [told.fits for told in waiting] == [False, False]  # of the quotes, which count
    assert Told({}, kept, "b").fits
    waiting.pop()
    assert waiting[0].fits


def test_the_only_event_that_waits_may_have_any_size() -> None:
    kept: Counter[str] = Counter()
    told = Told({"payload": "x" * (2 * MAX_WAITING_BYTES)}, kept, "a")
    assert told.fits
    others = [Told({"payload": "x" * size}, kept, "b") for size in (MAX_WAITING_BYTES // 2, 100)]
    assert [told.fits, others[0].fits] == [False, False]
    assert told.limit == "16,777,216 bytes in one extension"
    assert others[0].limit == "20,971,520 bytes in all extensions"
    del others[0]
    assert others[0].fits
