"""The functions that an extension is given: ``exec``, ``gather``, ``print``, and those of ``directus.api``."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox_guest.driver import values
from scopebox_guest.python.arity import ONE_OBJECT, too_many
from scopebox_guest.python.awaiting import Awaitable
from scopebox_guest.wire import API_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.python.awaiting import Scheduler

_Function = TypeVar("_Function", bound="Callable[..., object]")

NAME_CHARACTERS: Final = 60  # of a handler in a message
MAX_FRAMES_UP: Final = 9  # how far a call is followed up to a line of the extension's own


class Sender:
    """Sends calls in the name of the run whose code is executed, and raises what fails at once.

    ``filenames`` are those of the cells; ``single`` tells whether their handlers take one argument.
    """

    __slots__ = ("_calls", "_filenames", "_handlers", "_required", "_scheduler", "_single")

    def __init__(self, calls: Calls, scheduler: Scheduler, required: Callable[[object], int]) -> None:
        self._calls = calls
        self._handlers = calls._types.handlers
        self._scheduler = scheduler
        self._required = required
        self._filenames: set[str] = set()
        self._single = False

    def _call(self, kind: str, args: list[object], label: str) -> Outcome:
        """Send a call; raise its failure if the host has answered it already."""
        outcome = self._calls._call(self._scheduler._current(label), kind, args, label, self._line())
        if outcome._error is not None:
            raise outcome._error
        return outcome

    def _awaitable(self, kind: str, args: list[object], label: str) -> Awaitable:
        """Send a call and return its result, to be awaited."""
        return Awaitable(self._call(kind, args, label), self._scheduler)

    def _wait(self, outcome: Outcome) -> None:
        """Wait for the answer of a call without running anything else, and raise its failure."""
        self._calls._wait(outcome)
        if outcome._error is not None:
            raise outcome._error

    def _register(self, kind: str, options: dict[str, object], handler: object, *, single: bool) -> list[object]:
        """Keep a handler and return the arguments of its registration. TypeError if it cannot be called."""
        name = handler.__name__[:NAME_CHARACTERS] if isinstance(handler, FunctionType) else "handler"
        if not callable(handler):
            raise TypeError(f"{self._handlers[kind]} has to be of type function")
        wrong = too_many(kind, name, self._required(handler), single=single)
        if wrong is not None:
            raise hinted(*wrong)
        return self._calls._register(kind, options, handler, single=single)

    def _line(self) -> int:
        frame = sys._getframe(2)  # the call stack has no public way in that costs as little
        for _ in range(MAX_FRAMES_UP):
            if frame.f_code.co_filename in self._filenames:
                return frame.f_lineno
            if frame.f_back is None:
                break
            frame = frame.f_back
        return 0


def hinted(message: str, hint: str) -> TypeError:
    """Return an error with what would be right."""
    error = TypeError(message)
    error.__dict__["hint"] = hint
    return error


def named(name: str, function: _Function) -> _Function:
    """Give a function the name under which the extension knows it, also in error messages."""
    function.__name__ = function.__qualname__ = name
    return function


def make_exec(sender: Sender) -> Callable[..., Awaitable]:
    """Return the function ``exec`` of one extension."""

    def execute(execution_type: object, /, *args: object) -> Awaitable:
        if type(execution_type) is not str:
            raise TypeError(f"Execution type has to be of type string, not {type(execution_type).__name__}")
        label = f'exec("{values.shorten(execution_type, 60)}")'
        sent = list(args)
        if execution_type in sender._handlers:
            given = sent[0] if len(sent) == 1 else None
            if not isinstance(given, dict):
                raise hinted(f"{label} takes one object", ONE_OBJECT[execution_type])
            if "handler" in given:
                sent = sender._register(execution_type, given, given["handler"], single=sender._single)
        return sender._awaitable(execution_type, sent, label)

    return named("exec", execute)


def make_gather(scheduler: Scheduler) -> Callable[..., Awaitable]:
    """Return the function ``gather`` of one extension."""

    def gather(*awaitables: object) -> Awaitable:
        return scheduler._gather(awaitables)

    return named("gather", gather)


def make_print(output: Printed, scheduler: Scheduler) -> Callable[..., None]:
    """Return the function ``print`` of one extension."""

    def write(*objects: object, sep: str | None = " ", end: str | None = "\n", flush: bool = False) -> None:
        for name, text in (("sep", sep), ("end", end)):
            if text is not None and not isinstance(text, str):
                raise TypeError(f"{name} must be None or a string, not {type(text).__name__}")
        text = (" " if sep is None else sep).join([str(each) for each in objects]) + ("\n" if end is None else end)
        output._write(scheduler._current("print()"), text)
        if flush:
            output._flush()

    return named("print", write)


def make_api(sender: Sender) -> dict[str, Callable[..., Awaitable]]:
    """Return the functions of the module ``directus.api`` (sandbox, "Log Scope" and following)."""
    return {name: _api_function(sender, name) for name in sender._calls._types.functions}


def _api_function(sender: Sender, name: str) -> Callable[..., Awaitable]:
    kind, label = f"{API_PREFIX}{name}", f"{name}()"

    def call(*args: object) -> Awaitable:
        return sender._awaitable(kind, list(args), label)

    return named(name, call)
