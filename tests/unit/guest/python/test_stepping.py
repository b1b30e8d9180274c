"""What steps an awaitable by hand, and what a guest can reach by names: nothing of the driver."""

from __future__ import annotations

import io
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import CodeType, CoroutineType, FrameType, ModuleType, TracebackType
from typing import Final

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox.vocabulary import CALL_TYPES
from scopebox_guest import wire
from scopebox_guest.driver.calls import Calls
from scopebox_guest.driver.channel import Channel
from scopebox_guest.driver.driver import Driver
from scopebox_guest.driver.output import Printed
from scopebox_guest.driver.run import Outcome, Run
from scopebox_guest.engine import Handler
from scopebox_guest.process.memory_reserve import MemoryReserve
from scopebox_guest.python.awaiting import Awaitable, Scheduler
from scopebox_guest.python.engine import Engine
from scopebox_guest.python.facades.registry import Imports
from scopebox_guest.python.given import Sender
from scopebox_guest.python.guards import Guards
from scopebox_guest.python.guest_state import GuestState
from scopebox_guest.python.interpreter import Interpreter
from scopebox_guest.python.names import is_refused_attribute, is_refused_variable
from scopebox_guest.python.stand_ins import Module

from tests.isolates import SETTINGS, Guest

# Each leaves what it got hold of in `o`.
SPELLINGS: Final = {
    "next": "o = next(anext(g()))",
    "next of anext with a default": "o = next(anext(g(), None))",
    "next with a default": "o = next(anext(g()), o)",
    "for": "for o in anext(g()): break",
    "zip": "o = list(zip(anext(g()), range(1)))[0][0]",
    "yield from": "def s():\n        yield from anext(g())\n    o = next(s())",
    "contextmanager": "with contextlib.contextmanager(lambda: anext(g()))() as o: pass",
    "list": "o = list(anext(g()))[0]",
    "iter": "o = next(iter(anext(g())))",
    "map": "o = next(map(lambda x: x, anext(g())))",
    "filter": "o = next(filter(lambda x: True, anext(g())))",
    "enumerate": "o = next(enumerate(anext(g())))",
    "unpacking": "o, *rest = anext(g())",
    "star of a call": "def first(*args):\n        return args[0]\n    o = first(*anext(g()))",
    "star of a list": "o = [*anext(g())][0]",
    "comprehension": "o = [x for x in anext(g())][0]",
    "generator expression": "o = next(x for x in anext(g()))",
    "dict": "o = list(dict.fromkeys(anext(g())))[0]",
    "sorted": "o = sorted(anext(g()))[0]",
    "max": "o = max(anext(g()))",
    "any": "o = any(anext(g())) or o",
    "in": "o = (1 in anext(g())) or o",
    "chain": "o = next(itertools.chain(anext(g())))",
    "chain of many": "o = next(itertools.chain.from_iterable([anext(g())]))",
    "islice": "o = next(itertools.islice(anext(g()), 1))",
    "tee": "o = next(itertools.tee(anext(g()))[0])",
    "accumulate": "o = next(itertools.accumulate(anext(g())))",
    "zip_longest": "o = next(itertools.zip_longest(anext(g()), []))",
    "starmap": "o = next(itertools.starmap(lambda *x: x, anext(g())))",
    "groupby": "o = next(itertools.groupby(anext(g())))",
    "reduce": "o = functools.reduce(lambda a, b: b, anext(g()))",
    "deque": "o = collections.deque(anext(g()))[0]",
    "heap": "o = heapq.nsmallest(1, anext(g()))[0]",
    "merge": "o = next(heapq.merge(anext(g())))",
    "csv": "o = next(csv.reader(anext(g())))",
    "an iterable of the guest's own": (
        "class A:\n        def __iter__(self): return anext(g())\n    o = next(iter(A()))"
    ),
    "a generator of the guest's own": "def s():\n        return (yield from A())\n    class A:\n        def __iter__(self): return anext(g())\n    o = next(s())",
    "an asynchronous iterator of the guest's own": (
        "class A:\n        async def __anext__(self): return await exec('sleep', 1)\n    o = next(anext(A()))"
    ),
    "aiter": "o = next(aiter(g()))",
    "the call itself": "o = next(exec('sleep', 1))",
    "iteration of the call": "for o in exec('sleep', 1): break",
    "gather": "o = next(iter(gather(exec('sleep', 1))))",
    "sleep": "o = next(directus.api.sleep(1))",
    "request": "o = list(directus.api.request('https://a.example'))[0]",
    "a coroutine": "async def c():\n        await exec('sleep', 1)\n    o = next(c())",
    "yield from a coroutine": "async def c():\n        await exec('sleep', 1)\n    def s():\n        yield from c()\n    o = next(s())",
    "methodcaller": "o = operator.methodcaller('send', None)(anext(g()))",
    "getattr": "o = getattr(anext(g()), 'send')(None)",
    "a step of a generator": "o = next(getattr(g(), 'asend')(None))",
    "a manager": "m = contextlib.asynccontextmanager(g)()\n    o = next(operator.methodcaller('__aenter__')(m))",
}
CELL: Final = """
import collections, contextlib, csv, functools, heapq, itertools, operator
import directus.api
async def g():
    await exec("sleep", 1)
    yield 1
o = "nothing"
try:
    {spelling}
except (TypeError, AttributeError) as error:
    pass
repr(o)
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolatePool]:
    pool = IsolatePool(SETTINGS)
    yield pool
    pool.close()


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_an_awaitable_that_is_stepped_by_hand_gives_nothing(pool: IsolatePool, spelling: str) -> None:
    guest = Guest(pool)
    told = guest.load(CELL.format(spelling=spelling))
    assert told.failure is None or told.failure.kind == "TypeError", told
    assert told.failure is not None or bytes(told.value) in (b"\"'nothing'\"", b'"None"'), told
    assert guest.value("await exec('echo', 1)") == [1]
    guest.end()


def test_anext_awaits_as_it_does_in_python(pool: IsolatePool) -> None:
    guest = Guest(pool)
    source = """
async def g():
    yield await exec("echo", 1)
it = g()
seen = [await anext(it), await anext(it, "end")]
try:
    await anext(it)
except StopAsyncIteration:
    seen.append("over")
try:
    anext(5)
except TypeError as error:
    seen.append(str(error))
seen + await gather(anext(g()), exec("echo", 2))
"""
    assert guest.value(source) == [[1], "end", "over", "'int' object is not an async iterator", [1], [2]]
    guest.end()


# what is reachable by names

DRIVER: Final = (Awaitable, Calls, Channel, Driver, Handler, Outcome, Printed, MemoryReserve, Run, Scheduler, Sender)
FORBIDDEN: Final = (
    *(kind for kind in DRIVER if kind is not Awaitable),
    *(ModuleType, FrameType, CodeType, TracebackType, socket.socket, io.RawIOBase, io.TextIOWrapper, io.BufferedReader),
    *(Engine, Interpreter, Guards, GuestState, Imports),
)
MANY: Final = 50_000
SAMPLES: Final = """
import contextlib, csv, decimal, functools, io, itertools, json, operator, re, types
import directus.api
from dataclasses import dataclass
from enum import Enum
async def agen():
    yield await exec("sleep", 1)
async def coro():
    return await exec("sleep", 1)
def gen():
    yield 1
class Plain:
    x = property(lambda self: 1)
    def method(self): return 1
class Colour(Enum):
    RED = 1
@dataclass
class Record:
    a: int = 1
def failed(act):
    try:
        act()
    except BaseException as error:
        return error
default = lambda router: router
samples = [
    exec("sleep", 1), directus.api.sleep(1), directus.api.request("https://a.example"), gather(exec("sleep", 1), coro()),
    exec("register-operation", {"id": "x", "handler": default}), agen(), coro(), anext(agen()), anext(agen(), 1), aiter(agen()), gen(),
    contextlib.contextmanager(gen)(), contextlib.asynccontextmanager(agen)(), Plain, Plain(), Plain().method, Colour.RED,
    Record(), type(agen()), type(coro()), type(exec), functools.partial(exec, "log"), functools.lru_cache(gen), io.StringIO(),
    io.BytesIO(), re.compile("a"), re.match("a", "a"), csv.reader([]), csv.writer(io.StringIO()), operator.attrgetter("x"),
    itertools.count(), failed(lambda: missing), failed(lambda: 1 / 0), failed(lambda: None.x), failed(lambda: exec(1)),
    failed(lambda: json.missing), failed(lambda: next(anext(agen()))), failed(lambda: iter(exec("log"))), failed(lambda: gather(1)),
    failed(lambda: exec("log", object())), failed(lambda: directus.api.nothing), default, print, gather, exec,
]
"""


class FakeChannel:
    """Gives the driver one frame, and refuses whatever it calls."""

    def __init__(self, frame: wire.Load) -> None:
        self.frames = deque([wire.encode(frame)])

    def _send(self, data: bytes) -> None:
        sent = wire.decode_json(data[wire.HEADER.size :])
        if sent["frame"] == "call":
            self.frames.append(wire.encode(wire.Refuse(sent["id"], "ValueError", "no")))

    def _receive(self) -> bytes:
        return self.frames.popleft()


def held() -> tuple[Interpreter, list[object]]:
    """The interpreter of a guest that ran ``SAMPLES``, and what its code could have got hold of."""
    channel = FakeChannel(wire.Load(1, "python", SAMPLES, "<cell>", "exec", "", {}, False, 10_000, 100))
    interpreter = Interpreter()
    engine = Engine(interpreter)
    driver = Driver(channel, engine, CALL_TYPES)  # type: ignore[arg-type]
    driver._dispatch()
    driver._work()
    samples = interpreter._state.names["samples"]
    assert isinstance(samples, list)
    assert isinstance(samples[0], Awaitable)
    engine._scheduler._run = samples[0]._outcome._run
    stepped = [thing for sample in samples for thing in steps(sample)]
    assert stepped.count(None) > 8
    while channel.frames:
        driver._dispatch()
    stepped += [thing for sample in samples for thing in steps(sample)]
    names = [value for name, value in interpreter._state.names.items() if not is_refused_variable(name)]
    builtin = [value for name, value in interpreter._builtins.items() if not is_refused_variable(name)]
    return interpreter, [*names, *builtin, *interpreter._imports.modules.values(), *samples, *stepped]


def steps(awaitable: object) -> Iterator[object]:
    """What comes out of an awaitable that is driven by hand after all, and what ends it."""
    if not isinstance(awaitable, CoroutineType | Awaitable):
        return
    stepped = awaitable if isinstance(awaitable, CoroutineType) else awaitable.__await__()
    for _ in range(3):
        try:
            yield stepped.send(None)
        except BaseException as error:  # whatever it is, a guest could catch it
            yield error
            return


def inside(guards: Guards, thing: object) -> Iterator[object]:
    """Whatever a guest reaches from an object by names, items and iteration."""
    for name in dir(thing):
        if not is_refused_attribute(name):
            with suppress(Exception):
                yield guards.getattr(thing, name)
    if isinstance(thing, Module):
        yield from (value for name, value in vars(thing).items() if not name.startswith("_"))
    if isinstance(thing, dict):
        yield from thing.items()
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        yield from thing


def reachable(guards: Guards, roots: Iterable[object]) -> list[object]:
    seen: dict[int, object] = {}
    waiting = list(roots)
    while waiting and len(seen) < MANY:
        thing = waiting.pop()
        if id(thing) not in seen and not isinstance(thing, str | bytes | int | float | None):
            seen[id(thing)] = thing
            waiting += inside(guards, thing)
    return list(seen.values())


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_by_names_a_guest_reaches_nothing_but_its_own() -> None:
    interpreter, roots = held()
    found = reachable(Guards(interpreter._state), roots)
    assert 1_000 < len(found) < MANY
    assert [thing for thing in found if isinstance(thing, FORBIDDEN)] == []


@pytest.mark.parametrize("kind", DRIVER, ids=lambda kind: kind.__name__)
def test_nothing_of_the_driver_has_a_name_that_a_guest_may_use(kind: type) -> None:
    assert [name for name in dir(kind) if not is_refused_attribute(name)] == []
    assert not hasattr(kind, "__dict__") or "__dict__" not in dir(kind)
