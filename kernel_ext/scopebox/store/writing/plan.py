"""A plan: what one call is going to do to the tables, and what was read for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scopebox.store.steps import in_one_step
from scopebox.store.writing.changes import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.changes import Change
    from scopebox.store.writing.places import Place
    from scopebox.store.writing.volume import Volume

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look:
    """Something that a plan read. ``work``, in steps, reads it again; None: it depends on the plan itself, so that nothing can."""

    work: Callable[[Session], Generator[None, None, object]] | None
    answer: object


class Plan:
    """``changes`` in their order, and ``looks``, what was read for them. ``volume`` counts what is written, if anybody does."""

    def __init__(self, volume: Volume | None = None) -> None:
        self._volume = volume
        self.changes: list[Change] = []
        self.looks: list[Look] = []
        self._collections: set[str] = set()
        self._by_key: defaultdict[tuple[str, object], list[Insert | Update]] = defaultdict(list)
        self._indexed = 0  # what is changed is found out when it is asked for first

    def add(self, change: Change) -> None:
        """Plan ``change`` after all others; LimitError where the call writes too much by it."""
        if self._volume is not None:
            self._volume.plan(change)
        self.changes.append(change)

    @property
    def brought(self) -> int:
        """Bytes of what is written that come from an extension, as far as anybody counts."""
        return 0 if self._volume is None else self._volume.brought

    def forget(self) -> None:
        """Let go of all of it, which has been carried out."""
        self.changes.clear()
        self.looks.clear()
        self._by_key.clear()

    def drawn(self, insert: Insert) -> None:
        """Learn that the row of ``insert``, which was planned without a key, has one now."""
        if insert.position < self._indexed:
            self._index(insert)

    def touches(self, collection: Collection) -> bool:
        """Return whether anything of ``collection`` is planned."""
        self._index_all()
        return collection.name in self._collections

    def last(self, collection: Collection, key: object, column: str) -> Insert | Update | None:
        """Return the last change that gives ``column`` of the item with ``key`` a value."""
        self._index_all()
        for entry in reversed(self._by_key.get((collection.name, key), ())):
            if isinstance(entry, Insert) or column in entry.values:
                return entry
        return None

    def _index_all(self) -> None:
        for entry in self.changes[self._indexed :]:
            self._collections.add(entry.collection.name)
            self._index(entry)
        self._indexed = len(self.changes)

    def _index(self, entry: Change) -> None:
        name = entry.collection.name
        if isinstance(entry, Insert):
            if (key := entry.row[entry.field]) is not None:
                self._by_key[name, key].append(entry)
        elif isinstance(entry, Update):
            for key in entry.keys:
                self._by_key[name, key].append(entry)


class Asking:
    """Reads committed state for ``plan``. It knows nothing else of the planner: what that holds goes with its last use."""

    def __init__(self, place: Place, plan: Plan) -> None:
        self._place, self._plan = place, plan

    async def __call__(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Return what ``work`` finds in committed state, and keep it to be asked again."""
        answer = await self._place.read(work, short=short)
        self._plan.looks.append(Look(in_one_step(work), answer))
        return answer

    async def in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do so with work that may rest at each ``yield``."""
        answer = await self._place.read_in_steps(work)
        self._plan.looks.append(Look(work, answer))
        return answer

    async def lasting(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` finds out by means of the database alone, whatever is stored: nobody has to ask again."""
        return await self._place.read(work)
