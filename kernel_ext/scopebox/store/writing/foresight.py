"""Foresight: what the database would refuse of a plan by now is refused before hooks are asked about the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.writing.constraints import stored
from scopebox.store.writing.early_checks import EarlyChecks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.gate import Ask
    from scopebox.store.writing.plan import Plan


class Foresight:
    """Checks the changes of a plan as they come; ``checks`` is what it goes by."""

    def __init__(self, version: StoreVersion, plan: Plan, ask: Ask) -> None:
        self.checks = EarlyChecks(version.schema)
        self._version, self._plan, self._ask = version, plan, ask
        self._checked = 0

    async def check(self) -> None:
        """Check what was planned since the last time. Raises what carrying it out would raise."""
        fresh, self._checked = self._plan.changes[self._checked :], len(self._plan.changes)
        self.checks.add(fresh)
        if any(self.checks.checkable(entry) for entry in fresh):
            checks = self.checks  # what is asked is kept in the plan, and is not to hold it in turn
            await self._ask(lambda session: checks.check(session, fresh))

    async def look_ahead(self, collection: Collection, data: Sequence[object]) -> None:
        """Look up what :meth:`check` will ask about each of the items, as they are before filters."""
        casts = self._version.shape(collection).casts
        names = self.checks.checked(collection)
        rows = [casts.taken(item, names) for item in data if isinstance(item, dict)]
        wanted = self.checks.upcoming(collection, rows)
        if wanted:
            self.checks.learn(wanted, await self._ask(lambda session: stored(session, wanted)))
