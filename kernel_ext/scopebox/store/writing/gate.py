"""Whether a write is allowed, and what its payload becomes on the way in: fields, presets, validation, item rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import duckdb

from scopebox.store import errors
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

    async def process(self, action: Action, collection: Collection, payload: object, nested: Sequence[str]) -> Payload:
        """Return ``payload`` with presets below it, checked and validated; in nobody's name it stays as it is."""
        if self._accountability is None:
            return as_object(payload)
        rights = self._of(action, collection)
        content = as_object(payload)
        if rights.grants is not None:
            rights.check_fields(payload)
            content = {**rights.presets, **content}
        found = self._version.required(collection, action).failures(content, nested)
        for rule in rights.validation:
            await self._match(rule, content)
            found += failures_of(rule, content, nested, self._patterns)
        if found:
            raise errors.failed_validation(found)
        return content

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
