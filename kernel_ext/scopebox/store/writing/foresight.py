"""Foresight: what the database would refuse of a plan by now is refused before hooks are asked about the rest of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scopebox.store.writing.constraints import portions, stored
from scopebox.store.writing.early_checks import EarlyChecks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.places import Turn
    from scopebox.store.writing.plan import Asking, Plan


class Foresight:
    """Checks the changes of a plan as they come; ``checks`` is what it goes by."""

    def __init__(self, version: StoreVersion, plan: Plan, ask: Asking, turn: Turn) -> None:
        self.checks = EarlyChecks(version.schema)
        self._version, self._plan, self._ask, self._turn = version, plan, ask, turn
        self._checked = 0

    async def check(self) -> None:
        """Check what was planned since the last time. Raises what carrying it out would raise."""
        fresh, self._checked = self._plan.changes[self._checked :], len(self._plan.changes)
        self.checks.add(fresh)
        if any(self.checks.checkable(entry) for entry in fresh):
            checks = self.checks  # what is asked is kept in the plan, and is not to hold it in turn
            await self._ask.in_steps(lambda session: checks.check(session, fresh))

    async def look_ahead(self, collection: Collection, data: Sequence[object]) -> None:
        """Look up what :meth:`check` will ask about each of the items, as they are before filters."""
        for checks in portions(self.checks.of(collection), len(data)):
            values = await self._values(collection, data, [check.name for check in checks])
            if wanted := [(check, [*values[check.name]]) for check in checks if values[check.name]]:
                self.checks.learn(wanted, await self._ask(partial(stored, wanted=wanted)))

    async def _values(
        self, collection: Collection, data: Sequence[object], names: Sequence[str]
    ) -> dict[str, dict[object, None]]:
        """Return the values that ``data`` has for some columns, each once; others go on in between."""
        casts = self._version.shape(collection).casts
        found: dict[str, dict[object, None]] = {name: {} for name in names}
        for item in data:
            for name, value in casts.taken(item, names).items() if isinstance(item, dict) else ():
                found[name][value] = None
            if self._turn.over:
                await self._turn.next()
        return found
