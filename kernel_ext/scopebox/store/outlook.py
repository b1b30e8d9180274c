"""What carrying out a plan is bound to run into, told before guest code is asked about the rest of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scopebox.store.integrity import Check, Planned, check_update, checks_of, violation
from scopebox.store.operations import Delete, Insert, Update

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.store.database import Session
    from scopebox.store.operations import Operation
    from scopebox.store.schema import Schema


class Outlook:
    """Checks operations against what is stored, given what else is planned.

    Only what cannot change any more is told: where other rows of a collection are moved too, the transaction decides.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._checks: dict[str, tuple[Check, ...]] = {}
        self._planned = Planned()
        self._moved: Counter[str] = Counter()

    def add(self, operations: Iterable[Operation]) -> None:
        """Count ``operations`` among what is planned."""
        for entry in operations:
            if isinstance(entry, Insert):
                self._planned.add(entry)
            else:
                self._moved[entry.collection.name] += 1

    def checkable(self, operation: Operation) -> bool:
        """Return whether there is anything to check about ``operation`` now."""
        name = operation.collection.name
        if isinstance(operation, Delete) or self._moved[name] > isinstance(operation, Update):
            return False
        values = operation.row if isinstance(operation, Insert) else operation.values
        return any(values.get(check.name) is not None for check in self._checks_of(operation))

    def check(self, session: Session, operations: Iterable[Operation]) -> None:
        """Raise the DirectusError of the first of ``operations`` that breaks a constraint for sure."""
        self._planned.refresh()
        for entry in filter(self.checkable, operations):
            if isinstance(entry, Insert):
                broken = violation(session, self._checks_of(entry), [entry], self._planned)
                if broken is not None:
                    raise broken[1]
            elif isinstance(entry, Update):
                check_update(session, self._checks_of(entry), entry, self._planned)

    def _checks_of(self, operation: Operation) -> tuple[Check, ...]:
        name = operation.collection.name
        if name not in self._checks:
            self._checks[name] = checks_of(self._schema, operation.collection)
        return self._checks[name]
