from __future__ import annotations

import asyncio
from functools import partial

import pytest
from scopebox.store.emitter import EventContext
from scopebox.store.writing.replay import ChangedError, HookReplay, ReplayedEmitter
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


@pytest.mark.parametrize(
    "made", [{"a": [1, 2.5, None, "я" * 100]}, ["x"], "text", None, 7, {"a": object()}, 2**70, {"a": 2**63}]
)
@pytest.mark.parametrize("many", [True, False])
def test_the_second_time_a_filter_answers_what_it_made_the_first_time(made: object, *, many: bool) -> None:
    listener, names, context = Listener(), ("items.create", "a.items.create"), EventContext()

    async def make(_payload: object, _meta: Row) -> object:
        return made

    async def work() -> list[object]:
        replay = HookReplay()
        emitter = ReplayedEmitter(listener, replay)
        listener.filters["items.create"] = make
        payload = {"title": "x" * 100}
        ask = partial(_first, emitter) if many else emitter.filter
        first = await ask(names, payload, {}, context)
        replay.rewind()
        return [first, await ask(names, dict(payload), {}, context)]

    assert asyncio.run(work()) == [made, made]


def test_a_filter_that_leaves_its_payload_leaves_that_of_the_second_time() -> None:
    listener, names, context = Listener(), ("items.create", "a.items.create"), EventContext()

    async def leave(payload: object, _meta: Row) -> object:
        return payload

    async def work() -> bool:
        replay = HookReplay()
        emitter = ReplayedEmitter(listener, replay)
        listener.filters["items.create"] = leave
        await emitter.filter(names, {"title": "x"}, {}, context)
        replay.rewind()
        again = {"title": "x"}
        return await emitter.filter(names, again, {}, context) is again

    assert asyncio.run(work())


async def _first(
    emitter: ReplayedEmitter, names: tuple[str, ...], payload: object, meta: Row, context: EventContext
) -> object:
    certain = Certain({}, [])
    return (await emitter.filter_first(names, [payload], meta, context, certain)).values[0]
