"""The seam between the driver and the language that a cell is written in.

The driver knows frames, runs and calls, and no language. An engine knows one language: how its cells are compiled, what they are
given (``exec``, ``gather``, ``print``, the functions of the api, router and listeners of a default export), how functions wait,
how many arguments a handler takes, and what values and errors are. ``python/`` is one engine; another language is another folder
beside it that implements :class:`Engine` and that the driver need not know.

**How code runs.** For each cell and each call of a handler the driver makes a ``Run`` (``driver/run.py``) with its main ``Outcome``
and asks the engine to begin it; :meth:`Engine.work` then executes whatever can be executed: coroutines that are ready, or the
jobs of promises. What the engine began it settles, with a value or an error. Cells call the host by ``Calls._call`` in the name of the
run whose code is executed, and print by ``Printed._write``. A call's outcome is settled by the driver when the host has
answered: it calls what the engine left with ``Outcome._when_settled``, which queues a coroutine or resolves a promise, and runs
no code of the extension; the next ``work`` does. A call that the host answers at once, such as ``log``, and one that the engine waits for
by ``Calls._wait`` is settled when that returns.

**How a run ends.** When all that belongs to it is settled (its main outcome, its calls, and what the engine added by
``Run._expect``) and the engine has worked: continuations that make further calls come first. Its result is that of the main outcome;
failing nothing there, the first failure whose outcome is not marked ``_awaited`` is the failure of the run. An engine that learns
of an unhandled rejection expects an outcome, settles it with the error, and marks it as awaited if it is handled after all.

**Values** of the language stay in the engine: what the host sends is JSON text or JSON data, and what leaves becomes one or
the other. A language with two values for nothing decides in ``from_json``, ``call`` and ``is_null`` which is which.

**Errors** are exceptions on this side; a language whose errors are none of Python's wraps them in one. The driver's own (TypeError,
ValueError, RuntimeError, LookupError, MemoryError) reach the engine as exceptions and code as the language's error of that name.

Attributes of what a guest might ever get close to begin with an underscore: nothing of the driver has a name that a guest may use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from scopebox_guest.wire import Failure, Load, Refuse


class SourceError(Exception):
    """A source that does not compile, or is refused.

    ``line`` and ``column`` are 1-based, 0 when unknown; ``hint`` says what to write instead, empty if the message says it all.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint


class UnavailableError(Exception):
    """An engine that cannot run on this machine, and why."""


class Handler:
    """A function that the host may call by its number. ``kind`` is the execution type of its registration.

    ``single`` tells that it takes one argument whatever its signature says: handlers of the api style and of default exports.
    """

    __slots__ = ("_function", "_kind", "_single")

    def __init__(self, function: object, kind: str, *, single: bool) -> None:
        self._function = function
        self._kind = kind
        self._single = single


# The driver's records, which this module knows nothing else of.
Outcome_contra = TypeVar("Outcome_contra", contravariant=True)  # driver/run.py
Calls_contra = TypeVar("Calls_contra", contravariant=True)  # driver/calls.py
Output_contra = TypeVar("Output_contra", contravariant=True)  # driver/output.py


class Engine(Protocol[Outcome_contra, Calls_contra, Output_contra]):
    """One language for one extension. It keeps the names of the cells.

    Made before the guest is confined: nothing can be imported and no file be opened later.
    """

    def warm_up(self, *, failures: bool) -> None:
        """Run a cell, so that what it touches is imported and copied before it is needed; with ``failures``, fail as well."""

    def attach(self, calls: Calls_contra, output: Output_contra) -> None:
        """Take what cells will call and print with. Comes once, before the first cell."""

    def load(self, cell: Load, main: Outcome_contra) -> None:
        """Begin a cell; ``main`` is settled with the value of its last expression.

        Its failure may be a :class:`SourceError`. A cell that is loaded as a hook, endpoint or operation (``cell.type``) has its default
        export registered at its end, and fails, in Directus's words, if it neither has one nor registered anything.
        """

    def call(self, handler: Handler, args: Sequence[Raw], main: Outcome_contra) -> None:
        """Begin a call of a handler; ``args`` are as in :class:`~scopebox_guest.wire.Invoke`, JSON texts.

        The engine knows how many of them the function takes. ``main`` is settled with what it returns, awaited.
        """

    def work(self) -> None:
        """Run everything that does not wait."""

    def from_json(self, text: Raw) -> object:
        """Return the value of a reply. MemoryError where there is no room for it."""

    def to_json(self, value: object, most: int) -> bytes:
        """Return the JSON text of a result, at most ``most`` bytes.

        Raises :class:`~scopebox_guest.driver.values.NotDataError` or :class:`~scopebox_guest.driver.values.TooLargeError`.
        """

    def is_null(self, value: object) -> bool:
        """Return whether a result is the language's null, if it has a value for nothing beside it."""

    def show(self, value: object) -> str:
        """Return a text for a result that is not data. Its own code may do anything, and this does not fail."""

    def error_of(self, refusal: Refuse) -> BaseException:
        """Return the error that a failed call raises; code can read ``reason``, ``status``, ``data`` and ``hint`` of it."""

    def failure_of(self, error: BaseException) -> Failure:
        """Return what the host is told of an error other than :class:`SourceError`.

        ``frames`` are the extension's own part of the call stack, outermost first; ``hint`` says what would be right instead, and
        is empty where nothing is known, as ``message`` is where there is none. The driver sees to their length.
        """
