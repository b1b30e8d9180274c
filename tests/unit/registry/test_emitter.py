"""The emitter: names, order, arguments, results and errors."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
from collections.abc import Coroutine

import msgspec
import pytest
from scopebox.chains.chain import Cause, Chain
from scopebox.errors import ExtensionError, IsolateDied
from scopebox.journal.log import Log
from scopebox.registry.emitter import Events
from scopebox.registry.event_names import matches
from scopebox.registry.registrations import Hook, NewestErrors, Returned, Usage
from scopebox.settings import Settings
from scopebox.store.emitter import EventContext
from scopebox.vocabulary import HookKind
from scopebox_guest import wire

NAMES = ("items.create", "articles.items.create")


class Recorder:
    """Stands for the isolates: records what each handler gets and answers as told."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[object]]] = []
        self.answers: dict[int, object] = {}
        self.dead: set[int] = set()  # of handlers whose isolate has ended

    def __call__(
        self, number: int, args: list[object], cause: Cause, label: str
    ) -> Coroutine[object, object, Returned]:
        """Call it at once, as handlers are called: whoever waits for the answer holds nothing of the arguments."""
        cause.chain.enter(cause.depth + 1)
        self.calls.append((number, msgspec.json.decode(msgspec.json.encode(args))))  # copies, as a guest gets them
        if number in self.dead:
            raise IsolateDied("Isolate is disposed")
        return self._answer(number)

    async def _answer(self, number: int) -> Returned:
        answer = self.answers.get(number)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Returned) else Returned(answer)


class Stage:
    """An emitter whose handlers are a recorder."""

    def __init__(self) -> None:
        self.log = Log(100)
        self.changes = 0
        self.events = Events(self.log, self._changed)
        self.recorder = Recorder()

    def _changed(self) -> None:
        self.changes += 1

    def add(self, number: int, event: str, kind: HookKind = "filter", extension: str = "x") -> Hook:
        hook = Hook(kind, event, extension, number, self.recorder, Usage(NewestErrors()))
        self.events.add(hook)
        return hook

    def filter(self, payload: object, names: tuple[str, ...] = NAMES) -> object:
        async def work() -> object:
            chain = Chain.start("test", Settings())
            return await self.events.filter(
                names, payload, {"collection": "articles"}, EventContext(None, Cause(chain))
            )

        return asyncio.run(work())

    def action(self, meta: dict[str, object]) -> None:
        async def work() -> None:
            chain = Chain.start("test", Settings())
            self.events.action(NAMES, meta, EventContext(None, Cause(chain)))
            await chain.settle(2)

        asyncio.run(work())


@pytest.mark.parametrize(
    ("pattern", "name", "called"),
    [
        ("items.create", "items.create", True),
        ("items.create", "articles.items.create", False),
        ("items.*", "items.create", True),
        ("*.items.create", "articles.items.create", True),
        ("*.items.*", "articles.items.create", True),
        ("articles.*.create", "articles.items.create", True),
        ("*", "items.create", False),
        ("*", "ping", True),
        ("**", "articles.items.create", True),
        ("**", "ping", True),
        ("**.create", "articles.items.create", True),
        ("articles.**", "articles", True),
        ("articles.**", "authors.items.create", False),
    ],
)
def test_which_events_a_name_listens_to(pattern: str, name: str, called: bool) -> None:
    assert matches(pattern, name) is called


def test_the_general_name_comes_before_the_scoped_one_whatever_the_order_of_registration() -> None:
    stage = Stage()
    stage.add(1, "articles.items.create")
    stage.add(2, "items.create")
    stage.add(3, "items.create")
    stage.filter({})
    assert [number for number, _ in stage.recorder.calls] == [2, 3, 1]


def test_each_filter_sees_what_the_one_before_returned_and_its_own_event_name() -> None:
    stage = Stage()
    stage.add(1, "items.create")
    stage.add(2, "articles.items.create")
    stage.recorder.answers = {1: {"title": "changed"}}
    assert stage.filter({"title": "x"}) == {"title": "changed"}
    assert stage.recorder.calls == [
        (1, [{"title": "x"}, {"event": "items.create", "collection": "articles"}, {"accountability": None}]),
        (
            2,
            [
                {"title": "changed"},
                {"event": "articles.items.create", "collection": "articles"},
                {"accountability": None},
            ],
        ),
    ]


@pytest.mark.parametrize("value", [[], {}, 0, False, ""])
def test_any_value_but_none_replaces_the_payload(value: object) -> None:
    stage = Stage()
    stage.add(1, "items.create")
    stage.recorder.answers = {1: value}
    assert stage.filter({"title": "x"}) == value


def test_null_takes_the_place_of_the_payload_for_the_filters_that_follow() -> None:
    stage = Stage()
    stage.add(1, "items.create")
    stage.add(2, "items.create")
    stage.recorder.answers = {1: Returned(null=True)}
    assert stage.filter({"title": "x"}) is None
    assert [args[0] for _, args in stage.recorder.calls] == [{"title": "x"}, None]


def test_what_a_filter_raises_ends_the_event_and_is_counted() -> None:
    stage = Stage()
    first = stage.add(1, "items.create")
    stage.add(2, "items.create")
    stage.recorder.answers = {1: ExtensionError("no")}
    with pytest.raises(ExtensionError, match="no"):
        stage.filter({})
    assert [number for number, _ in stage.recorder.calls] == [1]
    assert (first.usage.calls, first.usage.last_status, first.usage.last_error) == (1, "failed", "no")


def test_the_error_that_is_kept_of_an_action_holds_nothing_that_was_at_work() -> None:
    stage = Stage()
    hook = stage.add(1, "items.create", "action")
    stage.recorder.answers = {1: ExtensionError("no")}
    stage.action({"payload": {}})
    assert hook.usage.error is not None
    assert hook.usage.error.__traceback__ is None


def test_an_action_gets_payload_meta_and_context() -> None:
    stage = Stage()
    stage.add(1, "items.create", "action")
    stage.action({"payload": {"title": "x"}, "key": 5, "collection": "articles"})
    meta = {"event": "items.create", "payload": {"title": "x"}, "key": 5, "collection": "articles"}
    assert stage.recorder.calls == [(1, [{"title": "x"}, meta, {"accountability": None}])]


def test_actions_that_wait_with_too_many_bytes_are_skipped_and_all_that_can_begin_do() -> None:
    stage = Stage()
    stage.add(1, "items.create", "action")
    open_, many = 16, 40

    async def work() -> int:
        chain = Chain.start("test", Settings())
        for _ in range(many):
            stage.events.action(NAMES, {"payload": "x" * 1_000_000}, EventContext(None, Cause(chain)))
        waiting = len(chain.waiting)
        await chain.settle(2)
        stage.events.action(NAMES, {"payload": "y"}, EventContext(None, Cause(chain)))  # there is room again
        await chain.settle(2)
        return waiting

    waiting = asyncio.run(work())
    assert 1 < waiting < many - open_
    assert len(stage.recorder.calls) == open_ + waiting + 1
    skipped = [record.message for record in stage.log if "Actions wait with more than" in record.message]
    assert skipped == ["Actions wait with more than 16,777,216 bytes in one extension, started by test"]


def test_what_waits_for_many_actions_is_there_once_for_each_event() -> None:
    stage = Stage()
    actions, events = 100, 30
    for number in range(actions):
        stage.add(number, "items.create", "action")

    async def work() -> tuple[int, int, int]:
        chain = Chain.start("test", Settings())
        context = EventContext(None, Cause(chain))
        stage.events.action(NAMES, {"payload": {}}, context)
        before = tracemalloc.get_traced_memory()[0]
        for key in range(events):
            stage.events.action(NAMES, {"payload": {"title": "x"}, "key": key, "collection": "articles"}, context)
        size, entries, expected = tracemalloc.get_traced_memory()[0] - before, len(chain.waiting), chain.expected
        await chain.settle(60)
        assert not chain.expected
        return size, entries, expected

    tracemalloc.start()
    try:
        size, entries, expected = asyncio.run(work())
    finally:
        tracemalloc.stop()
    assert entries == events + 1
    assert expected == (events + 1) * actions - 16
    assert size < events * 2_000
    assert [number for number, _ in stage.recorder.calls] == [*range(actions)] * (events + 1)


def test_thousands_that_hear_of_every_event_are_not_kept_again_for_each_name() -> None:
    stage, names, actions = Stage(), 20, 500
    for number in range(actions):
        stage.add(number, "**", "action")

    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        found = [stage.events._actions_of(("**", f"{number}.items.create")) for number in range(names)]
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert {steps.count for steps in found} == {2 * actions}
    hook, name = found[1].at(actions)
    assert (hook.handler, name) == (0, "1.items.create")
    assert taken < names * (actions * 10 + 2_000)


def test_an_event_waits_with_as_many_actions_as_the_chain_may_have() -> None:
    stage = Stage()
    for number in range(30):
        stage.add(number, "items.create", "action")

    async def work() -> None:
        chain = Chain.start("test", Settings(fan_out=40))
        for _ in range(3):
            stage.events.action(NAMES, {"payload": {}}, EventContext(None, Cause(chain)))
        assert chain.expected == 40 - 16
        await chain.settle(2)

    asyncio.run(work())
    assert [number for number, _ in stage.recorder.calls] == [*range(30), *range(10)]
    assert [record.message for record in stage.log if "callbacks" in record.message] == [
        "More than 40 callbacks in one chain, started by test"
    ]


def test_actions_that_cannot_begin_leave_others_their_turn() -> None:
    stage = Stage()
    for number in range(50):
        stage.add(number, "items.create", "action")
    stage.recorder.dead = {*range(50)}

    async def work() -> list[int]:
        chain = Chain.start("test", Settings())
        stage.events.action(NAMES, {"payload": {}}, EventContext(None, Cause(chain)))
        seen = []
        while len(stage.recorder.calls) < 50:
            seen.append(len(stage.recorder.calls))
            await asyncio.sleep(0)
        await chain.settle(2)
        return seen

    seen = asyncio.run(work())
    assert max(later - sooner for sooner, later in itertools.pairwise(seen)) <= 16
    assert len(stage.log) == 2 * 50


def test_what_waits_of_all_extensions_has_a_limit_and_each_may_have_some() -> None:
    stage = Stage()
    for name in "abc":
        stage.add(1, f"{name}.items.create", "action", name)

    async def work() -> None:
        chain = Chain.start("test", Settings())
        context = EventContext(None, Cause(chain))
        for _ in range(16):  # these begin at once
            stage.events.action(("a.items.create",), {"payload": "begins"}, context)
        for name, texts in (("a", 14), ("b", 14), ("c", 1)):
            for _ in range(texts):
                stage.events.action((f"{name}.items.create",), {"payload": name * 1_000_000}, context)
        stage.events.action(("c.items.create",), {"payload": "small"}, context)
        await chain.settle(2)

    asyncio.run(work())
    told = [str(args[0])[:5] for _, args in stage.recorder.calls]
    assert (told.count("aaaaa"), told.count("bbbbb"), told.count("ccccc"), told.count("small")) == (14, 6, 0, 1)
    skipped = [record.message for record in stage.log if "Actions wait with more than" in record.message]
    assert skipped == ["Actions wait with more than 20,971,520 bytes in all extensions, started by test"]


def test_a_chain_that_is_cancelled_gives_back_what_waited() -> None:
    stage = Stage()
    stage.add(1, "items.create", "action")

    async def work(*, cancelled: bool) -> int:
        chain = Chain.start("test", Settings())
        for _ in range(40):
            stage.events.action(NAMES, {"payload": "x" * 1_000_000}, EventContext(None, Cause(chain)))
        waiting = len(chain.waiting)
        if cancelled:
            chain.cancel()
        await chain.settle(2)
        return waiting

    first = asyncio.run(work(cancelled=True))
    assert asyncio.run(work(cancelled=False)) == first


def test_what_an_action_raises_is_only_logged_and_the_next_action_runs() -> None:
    stage = Stage()
    stage.add(1, "items.create", "action")
    stage.add(2, "items.create", "action")
    stage.recorder.answers = {1: ExtensionError("late")}
    stage.action({"payload": {}})
    assert [number for number, _ in stage.recorder.calls] == [1, 2]
    assert [(record.level, record.message) for record in stage.log] == [
        ("warn", 'An error was thrown while executing action "items.create"'),
        ("warn", "late"),
    ]


def test_removing_an_extension_removes_its_hooks_only() -> None:
    stage = Stage()
    stage.add(1, "items.create", extension="a")
    stage.add(2, "items.create", extension="b")
    assert stage.events.listens("filter", NAMES)
    stage.events.remove("a")
    stage.filter({})
    assert [number for number, _ in stage.recorder.calls] == [2]
    assert not stage.events.listens("action", NAMES)
    assert stage.changes == 3


def test_what_a_filter_made_stays_text_until_the_last_has_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    decode = wire.decode_json

    def counted(text: bytes | msgspec.Raw) -> object:
        decoded.append(bytes(text))
        return decode(text)

    monkeypatch.setattr(wire, "decode_json", counted)
    stage = Stage()
    for number in (1, 2, 3):
        stage.add(number, "items.create")
        stage.recorder.answers[number] = Returned(msgspec.Raw(b'{"n":%d}' % number))
    assert stage.filter({"n": 0}) == {"n": 3}
    assert [args[0] for _, args in stage.recorder.calls] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert decoded == [b'{"n":3}']


def test_a_payload_that_is_text_comes_back_as_text_where_no_filter_returns_anything() -> None:
    stage = Stage()
    stage.add(1, "items.create")
    payload = msgspec.Raw(b"[1]")
    assert stage.filter(payload) is payload
