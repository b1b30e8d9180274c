"""Asynchronous code: top-level ``await``, functions, loops, managers, comprehensions."""

from __future__ import annotations

from types import CoroutineType

from tests.language_guest import Guest, drive, refused, run


async def f() -> int:
    """Something to await."""
    return 1


def test_a_cell_is_a_coroutine_exactly_if_it_awaits_at_its_top_level() -> None:
    interpreter = Guest().interpreter
    assert interpreter.load("x = 1\nasync def g(): await exec('log')\nx", "<cell>", {}, append=False) == 1
    waiting = interpreter.load("await f()", "<cell>", {"f": f}, append=False)
    assert isinstance(waiting, CoroutineType)
    assert drive(waiting) == 1


def test_names_of_a_waiting_cell_are_global() -> None:
    guest = Guest()
    guest.run("n = await exec('sleep', 5)\ndef get(): return n")
    assert guest.run("get()") == 5


def test_asynchronous_constructs_work_as_in_plain_python() -> None:
    source = """
class Ticker:
    def __init__(self, stop): self.n, self.stop = 0, stop
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == self.stop:
            raise StopAsyncIteration
        self.n += 1
        return await exec("sleep", self.n)
class Session:
    async def __aenter__(self):
        await exec("log", "open")
        return self
    async def __aexit__(self, kind, error, tb):
        await exec("log", type(error).__name__)
        return isinstance(error, KeyError)
async def numbers(n):
    for i in range(n):
        yield await exec("sleep", i)
async def double(x):
    return await exec("sleep", x) * 2
seen = [x async for x in Ticker(3)]
async for x in Ticker(2):
    seen.append(x * 10)
else:
    seen.append("done")
async with Session() as s, Session():
    raise KeyError("lost")
fast = lambda x: exec("sleep", x)
call = [await double(x) async for x in numbers(3) if x]
first = await anext(numbers(3))
pairs = {k: v async for k in numbers(2) for v in [await fast(k)]}
(seen, call, first, pairs, [await f for f in [double(1), double(2)]])
"""
    guest = Guest()
    assert guest.run(source) == ([1, 2, 3, 10, 20, "done"], [2, 4], 0, {0: 0, 1: 1}, [2, 4])
    assert [text for kind, text in guest.calls if kind == "log"] == ["open", "open", "KeyError", "NoneType"]


def test_asynchronous_special_methods_are_those_of_the_list() -> None:
    for name in ("__aiter__", "__enter__", "__init__", "__await__", "__metaclass__", "__del__"):
        assert repr(name) in refused(f"class A:\n    async def {name}(self): pass").message
    assert "__aenter__" in refused("async def __aenter__(self): pass").message


def test_await_outside_an_asynchronous_function_teaches() -> None:
    assert "async def" in refused("def f():\n    await x").hint
    assert "async def" in refused("def f():\n    return [x async for x in y]").hint


def test_handlers_may_be_plain_or_asynchronous() -> None:
    guest = Guest()
    guest.run("def plain(x): return x + 1\nasync def slow(x): return await exec('sleep', x)")
    assert guest.call("plain", 1) == 2
    assert guest.call("slow", 3) == 3
    assert drive(guest.interpreter.call(guest.run("lambda: 4"), ())) == 4


def test_a_context_manager_is_made_of_an_asynchronous_generator() -> None:
    source = """
from contextlib import asynccontextmanager
trail = []
@asynccontextmanager
async def session(name):
    trail.append(await exec("sleep", name))
    try:
        yield name.upper()
    except ValueError as error:
        trail.append(str(error))
    finally:
        trail.append("closed")
async with session("a") as s:
    trail.append(s)
    raise ValueError("bad")
try:
    async with session("b"):
        raise KeyError("through")
except KeyError:
    trail.append("KeyError")
trail
"""
    assert run(source) == ["a", "A", "bad", "closed", "b", "closed", "KeyError"]
