"""Drawing: the keys that one call takes from sequences, when the first of them is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.database.tables import draw_keys
from scopebox.store.writing.execution import draw
from scopebox.store.writing.key_reserve import KeyReserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.changes import Insert
    from scopebox.store.writing.places import Place
    from scopebox.store.writing.plan import Plan
    from scopebox.store.writing.replay import HookReplay


class Drawing:
    """Draws keys for the new items of a plan; on a replay they are the same."""

    def __init__(self, version: StoreVersion, plan: Plan, place: Place, replay: HookReplay) -> None:
        self._plan, self._place, self._replay = plan, place, replay
        self._reserve = KeyReserve(version)
        self._undrawn: list[Insert] = []

    def announce(self, collection: Collection, items: Sequence[object], *, there: bool = False) -> None:
        """Learn what the call is going to create in ``collection``, or, of items that are ``there``, along with them."""
        self._reserve.announce(collection, items, there=there)

    def forget(self) -> None:
        """Forget the items that were announced: all is planned, and they may be large."""
        self._reserve.forget()

    def add(self, insert: Insert) -> None:
        """Give a planned item its key, if one was drawn for it by now."""
        if not self._reserve.serve(insert):
            self._undrawn.append(insert)

    async def draw_all(self) -> None:
        """Draw the keys of all items planned so far that take theirs from a sequence."""
        for collection in {entry.collection.name: entry.collection for entry in self._undrawn}.values():
            await self.draw(collection)

    async def draw(self, collection: Collection) -> None:
        """Draw the keys of the items of ``collection``: of those planned so far, and of those that are to come."""
        inserts = [entry for entry in self._undrawn if entry.collection is collection]
        waiting = [entry for entry in inserts if entry.row[entry.field] is None]
        if not waiting:
            return
        self._undrawn = [entry for entry in self._undrawn if entry.collection is not collection]
        ahead = self._reserve.lacking(collection, self._plan.changes)

        def work(session: Session) -> list[int]:
            draw(session, inserts)
            return [entry.row[entry.field] for entry in waiting] + draw_keys(session, collection, ahead)  # type: ignore[return-value] # sequences give whole numbers

        question = ("keys", collection.name, len(waiting), ahead)
        keys = await self._replay.answer(question, lambda: self._place.write(work), anew=True)
        assert isinstance(keys, list)
        for entry, key in zip(waiting, keys, strict=False):
            entry.take(key)
            self._plan.drawn(entry)
        self._reserve.keep(collection, keys[len(waiting) :])
