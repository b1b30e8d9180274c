"""A guest of the language tests: an interpreter with a fake driver beside it, without a process around it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import CoroutineType

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.python.interpreter import Interpreter


class Answer:
    """What the fake ``exec`` returns: to be awaited once."""

    __slots__ = ("_taken", "_value")

    def __init__(self, value: object) -> None:
        self._value = value
        self._taken = False

    def __await__(self) -> Generator[object, None, object]:
        if self._taken:
            raise RuntimeError("cannot be awaited twice")
        self._taken = True
        if isinstance(self._value, Exception):
            raise self._value
        return self._value
        yield


class Exec:
    """The fake ``exec``: it shows nothing of what is behind it."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Answer]) -> None:
        self._call = call

    def __call__(self, kind: object, *args: object) -> Answer:
        if type(kind) is not str:
            raise TypeError("the execution type has to be a string")
        return self._call(kind, *args)

    def __repr__(self) -> str:
        return "<exec>"


class Guest:
    """Runs cells in one namespace; ``calls`` and ``printed`` are what they did.

    ``answer`` makes the results of ``exec``; the default echoes the arguments after the type, if any.
    """

    def __init__(self, answer: Callable[..., object] | None = None) -> None:
        self.interpreter = Interpreter()
        self.calls: list[tuple[object, ...]] = []
        self.printed: list[str] = []
        self._answer = answer or (lambda _type, *args: args[0] if args else None)
        self._loaded = False

    def run(self, source: str, **inputs: object) -> object:
        """The value of a cell."""
        names = {"exec": Exec(self._exec), "print": self._print, **inputs}
        value = self.interpreter.load(source, "<cell>", names, append=self._loaded)
        self._loaded = True
        return drive(value)

    def call(self, name: str, *args: object) -> object:
        """The value of a function of the namespace."""
        return drive(self.interpreter.call(self.run(name), args))

    def fails(self, source: str, **inputs: object) -> BaseException:
        """The error of a cell."""
        try:
            value = self.run(source, **inputs)
        except BaseException as error:  # whatever a guest raises
            return error
        raise AssertionError(f"no error, but {value!r}")

    def _exec(self, kind: str, *args: object) -> Answer:
        self.calls.append((kind, *args))
        return Answer(self._answer(kind, *args))

    def _print(self, *values: object) -> None:
        self.printed.append(" ".join(str(value) for value in values))


def drive(value: object) -> object:
    """The result of a coroutine that never really waits."""
    if not isinstance(value, CoroutineType):
        return value
    coroutine: Coroutine[object, None, object] = value
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def run(source: str, **inputs: object) -> object:
    """The value of one cell in a new guest."""
    return Guest().run(source, **inputs)


def refused(source: str) -> SourceError:
    """The error of a source that is refused before any line of it runs."""
    guest = Guest()
    with pytest.raises(SourceError) as caught:
        guest.run(source)
    assert not guest.calls
    assert not guest.printed
    return caught.value
