"""The seam between the store and the hooks: what the store emits, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scopebox.store.access import Accountability
    from scopebox.vocabulary import HookKind


@dataclass(frozen=True, slots=True)
class EventContext:
    """Who causes an event (``None``: the store itself), and why; the store hands ``cause`` on without looking into it."""

    accountability: Accountability | None = None
    cause: object = None


class Emitter(Protocol):
    """What the store needs of the hooks.

    ``names`` holds the general name of an event and then the scoped one (``items.read``, ``articles.items.read``); each listener
    sees the name it was called under as ``meta["event"]``.
    """

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        """Return whether any listener would be called, so that the store can leave the work for it undone."""

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Pass ``payload`` through every filter in turn and return what comes out; an exception of a filter passes through."""

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

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Do nothing."""


def event_names(event: str, collection: str) -> tuple[str, str]:
    """Return the general and the scoped name of the event ``items.<event>`` of ``collection``."""
    return f"items.{event}", f"{collection}.items.{event}"
