"""Stores for tests of writing: the project that comes with the recordings, and what to say about what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store.emitter import Emitter, EventContext, Filtered
from scopebox.store.items import ItemsService
from scopebox.store.schema.schema import Collection
from scopebox.store.sources.item_sources import Item, Items, Listed
from scopebox.store.sources.project import Project
from scopebox.store.sources.project import read_project as steps_of_project
from scopebox.store.steps import at_once
from scopebox.store.store import Accountability, Store
from scopebox.text.notes import Notes
from scopebox.vocabulary import HookKind
from scopebox_guest import wire
from scopebox_guest.wire import Certain

MOST: Final = 3  # items at a time, so that most collections come in several portions
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


def read_project(folder: Path) -> Project:
    """Return the project in ``folder`` with all of its items listed, and with what there is to say of them among the notes."""
    project = at_once(steps_of_project(folder))
    notes = Notes()

    def whole(items: Mapping[str, Items], collections: Mapping[str, Collection]) -> dict[str, Items]:
        return {name: Listed(listed(entry, collections[name], notes)) for name, entry in items.items()}

    items = whole(project.items, project.schema.collections)
    system = whole(project.system, project.schema.system)
    return replace(project, items=items, system=system, notes=(*project.notes, *notes.lines))


def listed(items: Items, collection: Collection, notes: Notes | None = None) -> list[Item]:
    """Return all of ``items``, those of ``collection``."""
    portions = items.portions(collection, MOST, Notes() if notes is None else notes)
    return [item for portion, _ in portions for item in portion]


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
