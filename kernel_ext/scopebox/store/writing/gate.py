"""Whether a write is allowed, and what its payload becomes on the way in: fields, presets, validation, item rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import duckdb

from scopebox.store import errors
from scopebox.store.access.variables import Variables, details_of
from scopebox.store.database.allocator import give_back
from scopebox.store.query import filters
from scopebox.store.reading.asker import look_up
from scopebox.store.reading.covering import covering
from scopebox.store.reading.keys import fits_key
from scopebox.store.reading.rights import ReadRights
from scopebox.store.values.generated import now
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.rights import WriteRights, as_object, names_of, rights_of
from scopebox.store.writing.validation import Patterns, failures_of
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from scopebox.store.access.records import Accountability, Action
    from scopebox.store.database.session import Session
    from scopebox.store.query.filters import Filter
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.places import Turn
    from scopebox.store.writing.rights import Payload
    from scopebox.store.writing.validation import Failure

T = TypeVar("T")
MAX_MATCHED: Final = 10_000  # pairs of a pattern and a text that are matched at once


class Ask(Protocol):
    """Reads committed state for a plan, which keeps what was read."""

    async def __call__(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Return what ``work`` finds; ``short``: by the key of one row alone."""

    async def in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do so with work that may rest at each ``yield``."""

    async def lasting(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` finds out by means of the database alone, whatever is stored."""


class Gate:
    """The checks of one call. ``ask`` reads committed state for it."""

    def __init__(
        self,
        version: StoreVersion,
        accountability: Accountability | None,
        ask: Ask,
        turn: Turn,
    ) -> None:
        self._version = version
        self._accountability = accountability
        self._ask, self._turn = ask, turn
        self._patterns = Patterns()
        self._rights: dict[tuple[str, Action], WriteRights] = {}
        self._validations: dict[str, Mapping[str, Mapping[str, object]]] = {}
        self._free = ReadRights(version.schema, version.access, Variables(version.access, None, now()))
        self._known: dict[str, object] = {}

    async def process(self, action: Action, collection: Collection, payload: object, nested: Sequence[str]) -> Payload:
        """Return ``payload`` with presets below it, checked and validated; in nobody's name it stays as it is."""
        if self._accountability is None:
            return self._followed(collection, as_object(payload))
        rights = await self._of(action, collection)
        content = as_object(payload)
        if rights.grants is not None:
            rights.check_fields(payload)
            content = {**rights.presets, **content}
        self._followed(collection, content)
        required = self._version.required(collection, action)
        broken = await self._broken(collection, required.rules, content, nested) if required.rules else {}
        found = required.failures(content, nested, broken)
        for rule in rights.validation:
            found += await self._failures(rule, content, nested)
        if found:
            raise errors.failed_validation(found)
        return content

    def _followed(self, collection: Collection, content: Payload) -> Payload:
        """Return ``content``. Refuse values of fields that the project has and the store has not; a Directus drops those that nobody has."""
        schema = self._version.schema
        for name in content if schema.unfollowed else ():
            if name not in collection.fields and (why := schema.why_not(collection.name, name)):
                raise errors.unfollowed(collection.name, name, why)
        return content

    async def _broken(
        self, collection: Collection, rules: Mapping[str, Mapping[str, object]], content: Payload, nested: Sequence[str]
    ) -> dict[str, list[Failure]]:
        """Return what ``content`` breaks of the validations of fields, by their names."""
        found = {}
        for name, rule in (await self._field_rules(collection, rules)).items():
            if failures := await self._failures(rule, content, nested):
                found[name] = failures
        return found

    async def _failures(self, rule: Mapping[str, object], content: Payload, nested: Sequence[str]) -> list[Failure]:
        """Return what ``content`` breaks of one rule; others go on between two conditions, each of which may look through all of it."""
        await self._match(rule, content)
        found = []
        for failures in failures_of(rule, content, nested, self._patterns):
            found += failures
            if self._turn.over:
                await self._turn.next()
        return found

    async def _field_rules(
        self, collection: Collection, rules: Mapping[str, Mapping[str, object]]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return the validations of fields with their variables resolved, the same in the whole call."""
        found = self._validations.get(collection.name)
        if found is None:
            variables = await self._variables(details_of([*rules.values()]))
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
        if not keys:
            raise errors.forbidden_items(action, collection.name, fields)
        if unknown := [name for name in fields if name not in collection.fields]:
            raise errors.forbidden_fields(collection.name, unknown)
        rights = await self._of(action, collection)
        rights.check_covered(fields)
        for rules in rights.rules_for(fields):
            if await self._covered(collection, keys, rules) != len(keys):
                raise errors.forbidden_items(action, collection.name, fields)

    async def _covered(self, collection: Collection, keys: Sequence[object], rules: list[Filter]) -> int:
        """Return how many items with one of ``keys`` match one of ``rules``."""
        if not all(fits_key(collection.primary_key.type, key) for key in keys):
            raise errors.forbidden()
        if not rules:
            return 0
        found = covering(self._free, collection, rules, keys)
        if found.crowd:
            give_back()  # or the allocator would keep what each thread worked in
            return await self._ask.in_steps(found.count_in_turn)
        return await self._ask(found.count, short=found.short)

    async def rights(self, action: Action, collection: Collection) -> WriteRights | None:
        """Return what may be done; None in nobody's name, where everything may."""
        return None if self._accountability is None else await self._of(action, collection)

    async def _of(self, action: Action, collection: Collection) -> WriteRights:
        found = self._rights.get((collection.name, action))
        if found is None:
            who, access = self._accountability, self._version.access
            assert who is not None
            variables = await self._variables(access.details_of(who, action))
            found = await self._turn.through(rights_of(collection, access, action, variables))
            self._rights[collection.name, action] = found
        return found

    async def _variables(self, details: AbstractSet[str]) -> Variables:
        """Return what variables stand for in rules; what ``details``, those that name fields, are about is looked up with all rights."""
        who, version = self._accountability, self._version
        if who is not None and details - self._known.keys():
            wanted, free = frozenset(details), self._free
            self._known |= await self._ask(lambda session: look_up(session, free, version.access, who, wanted))
        return Variables(version.access, who, self._free.variables.now, self._known)

    async def look_ahead(self, collection: Collection, data: Sequence[object], begin: int) -> int:
        """Look up at once which texts of new items, those from ``begin`` on, match the patterns of the validations of fields.

        Return the item at which it has to be done again; what was known is forgotten then.
        """
        rules = self._version.required(collection, "create").rules
        if self._accountability is None or len(data) < 2 or "_regex" not in str(rules):  # noqa: PLR2004 - several
            return len(data)
        resolved = await self._field_rules(collection, rules)
        self._patterns.known, end = await self._ask.lasting(_all_matching([*resolved.values()], data, begin))
        return end

    async def _match(self, rule: Mapping[str, object], content: Payload) -> None:
        """Look up which texts match the patterns of ``rule``: in the database, whose engine takes linear time."""
        if len(self._patterns.known) > 2 * MAX_MATCHED:
            self._patterns.known.clear()
        for pattern, text in self._patterns.wanted(rule, content):
            self._patterns.known[pattern, text] = await self._ask.lasting(_matching(pattern, text))


def _matching(pattern: str, text: str) -> Callable[[Session], bool]:
    def work(session: Session) -> bool:
        try:
            found = session.row("SELECT regexp_matches(?, ?)", [text, pattern])
        except duckdb.Error:
            raise errors.internal_error(f"The regular expression {inline(pattern)} of a rule cannot be read") from None
        return bool(found and found[0])

    return work


def _all_matching(
    rules: Sequence[Mapping[str, object]], data: Sequence[object], begin: int
) -> Callable[[Session], tuple[dict[tuple[str, str], bool], int]]:
    """Return the step that matches every pattern of ``rules`` against the texts of ``data``, in one statement a pattern.

    It begins at an item, and says at which it ended: when it had enough.
    """

    def work(session: Session) -> tuple[dict[tuple[str, str], bool], int]:
        texts: dict[str, dict[str, None]] = {}
        end, count = begin, 0
        while end < len(data) and count < MAX_MATCHED:
            item = data[end]
            pairs = {pair for rule in rules for pair in Patterns().wanted(rule, item)} if isinstance(item, dict) else ()
            for pattern, text in pairs:
                texts.setdefault(pattern, {})[text] = None
            count += len(pairs)
            end += 1
        found = {pair: met for pattern, some in texts.items() for pair, met in _matched(session, pattern, [*some])}
        return found, end

    return work


def _matched(session: Session, pattern: str, texts: list[str]) -> Iterator[tuple[tuple[str, str], bool]]:
    met = session.rows("SELECT regexp_matches(text, ?) FROM (SELECT unnest(?::VARCHAR[]) AS text)", [pattern, texts])
    return zip(((pattern, text) for text in texts), (bool(row[0]) for row in met), strict=True)
