"""Python as a language of cells: the interpreter, coroutines and their scheduler, and what cells are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from scopebox_guest.arguments import arguments_for
from scopebox_guest.driver import failures as driver_failures
from scopebox_guest.driver import values
from scopebox_guest.exports import NO_FUNCTION
from scopebox_guest.python import failures
from scopebox_guest.python.awaiting import Scheduler, settled
from scopebox_guest.python.exports import SHAPES, call_export
from scopebox_guest.python.given import Sender, hinted, make_api, make_exec, make_gather, make_print
from scopebox_guest.python.late import import_late

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Raw

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Handler
    from scopebox_guest.wire import Failure, Frame, Load, Refuse

WARM_UP: Final = "<warm-up>"
FAILING: Final = (
    "def f():\n    return missing_name\nf()\n",
    "1 +",
    "[1, 2][5]",
    "{}['a']",
    "None.x",
    "1 / 0",
    "1 + 'a'",
)


class Interpreter(Protocol):
    """What runs Python: the restricted one of guests, or another one in tests.

    ``modules`` is set before anything is loaded: names importable by cells beside the interpreter's own.
    """

    modules: Mapping[str, Mapping[str, object]]

    def load(self, source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object:
        """Run a cell and return the value of its last expression, or a coroutine that does; ``names`` become globals.

        With ``append`` it runs in the namespace of the cells before it. Raises :class:`~scopebox_guest.engine.SourceError`.
        """

    def call(self, function: object, args: Sequence[object]) -> object:
        """Call a function of the extension; return its value, or a coroutine that does."""

    def default_export(self) -> object | None:
        """Return the global ``default`` of the namespace, None where there is none."""

    def positional(self, function: object) -> tuple[int, bool]:
        """Return how many positional arguments a function takes, optional ones included, and whether it has ``*args``."""

    def required(self, function: object) -> int:
        """Return how many positional arguments a function cannot do without; 0 for a callable that does not tell."""

    def line_of(self, function: object) -> int:
        """Return the line in which a function of the newest cell begins; 0 for anything else."""

    def frames(self, error: BaseException) -> list[Frame]:
        """Return the extension's own part of the call stack of an error, outermost first."""

    def hint(self, error: BaseException) -> str:
        """Return what would be right instead, in a sentence; empty where nothing is known."""


class Engine:
    """Runs the cells and handlers of one extension as coroutines; implements :class:`scopebox_guest.engine.Engine`."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._scheduler = Scheduler()
        self._given: dict[str, object] = {}

    def warm_up(self, *, failures: bool) -> None:
        """Run a cell, so that what it touches is imported and copied before it is needed; with ``failures``, fail as well."""
        if failures:
            import_late()
        self._interpreter.load("1 + 1\n", WARM_UP, {}, append=False)
        for source in FAILING if failures else ():
            try:
                self._interpreter.load(source, WARM_UP, {}, append=False)
            except Exception as error:  # noqa: BLE001 - any error: describing it is what is wanted
                driver_failures.failure_of(error, self)

    def attach(self, calls: Calls, output: Printed) -> None:
        """Make what cells are given."""
        self._calls = calls
        self._sender = Sender(calls, self._scheduler, self._interpreter.required)
        self._interpreter.modules = {"directus.api": make_api(self._sender)}
        self._given = {
            "exec": make_exec(self._sender),
            "gather": make_gather(self._scheduler),
            "print": make_print(output, self._scheduler),
        }

    def load(self, cell: Load, main: Outcome) -> None:
        """Queue a cell."""
        self._scheduler._start(self._cell(cell), main)

    def call(self, handler: Handler, args: Sequence[Raw], main: Outcome) -> None:
        """Queue a call of a handler."""
        self._scheduler._start(self._handler(handler, args), main)

    def work(self) -> None:
        """Run every coroutine that does not wait."""
        self._scheduler._work()

    async def _cell(self, cell: Load) -> object:
        self._sender._single = cell.style == "api"
        self._sender._filenames.add(cell.filename)
        before = len(self._calls._handlers)
        names = {**cell.inputs, **self._given}
        value = await settled(self._interpreter.load(cell.source, cell.filename, names, append=cell.append))
        if cell.type:
            await self._export(cell.type, registered=len(self._calls._handlers) > before)
        return value

    async def _export(self, kind: str, *, registered: bool) -> None:
        export = self._interpreter.default_export()
        if export is not None:
            try:
                await settled(call_export(export, kind, self._sender, self._interpreter.call))
            except TypeError as error:
                error.__dict__.setdefault(failures.LINE, self._interpreter.line_of(export))
                raise
        elif not registered:
            raise hinted(NO_FUNCTION, SHAPES[kind])

    async def _handler(self, handler: Handler, texts: Sequence[Raw]) -> object:
        try:
            args = [values.from_json(text) for text in texts]
        except MemoryError:
            raise MemoryError("no memory for the arguments") from None
        takes, star = self._interpreter.positional(handler._function)
        return await settled(self._interpreter.call(handler._function, arguments_for(handler, args, takes, star=star)))

    def from_json(self, text: Raw) -> object:
        """Return the value of a reply."""
        return values.from_json(text)

    def to_json(self, value: object, most: int) -> bytes:
        """Return the JSON text of a result."""
        return values.to_json(value, most)

    def is_null(self, value: object) -> bool:  # noqa: ARG002 - Python has one value for nothing
        """Return False."""
        return False

    def show(self, value: object) -> str:
        """Return the ``repr`` of a result that is not data."""
        return values.safe_repr(value)

    def error_of(self, refusal: Refuse) -> BaseException:
        """Return the exception that a failed call raises."""
        return failures.error_of(refusal)

    def failure_of(self, error: BaseException) -> Failure:
        """Return what the host is told of an exception."""
        hint = failures.hint_of_host(error)
        if not hint and not isinstance(error, MemoryError):
            hint = self._interpreter.hint(error)
        return failures.failure_of(error, self._interpreter.frames(error) or failures.frames_of(error), hint)
