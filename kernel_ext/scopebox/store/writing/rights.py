"""What a role may write, and what becomes of a payload under it: fields, presets, validation, item rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from scopebox.store import errors
from scopebox.store.access.item_rules import ItemRules
from scopebox.store.query import filters
from scopebox.store.schema.schema import NO_DEFAULT
from scopebox.store.values.generated import CREATED
from scopebox.store.writing.validation import Required

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from scopebox.store.access.access import Access
    from scopebox.store.access.records import Action
    from scopebox.store.access.variables import Variables
    from scopebox.store.query.filters import Filter
    from scopebox.store.schema.schema import Collection

Payload = dict[str, object]
MAX_INDEXED_ENTRIES: Final = 1_000
"""Entries of a list, or characters of a text, that are taken as an object whose names are their places."""


@dataclass(frozen=True, slots=True)
class WriteRule:
    """One permission: its fields (None: all), and the rule that an item has to match, as a filter with its variables resolved."""

    fields: frozenset[str] | None
    rule: Filter

    def covers(self, name: str) -> bool:
        """Return whether the permission allows the field ``name``."""
        return self.fields is None or name in self.fields


@dataclass(frozen=True)
class WriteRights:
    """What one accountability may do with one collection. ``grants`` is None where everything is allowed."""

    collection: Collection
    grants: tuple[WriteRule, ...] | None
    validation: tuple[Mapping[str, object], ...]
    presets: Payload

    def check_fields(self, payload: object) -> None:
        """Raise DirectusError 403 for fields that no permission allows, or that do not exist."""
        if self._allowed is not None:
            self.check_covered(names_of(payload))

    def check_covered(self, names: Sequence[str]) -> None:
        """Raise DirectusError 403 for fields that no permission allows."""
        allowed = self._allowed
        refused = [] if allowed is None else [name for name in names if name not in allowed]
        if refused:
            raise errors.forbidden_fields(self.collection.name, refused)

    @cached_property
    def _allowed(self) -> frozenset[str] | None:
        """All fields that some permission allows; None where one allows every field."""
        fields = [grant.fields for grant in self.grants or ()]
        if self.grants is None or None in fields:
            return None
        return frozenset[str]().union(*(some or () for some in fields))

    def covers(self, name: str) -> bool:
        """Return whether some permission allows the field ``name``."""
        return any(grant.covers(name) for grant in self.grants or ()) or self.grants is None

    def rules_for(self, names: Sequence[str]) -> Iterator[list[Filter]]:
        """Yield lists of rules; an item has to match one of each: of all grants, and of those that allow each name."""
        grants = self.grants or ()
        covering = dict.fromkeys(names, 0)  # by name, a bit for each of the grants
        for at, grant in enumerate(grants):
            for name in covering if grant.fields is None else grant.fields.intersection(covering):
                covering[name] |= 1 << at
        for chosen in dict.fromkeys(((1 << len(grants)) - 1, *covering.values())):
            yield [grant.rule for at, grant in enumerate(grants) if chosen >> at & 1]


def rights_of(
    collection: Collection, access: Access, action: Action, variables: Variables
) -> Generator[None, None, WriteRights]:
    """Return the rights for ``action`` of the one whose ``variables`` they are; DirectusError 403 if there is no permission at all.

    There may be many permissions, with long lists each: it rests between them.
    """
    accountability = variables.accountability
    assert accountability is not None
    if accountability.admin:
        return WriteRights(collection, None, (), {})
    permissions = access.permissions_of(accountability, collection.name, action)
    if not permissions:
        raise errors.forbidden_collection(collection.name)
    rules = ItemRules(variables, access.lasting_rules)
    grants, presets, validation = [], dict[str, object](), []
    for permission in permissions:
        fields = None if "*" in permission.fields else frozenset(permission.fields)
        grants.append(WriteRule(fields, rules.parse(permission.permissions)))
        yield
    for permission in permissions:
        rules.count(permission.presets)
        presets.update(as_object(resolved(permission.presets, variables)))
        yield
    for permission in permissions:
        if permission.validation:
            validation.append(checked_rule(rules.parse(permission.validation)))
            yield
    return WriteRights(collection, tuple(grants), tuple(validation), presets)


def required_of(collection: Collection, action: Action) -> Required:
    """Return what the columns of ``collection`` demand of a payload."""
    strict = [
        field
        for field in collection.fields.values()
        if field.type != "alias" and (not field.nullable or field.primary_key) and not CREATED & set(field.special)
    ]
    submitted = (
        frozenset(field.name for field in strict if field.default in (NO_DEFAULT, None) and not field.auto_increment)
        if action == "create"
        else frozenset[str]()
    )
    rules = {field.name: field.validation for field in collection.fields.values() if field.validation}
    not_null = tuple(field.name for field in strict)
    named = {*not_null, *rules}
    return Required(submitted, not_null, rules, tuple(name for name in collection.fields if name in named))


def listed_item(value: object, key: str) -> object:
    """Return an item of a list; DirectusError 500, in the words of JavaScript, for null, of which there is no ``key`` to look at."""
    if value is None:
        raise errors.internal_error(f"Cannot read properties of null (reading '{key}')")
    return value


def as_object(value: object) -> Payload:
    """Return what JavaScript's ``Object.assign({}, value)`` makes of it: lists and texts by index, other scalars nothing."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | str):
        if len(value) > MAX_INDEXED_ENTRIES:
            raise errors.invalid_payload(f"A list or a text of {len(value):,} entries stands where an object belongs")
        return {str(index): entry for index, entry in enumerate(value)}
    return {}


def names_of(value: object) -> list[str]:
    """Return JavaScript's ``Object.keys(value)``; DirectusError 500 for null, in its words."""
    if value is None:
        raise errors.internal_error("Cannot convert undefined or null to object")
    return list(as_object(value))


def checked_rule(rule: Filter) -> Mapping[str, object]:
    """Return ``rule``, a filter with its variables resolved, as payloads are held against it."""
    return as_object(_told(rule))


def _told(value: object) -> object:
    """Return ``value`` with its moments as a payload tells them."""
    if isinstance(value, dict):
        return {name: _told(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_told(entry) for entry in value]
    return _utc(value) if isinstance(value, datetime) else value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def resolved(value: object, variables: Variables) -> object:
    """Return ``value``, a preset, with its dynamic variables and words resolved; a moment is told in UTC, as a payload would."""
    if isinstance(value, dict):
        return {name: resolved(entry, variables) for name, entry in value.items()}
    if isinstance(value, list):
        return [resolved(entry, variables) for entry in value]
    if not isinstance(value, str):
        return value
    found = filters.WORDS[value] if value in filters.WORDS else variables.value(value)
    return _utc(found) if isinstance(found, datetime) else found
