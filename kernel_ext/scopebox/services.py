"""What the parts of one sandbox share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.chains.runner import ChainRunner
    from scopebox.isolate.pool import IsolatePool
    from scopebox.journal.log import Log
    from scopebox.journal.trace import Trace
    from scopebox.network.requester import Requester
    from scopebox.registry.emitter import Events
    from scopebox.registry.registry import Registry
    from scopebox.settings import Settings
    from scopebox.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """One of each, made by the sandbox and handed to whoever works for it.

    ``decisions`` are those of the user on optional permissions, by extension and entry, which outlast a run; ``notify`` tells
    views that something has changed.
    """

    settings: Settings
    pool: IsolatePool
    chains: ChainRunner
    store: Store
    log: Log
    trace: Trace
    registry: Registry
    requester: Requester
    decisions: dict[tuple[str, str], bool]
    notify: Callable[[], None]

    @property
    def events(self) -> Events:
        """The emitter: it calls the hooks of the registry."""
        return self.registry.events
