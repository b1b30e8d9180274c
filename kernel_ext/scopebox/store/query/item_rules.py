"""The rules of one who asks, for items and for what is written, read as filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import bounds
from scopebox.store.query.filters import inner, parse
from scopebox.store.query.tally import Tally

if TYPE_CHECKING:
    from scopebox.store.query.filters import Filter, Variables


class ItemRules:
    """Reads the rules of one who asks, whose ``values`` are counted together."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self.values = 0

    def parse(self, rule: object) -> Filter:
        """Return the filter of a rule, as a filter is read."""
        tally = Tally()
        found = parse(rule, self._variables, tally)
        self._count(tally.values)
        return found

    def count(self, presets: object) -> None:
        """Count the values of presets, before anything is made of them."""
        self._count(inner(presets))

    def _count(self, values: int) -> None:
        self.values += values
        remedy = "give the role fewer policies or shorter rules"
        bounds.count(self.values, bounds.MAX_RULE_VALUES, "values in rules and presets", remedy)
