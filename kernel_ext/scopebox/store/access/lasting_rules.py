"""What was made of long rules that stand for the same whoever asks, and whenever: once for an access, and not for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.database.kept import Kept
from scopebox.store.query.operators import FEW, as_list
from scopebox.store.values.moment_words import is_special_moment

if TYPE_CHECKING:
    from scopebox.store.query.filters import Filter
    from scopebox.store.query.operators import Listed
    from scopebox.store.schema.schema import HeldType

MAX_RULES: Final = 1_000
MAX_VALUES: Final = 50_000  # of all rules that are kept, and of all their lists
_List = tuple[int, "HeldType", bool]


class LastingRules:
    """The filters of long rules, and their lists as a database gets them; those that were used last, any thread."""

    def __init__(self) -> None:
        # Kept with what they were made of, so that nothing else has its identity.
        self._filters: Kept[int, tuple[object, Filter, int]] = Kept(MAX_RULES, MAX_VALUES, MAX_VALUES)
        self._lists: Kept[_List, tuple[list[object], Listed]] = Kept(MAX_RULES, MAX_VALUES, MAX_VALUES)

    def find(self, rule: object) -> tuple[Filter, int] | None:
        """Return the filter of a rule, and how many values it has."""
        found = self._filters.find(id(rule))
        return found[1:] if found is not None else None

    def keep(self, rule: object, filter_: Filter, values: int) -> None:
        """Keep the filter of a rule without variables; a short one is read in no time."""
        if values > FEW:
            self._filters.keep(id(rule), (rule, filter_, values), values)

    def listed(self, type_: HeldType, items: list[object], *, part: bool) -> Listed:
        """Return a list of a rule as the database gets it, the same object each time; words for moments are told anew by every call."""
        key = id(items), type_, part
        found = self._lists.find(key)
        if found is not None:
            return found[1]
        made = as_list(type_, items, part=part)
        if not is_special_moment(items):
            self._lists.keep(key, (items, made), len(items))
        return made
