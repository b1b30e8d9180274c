from __future__ import annotations

import asyncio

import msgspec
import pytest
from scopebox.store.emitter import EventContext
from scopebox.store.writing.replay import DIGEST_BYTES, UNCHANGED, ChangedError, HookReplay, ReplayedEmitter
from scopebox_guest.wire import Certain

from tests.stores import Listener, Row


async def say(value: object) -> object:
    return value


def test_the_second_time_answers_come_from_the_tape_in_order() -> None:
    async def work() -> list[object]:
        replay = HookReplay()
        first = [await replay.answer("q", lambda value=value: say(value)) for value in (1, 2)]  # type: ignore[misc]
        replay.rewind()
        return first + [await replay.answer("q", lambda: say("never")) for _ in range(2)]

    assert asyncio.run(work()) == [1, 2, 1, 2]


def test_a_new_question_is_not_asked_the_second_time_unless_it_is_no_matter() -> None:
    async def work() -> object:
        replay = HookReplay()
        replay.rewind()
        with pytest.raises(ChangedError):
            await replay.answer("q", lambda: say(1))
        return await replay.answer("q", lambda: say(2), anew=True)

    assert asyncio.run(work()) == 2


def test_a_filter_is_asked_again_only_about_another_payload() -> None:
    listener, names, context = Listener(), ("items.create", "a.items.create"), EventContext()

    async def count(payload: object, meta: Row) -> object:
        assert isinstance(payload, int)
        return payload + 1

    async def work() -> object:
        replay = HookReplay()
        emitter = ReplayedEmitter(listener, replay)
        listener.filters["items.create"] = count
        await emitter.filter(names, 1, {}, context)
        replay.rewind()
        with pytest.raises(ChangedError):
            await emitter.filter(names, 2, {}, context)
        return await emitter.filter(names, 1, {}, context)

    assert asyncio.run(work()) == 2
    assert len(listener.told) == 1


def test_actions_are_told_once() -> None:
    listener, replay = Listener(), HookReplay()
    emitter = ReplayedEmitter(listener, replay)
    emitter.action(("items.read",), {}, EventContext())
    replay.rewind()
    emitter.action(("items.read",), {}, EventContext())
    assert len(listener.told) == 1


def test_what_filters_made_is_kept_as_text_and_what_they_left_is_not_kept() -> None:
    """As data, each of many would take many times the memory until all are written."""
    listener, names, context = Listener(), ("items.create", "a.items.create"), EventContext()

    async def handler(payload: object, _meta: Row) -> object:
        return payload if payload == "left" else {"made": payload}

    async def work() -> tuple[list[object], list[object]]:
        replay = HookReplay()
        emitter = ReplayedEmitter(listener, replay)
        listener.filters["items.create"] = handler
        first = [await emitter.filter(names, payload, {}, context) for payload in ("left", "changed")]
        filtered = await emitter.filter_first(names, ["first"], {}, context, Certain({}, []))
        kept = [answer for answers in replay._answers.values() for answer in answers]
        replay.rewind()
        again = [await emitter.filter(names, payload, {}, context) for payload in ("left", "changed", "first")]
        assert [*first, *filtered.values] == again == ["left", {"made": "changed"}, {"made": "first"}]
        return kept, again

    kept, _ = asyncio.run(work())
    assert kept == [UNCHANGED, msgspec.Raw(b'{"made":"changed"}'), msgspec.Raw(b'{"made":"first"}')]


def test_what_stands_for_a_question_is_small() -> None:
    """Payloads lie in each other, and each of them is asked about."""
    listener, replay = Listener(), HookReplay()

    async def handler(payload: object, _meta: Row) -> object:
        return payload

    listener.filters["a"] = handler
    asyncio.run(ReplayedEmitter(listener, replay).filter(("a",), "x" * 100_000, {}, EventContext()))
    (question,) = replay._answers
    assert isinstance(question, tuple)
    assert question[0] == ("a",)
    assert [len(part) for part in question[1:]] == [DIGEST_BYTES, DIGEST_BYTES]
