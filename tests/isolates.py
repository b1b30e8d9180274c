"""What the tests of the isolates share: a peer that answers by a table, and cells that are run in one line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TypedDict, Unpack

import msgspec
import pytest
from scopebox.chains.chain import Cause, Chain
from scopebox.errors import ExtensionError
from scopebox.isolate.invocation import Answer, Invocation
from scopebox.isolate.isolate import Isolate
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName, language_of
from scopebox.settings import Settings
from scopebox_guest import wire

from tests.state import PATIENCE

RAW_ENGINE = str(Path(__file__).parent / "raw_engine.py")
SETTINGS = Settings(spares=0)
WALL = 60.0  # seconds of a run and its chain; a test that is about them says how many
UNCONFINED = Settings(spares=0, isolation="language")  # for pools without a mechanism

Responder = Callable[[wire.Call, Invocation], Answer | Coroutine[object, object, Answer]]


def reply(call: wire.Call, value: object = None) -> wire.Reply:
    return wire.Reply(call.id, msgspec.Raw(msgspec.json.encode(value)))


async def sleep(call: wire.Call) -> wire.Reply:
    seconds = call.args[0]
    assert isinstance(seconds, int | float)
    await asyncio.sleep(seconds / 1000)
    return reply(call)


class Peer:
    """Answers ``echo`` with its arguments, ``fail`` with a refusal, ``sleep`` later, ``never`` never, others with null."""

    def __init__(self, **responders: Responder) -> None:
        self.calls: list[wire.Call] = []
        self.output: list[str] = []
        self.exits: list[ExtensionError] = []
        self.responders = responders
        self.refused: set[str] = set()

    def refuses(self, kind: str) -> bool:
        return kind in self.refused

    def on_call(self, call: wire.Call, invocation: Invocation) -> Answer | Coroutine[object, object, Answer]:
        self.calls.append(call)
        if call.type in self.responders:
            return self.responders[call.type](call, invocation)
        match call.type:
            case "echo":
                return reply(call, call.args)
            case "fail":
                data = msgspec.Raw(b'{"a":1}')
                return wire.Refuse(call.id, "PermissionError", "not granted", "denied", 403, data, "grant it")
            case "sleep":
                return sleep(call)
            case "never":
                return sleep(msgspec.structs.replace(call, args=[1e9]))
        return reply(call)

    def on_output(self, invocation: Invocation, text: str) -> None:
        self.output.append(text)

    def on_exit(self, cause: ExtensionError) -> None:
        self.exits.append(cause)

    @property
    def printed(self) -> str:
        return "".join(self.output)

    def types(self) -> list[str]:
        return [call.type for call in self.calls]


def cause(**limits: float) -> Cause:
    chain = Chain.start("cell", SETTINGS, wall=limits.get("wall", WALL))
    chain.busy_limit = limits.get("busy", chain.busy_limit)
    return Cause(chain)


class Options(TypedDict, total=False):
    style: str
    type: str
    inputs: dict[str, object]
    append: bool
    by: Cause
    wall: float
    busy: float


class Guest:
    """One isolate in a pool, used from the thread of a test."""

    def __init__(
        self, pool: IsolatePool, peer: Peer | None = None, memory: int = 64, language: LanguageName = "python"
    ) -> None:
        self.pool = pool
        self.peer = peer or Peer()
        self.language = language
        self.isolate: Isolate = pool.run(pool.acquire(self.peer, memory=memory, language=language_of(language)))

    def load(self, source: str, **options: Unpack[Options]) -> wire.Done:
        return self.pool.run(self.loading(source, **options))

    async def loading(self, source: str, **options: Unpack[Options]) -> wire.Done:
        return await self.isolate.load(
            language=self.language,
            source=source,
            filename="<cell>",
            style=options.get("style", "exec"),
            type=options.get("type", ""),
            inputs=options.get("inputs", {}),
            append=options.get("append", False),
            cause=options.get("by") or cause(),
            wall=options.get("wall", WALL),
            busy=options.get("busy", 5.0),
        )

    def invoke(self, handler: int, *args: object, wall: float = WALL, busy: float = 5.0) -> wire.Done:
        return self.pool.run(self.invoking(handler, *args, wall=wall, busy=busy))

    async def invoking(
        self, handler: int, *args: object, wall: float = WALL, busy: float = 5.0, by: Cause | None = None
    ) -> wire.Done:
        return await self.isolate.invoke(handler, list(args), cause=by or cause(), wall=wall, busy=busy)

    def value(self, source: str, **options: Unpack[Options]) -> object:
        return value(self.load(source, **options))

    def failure(self, source: str, **options: Unpack[Options]) -> wire.Failure:
        return failure(self.load(source, **options))

    def error(self, source: str, **options: Unpack[Options]) -> ExtensionError:
        with pytest.raises(ExtensionError) as caught:
            self.load(source, **options)
        return caught.value

    def maps(self) -> list[list[str]]:
        """Return the words of each line that the kernel has for a mapping; the pool has to be one ``without`` "dumpable"."""
        return [line.split() for line in Path(f"/proc/{self.isolate.pid}/maps").read_text().splitlines()]

    def end(self) -> None:
        self.isolate.kill(ExtensionError("the test is over"))


@pytest.fixture(scope="module")
def raw_pool() -> Iterator[IsolatePool]:
    """A pool whose guests run plain Python; a module that takes it as its ``pool`` can take ``guest_of_pool`` too."""
    made = IsolatePool(SETTINGS, engine=RAW_ENGINE)
    yield made
    made.close()


@pytest.fixture
def guest_of_pool(pool: IsolatePool) -> Iterator[Guest]:
    """A guest of the module's ``pool``, new for each test."""
    made = Guest(pool)
    yield made
    made.end()


def value(done: wire.Done) -> object:
    assert done.failure is None, done.failure
    assert not done.repr, done.repr
    return msgspec.json.decode(done.value)


def failure(done: wire.Done) -> wire.Failure:
    assert done.failure is not None, done
    return done.failure


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds; the test's own time limit is a round number that no healthy run comes near."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.005)


def check_pages(guest: Guest) -> None:
    """No page of a guest can be both written and run, neither by one mapping nor by two of the same file."""
    shared, executable = set(), set()
    for _, access, _, device, inode, *_ in guest.maps():
        assert not ("w" in access and "x" in access)
        if "w" in access and access.endswith("s"):
            shared.add((device, inode))
        if "x" in access:
            executable.add((device, inode))
    assert executable
    assert not shared & executable
