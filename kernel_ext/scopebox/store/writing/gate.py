"""Whether a write is allowed, and what its payload becomes on the way in: fields, presets, validation, item rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import duckdb

from scopebox.store import errors
from scopebox.store.access.variables import Variables
from scopebox.store.query import filters
from scopebox.store.values.generated import now
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.rights import WriteRights, as_object, names_of, rights_of
from scopebox.store.writing.validation import Patterns, failures_of
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scopebox.store.access.records import Accountability, Action
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.rights import Payload
    from scopebox.store.writing.validation import Failure

T = TypeVar("T")


class Ask(Protocol):
    """Reads committed state for a plan, which keeps what was read."""

    async def __call__(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` finds."""


class Gate:
    """The checks of one call. ``ask`` reads committed state for it."""

    def __init__(
        self,
        version: StoreVersion,
        accountability: Accountability | None,
        ask: Ask,
    ) -> None:
        self._version = version
        self._accountability = accountability
        self._ask = ask
        self._patterns = Patterns()
        self._rights: dict[tuple[str, Action], WriteRights] = {}
        self._validations: dict[str, Mapping[str, Mapping[str, object]]] = {}

    async def process(self, action: Action, collection: Collection, payload: object, nested: Sequence[str]) -> Payload:
        """Return ``payload`` with presets below it, checked and validated; in nobody's name it stays as it is."""
        if self._accountability is None:
            return as_object(payload)
        rights = self._of(action, collection)
        content = as_object(payload)
        if rights.grants is not None:
            rights.check_fields(payload)
            content = {**rights.presets, **content}
        required = self._version.required(collection, action)
        broken = await self._broken(collection, required.rules, content, nested) if required.rules else {}
        found = required.failures(content, nested, broken)
        for rule in rights.validation:
            await self._match(rule, content)
            found += failures_of(rule, content, nested, self._patterns)
        if found:
            raise errors.failed_validation(found)
        return content

    async def _broken(
        self, collection: Collection, rules: Mapping[str, Mapping[str, object]], content: Payload, nested: Sequence[str]
    ) -> dict[str, list[Failure]]:
        """Return what ``content`` breaks of the validations of fields, by their names."""
        found = {}
        for name, rule in self._field_rules(collection, rules).items():
            await self._match(rule, content)
            if failures := failures_of(rule, content, nested, self._patterns):
                found[name] = failures
        return found

    def _field_rules(
        self, collection: Collection, rules: Mapping[str, Mapping[str, object]]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return the validations of fields with their variables resolved, the same in the whole call."""
        found = self._validations.get(collection.name)
        if found is None:
            variables = Variables(self._version.access, self._accountability, now())
            found = {name: filters.parse(rule, variables) for name, rule in rules.items()}
            self._validations[collection.name] = found
        return found

    async def permit(self, action: Action, collection: Collection, keys: Sequence[object], payload: object) -> None:
        """Raise DirectusError 403 unless the rules of ``action`` cover every item with one of ``keys``.

        An update names the fields of its ``payload``; each of them has to be allowed for every item.
        """
        fields = names_of(payload) if action == "update" else []
        if self._accountability is None or self._accountability.admin:
            return
        rights = self._of(action, collection)
        rights.check_known(fields)
        for rules in rights.rules_for(fields):
            if not keys or await self._covered(collection, keys, rules) != len(keys):
                raise errors.forbidden_items(action, collection.name, fields)

    async def _covered(self, collection: Collection, keys: Sequence[object], rules: list[object]) -> int:
        """Return how many items with one of ``keys`` match one of ``rules``."""
        version = self._version
        query = {"filter": {"_or": rules} if all(rules) else {}, "limit": -1}
        found = await self._ask(lambda session: version.keys_in(session, collection, query, keys))
        return len(found)

    def _of(self, action: Action, collection: Collection) -> WriteRights:
        found = self._rights.get((collection.name, action))
        if found is None:
            assert self._accountability is not None
            found = rights_of(collection, self._version.access, self._accountability, action)
            self._rights[collection.name, action] = found
        return found

    async def _match(self, rule: Mapping[str, object], content: Payload) -> None:
        """Look up which texts match the patterns of ``rule``: in the database, whose engine takes linear time."""
        for pattern, text in self._patterns.wanted(rule, content):
            self._patterns.known[pattern, text] = await self._ask(_matching(pattern, text))


def _matching(pattern: str, text: str) -> Callable[[Session], bool]:
    def work(session: Session) -> bool:
        try:
            found = session.row("SELECT regexp_matches(?, ?)", [text, pattern])
        except duckdb.Error:
            raise errors.internal_error(f"The regular expression {inline(pattern)} of a rule cannot be read") from None
        return bool(found and found[0])

    return work
