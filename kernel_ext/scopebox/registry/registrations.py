"""What an extension registers: hooks, endpoints and operations, and how often each was used."""

from __future__ import annotations

import time
from array import array
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from weakref import ref

from scopebox.chains.chain import Cause
from scopebox.errors import ScopeboxError
from scopebox.errors.tree import in_a_line
from scopebox.registry.routes import PathPattern
from scopebox.store.emitter import data_of
from scopebox.text.literals import record_text
from scopebox.text.visible import clean, shorten_in_memory
from scopebox.vocabulary import HookKind

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

TIMES_KEPT: Final = 100
MAX_WHOLE_ERRORS: Final = 16  # of a sandbox: an error may take 200 KB, and thousands may be raised
MAX_LINE_CHARACTERS: Final = 1_000  # of the message of any other
# Bytes that something registered takes when it was called often and has failed, beside its names; each of their characters, kept
# in several places; and a path and each of its segments, in the table by which it is found.
_ENTRY, _CHARACTER, _PATH, _SEGMENT = 2_000, 3, 800, 400


class NewestErrors:
    """Which of all that is registered in a sandbox failed last: ``MAX_WHOLE_ERRORS`` keep what they raised, and any others a line of it."""

    def __init__(self) -> None:
        self._usages: deque[ref[Usage]] = deque()  # the oldest first; what is no longer registered is not kept for this

    def note(self, usage: Usage) -> None:
        """Note that ``usage`` is of what failed last."""
        newest = ref(usage)
        if newest in self._usages:
            self._usages.remove(newest)
        self._usages.append(newest)
        if len(self._usages) > MAX_WHOLE_ERRORS:
            oldest = self._usages.popleft()()
            if oldest is not None:
                oldest.shorten()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Usage:
    """How often something registered was called, how the last call ended, and how long the last ones took (seconds).

    ``error`` is what the last call raised, ``last_error`` the newest message of any. Once many others have failed since, there
    is no ``error`` any more, and a long message is cut.
    """

    newest: NewestErrors = field(repr=False)
    calls: int = 0
    last_status: str = ""
    last_error: str = ""
    error: ScopeboxError | None = None
    # Thousands are registered: a deque takes ten times as much.
    times: array[float] = field(default_factory=lambda: array("f"))

    __repr__ = record_text

    @property
    def median_seconds(self) -> float | None:
        """The median time of the last calls, None before the first."""
        from statistics import median  # noqa: PLC0415 - it takes a moment, and nothing that is registered needs it

        return median(self.times) if self.times else None

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the call that the block makes, and note how it ended."""
        started = time.perf_counter()
        self.calls += 1
        try:
            yield
        except ScopeboxError as error:
            self.note_failed(error)
            raise
        else:
            self.note_ok()
        finally:
            self.note_time(time.perf_counter() - started)

    def note_time(self, seconds: float) -> None:
        """Note how long a call took."""
        if len(self.times) == TIMES_KEPT:
            del self.times[0]
        self.times.append(seconds)

    def note_ok(self) -> None:
        """Note that a call succeeded."""
        self.last_status, self.error = "ok", None

    def note_failed(self, error: ScopeboxError) -> None:
        """Note what a call raised."""
        self.last_status, self.last_error, self.error = "failed", in_a_line(error), error
        self.newest.note(self)

    def shorten(self) -> None:
        """Keep no more than a line of what was raised."""
        self.error, self.last_error = None, shorten_in_memory(self.last_error, MAX_LINE_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a handler returned: JSON data, else nothing, or JavaScript's ``null`` (Python's None is nothing).

    The ``value`` of a guest is JSON text (``msgspec.Raw``) until somebody needs its ``data``, which takes many times the memory.
    """

    value: object = None
    null: bool = False

    __repr__ = record_text

    @property
    def nothing(self) -> bool:
        """Whether it returned nothing: JavaScript's ``undefined``."""
        return self.value is None and not self.null

    @property
    def data(self) -> object:
        """The value as data, made anew at each look."""
        return data_of(self.value)


class HandlerCall(Protocol):
    """Calls the handler ``number`` of an extension with copies of ``args`` and returns its result."""

    def __call__(
        self, number: int, args: list[object], cause: Cause, label: str
    ) -> Coroutine[object, object, Returned]:
        """Call it; ``label`` names the call in the trace. Raises ExtensionError for what the handler raised."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Hook:
    """One registered filter or action. ``event`` is the name it listens to, ``note`` says if nothing here ever fires it."""

    kind: HookKind
    event: str
    extension: str
    handler: int
    call: HandlerCall
    usage: Usage
    note: str = ""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return _ENTRY + _CHARACTER * len(self.event)

    def __repr__(self) -> str:
        return f"<Hook {self.kind} {clean(self.event)} of {self.extension}: {self.usage.calls} calls>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Endpoint:
    """One registered route. Its full path is ``/<extension><pattern>``; ``router`` tells the style of default exports."""

    method: str
    pattern: PathPattern
    extension: str
    handler: int
    router: bool
    call: HandlerCall
    wall: float
    usage: Usage

    @property
    def path(self) -> str:
        """The full path, with the extension's name."""
        return f"/{self.extension}{self.pattern.text}"

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        pattern = self.pattern
        characters = len(pattern.text) + len(pattern.expression)
        return _ENTRY + _CHARACTER * characters + _PATH + _SEGMENT * len(pattern.segments)

    def __repr__(self) -> str:
        return f"<Endpoint {self.method} {clean(self.path)}: {self.usage.calls} calls>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operation:
    """One registered operation. Ids are unique in a sandbox, and case counts."""

    id: str
    extension: str
    handler: int
    call: HandlerCall
    usage: Usage

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return _ENTRY + _CHARACTER * len(self.id)

    def __repr__(self) -> str:
        return f"<Operation {clean(self.id)} of {self.extension}: {self.usage.calls} calls>"

    async def run(self, data: object, cause: Cause) -> object:
        """Call the handler with ``data`` and return its result; ExtensionError for what it raised."""
        with self.usage.timed():
            return (await self.call(self.handler, [data], cause, f"operation:{self.id}")).data
