from __future__ import annotations

import asyncio

import pytest
from scopebox.store.emitter import EventContext
from scopebox.store.writing.replay import Changed, Tape, TapedEmitter

from tests.stores import Listener, Row


async def say(value: object) -> object:
    return value


def test_the_second_time_answers_come_from_the_tape_in_order() -> None:
    async def work() -> list[object]:
        tape = Tape()
        first = [await tape.answer("q", lambda value=value: say(value)) for value in (1, 2)]  # type: ignore[misc]
        tape.rewind()
        return first + [await tape.answer("q", lambda: say("never")) for _ in range(2)]

    assert asyncio.run(work()) == [1, 2, 1, 2]


def test_a_new_question_is_not_asked_the_second_time_unless_it_is_no_matter() -> None:
    async def work() -> object:
        tape = Tape()
        tape.rewind()
        with pytest.raises(Changed):
            await tape.answer("q", lambda: say(1))
        return await tape.answer("q", lambda: say(2), anew=True)

    assert asyncio.run(work()) == 2


def test_a_filter_is_asked_again_only_about_another_payload() -> None:
    listener, names, context = Listener(), ("items.create", "a.items.create"), EventContext()

    async def count(payload: object, meta: Row) -> object:
        assert isinstance(payload, int)
        return payload + 1

    async def work() -> object:
        tape = Tape()
        emitter = TapedEmitter(listener, tape)
        listener.filters["items.create"] = count
        await emitter.filter(names, 1, {}, context)
        tape.rewind()
        with pytest.raises(Changed):
            await emitter.filter(names, 2, {}, context)
        return await emitter.filter(names, 1, {}, context)

    assert asyncio.run(work()) == 2
    assert len(listener.told) == 1


def test_actions_are_told_once() -> None:
    listener, tape = Listener(), Tape()
    emitter = TapedEmitter(listener, tape)
    emitter.action(("items.read",), {}, EventContext())
    tape.rewind()
    emitter.action(("items.read",), {}, EventContext())
    assert len(listener.told) == 1
