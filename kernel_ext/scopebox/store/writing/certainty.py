"""Which new items are certain to be written, so that nothing but their filters decides about those behind them.

Filters see an item when all before it has been planned, and do not see it where one of those is refused. Of items that
are certain that may be foretold: then filters can be asked about several at once, and nobody can tell the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox_guest.wire import Certain, Column

from scopebox.errors import DirectusError
from scopebox.store.schema.schema import columns
from scopebox.store.values.casting import LengthError
from scopebox.store.values.types import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.schema.schema import Collection, Field
    from scopebox.store.values.rows import Casts
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.early_checks import EarlyChecks
    from scopebox.store.writing.rights import WriteRights

WHOLE: Final = {"integer": 2**31, "integer64": 2**63, "bigInteger": 2**63}
KINDS: Final = {"text": "text", "string": "text", "boolean": "boolean", "float": "number"}
NESTED: Final = (list, dict)


@dataclass(frozen=True, slots=True)
class Certainty:
    """What new items of one collection have to be like; ``told`` says it to whoever calls the filters.

    What that cannot tell of a value is asked here about the one that was given, which then has to stay.
    """

    told: Certain
    casts: Casts
    checks: EarlyChecks
    collection: Collection
    references: frozenset[str]

    def allows(self, item: Mapping[str, object]) -> bool:
        """Return whether ``item`` is certain to be written, if its filters leave alone what they have to leave alone."""
        kept = {}
        for name, value in item.items():
            column = self.told.columns.get(name)
            if column is None:
                return False
            if not column.kind and value is not None:
                kept[name] = value
        if any(isinstance(kept.get(name), NESTED) for name in self.references):
            return False
        try:
            row = {name: self.casts.casts[name](value) for name, value in kept.items()}
        except (InputError, LengthError, DirectusError):
            return False
        return self.checks.fulfilled(self.collection, row)


def certainty_of(
    version: StoreVersion, collection: Collection, rights: WriteRights | None, checks: EarlyChecks
) -> Certainty | None:
    """Return what makes a new item certain under ``rights`` (None: nobody's, who may do all); None where nothing does."""
    shape, casts = version.shape(collection), version.shape(collection).casts
    made = {field.name for field in casts.filled}
    needed = {name for name in casts.not_null if casts.defaults[name] is None and name not in made}
    strict = set(casts.not_null)
    if rights is not None:
        required = version.required(collection, "create")
        if required.rules or rights.validation or rights.presets:
            return None
        needed |= required.submitted
        strict |= set(required.not_null)
    if version.schema.unfollowed or shape.key in needed or not (shape.drawn or shape.key in made):
        return None
    own = made | set(casts.created) | set(casts.hashed) | casts.generated | {shape.key}
    own |= {reference.field for reference in shape.any_references}
    if needed & own:
        return None
    references = frozenset(reference.field for reference in shape.references)
    found = {
        field.name: _column(field, kept=field.name in shape.checked, nullable=field.name not in strict)
        for field in columns(collection)
        if field.name not in own and (rights is None or rights.covers(field.name))
    }
    return Certainty(Certain(found, sorted(needed)), casts, checks, collection, references)


def _column(field: Field, *, kept: bool, nullable: bool) -> Column:
    if kept:
        return Column(nullable=nullable)
    if field.held in WHOLE:
        return Column("integer", WHOLE[field.held], nullable)
    most = field.max_length if field.type == "string" else None
    return Column(KINDS.get(field.type, ""), -1 if most is None else most, nullable)
