"""Series of calls: payloads that go through filters of one extension, all of it asked for at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from scopebox.registry.registrations import HandlerCall
from scopebox.text.literals import record_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.wire import Certain

    from scopebox.chains.chain import Cause
    from scopebox.errors import ScopeboxError
    from scopebox.registry.registrations import Hook


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent through filters: ``payloads``, each with ``context``.

    One is sent when that before it has become something that is ``certain`` to be written, so that nothing which comes between can fail.
    """

    payloads: Sequence[object]
    context: dict[str, object]
    certain: Certain | None

    __repr__ = record_text


@dataclass(frozen=True, slots=True)
class Step:
    """A filter that is called for the event ``name``, with its ``meta`` object but for that name."""

    hook: Hook
    name: str
    meta: dict[str, object]

    __repr__ = record_text

    @property
    def named(self) -> dict[str, object]:
        """The ``meta`` object."""
        return {"event": self.name, **self.meta}


@dataclass(slots=True)
class Passed:
    """What steps made of payloads: the ``values`` of those that went through all of them.

    For the next one a step raised ``error``; else ``steps`` of them have made ``part`` of it, if it is not 0.
    """

    values: list[object] = field(default_factory=list)
    error: ScopeboxError | None = None
    steps: int = 0
    part: object = None

    __repr__ = record_text


@runtime_checkable
class SeriesCall(HandlerCall, Protocol):
    """Calls handlers one by one, or one after the other."""

    async def series(self, steps: Sequence[Step], sent: Sent, cause: Cause) -> Passed:
        """Send the first payloads through ``steps``, one call after the other, for as long as that goes: one call at least.

        What can be done is done: the rest is called one by one. Raises what is no error of a step, such as LimitError, before the first call.
        """
        ...
