"""Stores for tests of writing: the project that comes with the recordings, and what to say about what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store.emitter import Emitter, EventContext, Filtered
from scopebox.store.items import ItemsService
from scopebox.store.store import Accountability, Store
from scopebox.vocabulary import HookKind
from scopebox_guest import wire
from scopebox_guest.wire import Certain

PROJECT: Final = Path(__file__).parent / "data" / "conformance" / "project"
Row = dict[str, object]


@contextmanager
def project() -> Iterator[Store]:
    """Give a store with the recorded dataset."""
    with Store.from_project(PROJECT) as store:
        yield store


@pytest.fixture
def recorded_copy(recorded: Store) -> Iterator[Store]:
    """A copy of the recorded dataset, new for each test; a module takes it as its ``store``."""
    with recorded.fork() as copy:
        yield copy


def admin(store: Store) -> Accountability:
    """Return the accountability of the administrator."""
    return store.access.for_role("admin")


def items(store: Store, collection: str, emitter: Emitter | None = None, *, role: str = "admin") -> ItemsService:
    """Return the items of ``collection`` in the name of ``role``."""
    return store.items(collection, accountability=store.access.for_role(role), emitter=emitter)


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Return what a query of the host finds."""
    return store.sql(sql).fetchall()


def content(store: Store, *collections: str) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that is in ``store``, or in some of its collections."""
    return {
        name: rows(store, f'select * from "{name}" order by all') for name in collections or store.schema.collections
    }


class Listener:
    """An emitter whose filters and actions are plain functions of the payload, by the name of the event."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, object]] = []
        self.filters: dict[str, object] = {}

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        return kind == "action" or any(name in self.filters for name in names)

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        for name in names:
            handler = self.filters.get(name)
            if handler is not None:
                payload = as_data(payload)
                self.told.append(("filter", name, payload))
                assert callable(handler)
                payload = await handler(payload, meta)
        return payload

    async def filter_first(
        self,
        names: tuple[str, ...],
        payloads: Sequence[object],
        meta: dict[str, object],
        context: EventContext,
        certain: Certain,
    ) -> Filtered:
        """Send the first alone."""
        return Filtered([await self.filter(names, payloads[0], meta, context)])

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        meta = {key: as_data(value) for key, value in meta.items()}
        self.told += [("action", name, meta) for name in names]

    def heard(self, kind: str, name: str) -> list[object]:
        """Return what was told under ``name``."""
        return [what for told, event, what in self.told if (told, event) == (kind, name)]


def as_data(payload: object) -> object:
    """Return what a guest gets of a payload, whatever it was sent as."""
    return wire.decode_json(payload) if isinstance(payload, msgspec.Raw) else payload


def code(error: DirectusError) -> tuple[int, str, str]:
    """Return status, code and message of an error."""
    return error.status, error.code, error.message
