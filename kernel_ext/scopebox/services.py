"""What the parts of one sandbox share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from scopebox.chains.runner import ChainRunner
    from scopebox.isolate.pool import IsolatePool
    from scopebox.journal.log import Log
    from scopebox.journal.outcomes import Outcomes
    from scopebox.journal.trace import Trace
    from scopebox.network.requester import Requester
    from scopebox.registry.emitter import Events
    from scopebox.registry.registry import Registry
    from scopebox.settings import Settings
    from scopebox.store.store import Store


class StoreSource:
    """Where a sandbox has its store from: made when somebody asks for it first, on the thread of whoever does."""

    def __init__(self, make: Callable[[], Store]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._closed = False

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return the source of a store that is there."""
        source = cls(lambda: store)
        source._store = store
        return source

    def get(self) -> Store:
        """Return the store; make it, if nobody has yet."""
        if self._store is None:  # it never becomes None again
            with self._lock:
                if self._store is None:
                    store = self._make()
                    if self._closed:
                        store.close()
                    self._store = store
        return self._store

    def close(self) -> None:
        """Close the store, also one that somebody is making; idempotent."""
        with self._lock:
            self._closed = True
            if self._store is not None:
                self._store.close()


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """One of each, made by the sandbox and handed to whoever works for it.

    ``decisions`` are those of the user on optional permissions, by extension and entry, which outlast a run; ``notify`` tells
    views that something has changed.
    """

    settings: Settings
    pool: IsolatePool
    chains: ChainRunner
    stores: StoreSource
    log: Log
    trace: Trace
    outcomes: Outcomes
    registry: Registry
    requester: Requester
    decisions: dict[tuple[str, str], bool]
    notify: Callable[[], None]

    @property
    def store(self) -> Store:
        """The collections."""
        return self.stores.get()

    @property
    def events(self) -> Events:
        """The emitter: it calls the hooks of the registry."""
        return self.registry.events
