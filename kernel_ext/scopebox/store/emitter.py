"""The seam between the store and the hooks: what the store emits, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec
from scopebox_guest import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.wire import Certain

    from scopebox.store.access import Accountability
    from scopebox.vocabulary import HookKind


@dataclass(frozen=True, slots=True)
class EventContext:
    """Who causes an event (``None``: the store itself), and why; the store hands ``cause`` on without looking into it."""

    accountability: Accountability | None = None
    cause: object = None


@dataclass(slots=True)
class Filtered:
    """What filters made of the first of several payloads, and what they raised for the one behind these.

    A value is the payload itself, or what took its place: that may be JSON text, which takes less memory than data.
    """

    values: list[object] = field(default_factory=list)
    error: Exception | None = None

    def only(self) -> object:
        """Return what became of a single payload as data, or raise what the filters raised."""
        return data_of(self.as_it_is())

    def as_it_is(self) -> object:
        """Do so, but leave JSON text as it is."""
        if self.error is not None:
            raise self.error
        return self.values[0]


class Emitter(Protocol):
    """What the store needs of the hooks.

    ``names`` holds the general name of an event and then the scoped one (``items.read``, ``articles.items.read``); each listener
    sees the name it was called under as ``meta["event"]``. A payload may be JSON text (``msgspec.Raw``), which comes back as it is
    where no filter returns anything, and else may become another one; data becomes data.
    """

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        """Return whether any listener would be called, so that the store can leave the work for it undone."""

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Pass ``payload`` through every filter in turn and return what comes out; an exception of a filter passes through."""

    async def filter_first(
        self,
        names: tuple[str, ...],
        payloads: Sequence[object],
        meta: dict[str, object],
        context: EventContext,
        certain: Certain,
    ) -> Filtered:
        """Do so with the first of ``payloads``, and with others behind it as long as what came of the one before is ``certain``."""

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Queue the actions; called after COMMIT, never waited for."""


class Silence:
    """The emitter of a store that nobody listens to."""

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:  # noqa: ARG002 - the protocol names them
        """Return False."""
        return False

    async def filter(
        self,
        names: tuple[str, ...],  # noqa: ARG002
        payload: object,
        meta: dict[str, object],  # noqa: ARG002
        context: EventContext,  # noqa: ARG002
    ) -> object:
        """Return ``payload``."""
        return payload

    async def filter_first(
        self,
        names: tuple[str, ...],  # noqa: ARG002
        payloads: Sequence[object],
        meta: dict[str, object],  # noqa: ARG002
        context: EventContext,  # noqa: ARG002
        certain: Certain,  # noqa: ARG002
    ) -> Filtered:
        """Return all of ``payloads``."""
        return Filtered(list(payloads))

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Do nothing."""


def data_of(value: object) -> object:
    """Return what is JSON text as data, and all else as it is."""
    return wire.decode_json(value) if isinstance(value, msgspec.Raw) else value


def event_names(event: str, collection: str) -> tuple[str, str]:
    """Return the general and the scoped name of the event ``items.<event>`` of ``collection``."""
    return f"items.{event}", f"{collection}.items.{event}"
