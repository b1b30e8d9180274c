"""Who makes a call, and the shape of the functions that answer it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from scopebox.chains.chain import Cause, Chain
    from scopebox.isolate.isolate import Isolate
    from scopebox.journal.records import Answered
    from scopebox.manifest.manifest import Manifest, Permission
    from scopebox.network.requester import Requester
    from scopebox.registry.registrations import HandlerCall
    from scopebox.registry.registry import Registry
    from scopebox.settings import Settings
    from scopebox.store.store import Store
    from scopebox.vocabulary import Style


class Services(Protocol):
    """What calls use of what the parts of a sandbox share."""

    @property
    def settings(self) -> Settings:
        """The limits."""

    @property
    def store(self) -> Store:
        """The collections."""

    @property
    def registry(self) -> Registry:
        """What extensions registered."""

    @property
    def requester(self) -> Requester:
        """Sends requests to the outside."""


class Caller(Protocol):
    """The extension that makes a call."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def manifest(self) -> Manifest:
        """What it asks for."""

    @property
    def live(self) -> bool:
        """Whether its requests may leave this machine where no mocks are set."""

    @property
    def wall(self) -> float:
        """Seconds that one of its handlers may take."""

    @property
    def isolate(self) -> Isolate | None:
        """The isolate that it runs in."""

    @property
    def services(self) -> Services:
        """What it shares with the rest of its sandbox."""

    def write_log(self, message: str, chain: Chain) -> None:
        """Write one line; RuntimeError above the allowed number a second."""

    def keep_answer(self, call: int, answer: Answered) -> None:
        """Keep what the request of a call (the number of its record) was answered with."""

    def warn(self, message: str, chain: Chain) -> None:
        """Warn the user."""

    def count_registration(self) -> None:
        """Raise ValueError if the extension has registered as much as it may."""

    def note_registered(self, what: str, note: str = "") -> None:
        """Note something registered, and what the user should know of it."""

    def note_not_portable(self, what: str) -> None:
        """Note a use of something that a Directus does not have."""


class CallContext(msgspec.Struct, frozen=True):
    """Who makes a call, why it runs, and the permission that covers it (None for built-in types).

    ``style`` tells a function of ``directus:api`` from ``exec``; ``call_handler`` calls a handler of the caller later on.
    """

    caller: Caller
    cause: Cause
    permission: Permission | None
    style: Style
    call_handler: HandlerCall


Answer = object | Coroutine[object, object, object]
ExecFunction = Callable[[CallContext, list[object]], Answer]
