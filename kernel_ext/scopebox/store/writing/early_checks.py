"""What carrying out a plan is bound to run into, told before guest code is asked about the rest of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scopebox.store.writing.changes import Delete, Insert, Update
from scopebox.store.writing.constraints import Check, Planned, check_update, checks_of, raise_first, violation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.store.writing.changes import Change


class EarlyChecks:
    """Checks changes against what is stored, given what else is planned.

    Only what cannot change any more is told: where other rows of a collection are moved too, the transaction decides.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._checks: dict[str, tuple[Check, ...]] = {}
        self._planned = Planned()
        self._moved: Counter[str] = Counter()
        self._known: dict[tuple[str, str], dict[object, bool]] = {}  # by table and column: whether values stand there

    def add(self, changes: Iterable[Change]) -> None:
        """Count ``changes`` among what is planned."""
        for entry in changes:
            if isinstance(entry, Insert):
                self._planned.add(entry)
            else:
                self._moved[entry.collection.name] += 1

    def checkable(self, change: Change) -> bool:
        """Return whether there is anything to check about ``change`` now."""
        name = change.collection.name
        if isinstance(change, Delete) or self._moved[name] > isinstance(change, Update):
            return False
        checks = self.of(change.collection)
        if isinstance(change, Insert):
            row = change.row
            return not all(self._passed(check, change) for check in checks if row[check.name] is not None)
        return any(change.values.get(check.name) is not None for check in checks)

    def _passed(self, check: Check, insert: Insert) -> bool:
        """Return whether a row is known to fulfil ``check``: by what was drawn, planned or looked up before."""
        value = insert.row[check.name]
        if insert.drawn and check.name == insert.field:
            return True
        if check.refers and self._planned.known(check.table, value) <= insert.position:
            return True
        return self._known.get(check.place, {}).get(value) is check.refers

    def learn(self, wanted: Sequence[tuple[Check, list[object]]], found: Sequence[set[object]]) -> None:
        """Remember which of the ``wanted`` values were ``found``."""
        for (check, values), there in zip(wanted, found, strict=True):
            self._known.setdefault(check.place, {}).update({value: value in there for value in values})

    def fulfilled(self, collection: Collection, row: Mapping[str, object]) -> bool:
        """Return whether what is known of the values of ``row``, those with constraints among them, fulfils these."""
        return all(
            self._known.get(check.place, {}).get(row[check.name]) is check.refers
            for check in self.of(collection)
            if check.name in row
        )

    def check(self, session: Session, changes: Iterable[Change]) -> Generator[None, None, None]:
        """Raise the DirectusError of the first of ``changes`` that breaks a constraint for sure."""
        self._planned.refresh()
        for entry in filter(self.checkable, changes):
            if isinstance(entry, Insert):
                raise_first((yield from violation(session, self.of(entry.collection), [entry], self._planned)))
            elif isinstance(entry, Update):
                check_update(session, self.of(entry.collection), entry, self._planned)
                yield

    def of(self, collection: Collection) -> tuple[Check, ...]:
        """Return the constraints of ``collection``."""
        name = collection.name
        if name not in self._checks:
            self._checks[name] = checks_of(self._schema, collection)
        return self._checks[name]
