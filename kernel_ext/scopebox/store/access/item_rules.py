"""The rules of one who asks, for items and for what is written, read as filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import bounds
from scopebox.store.query.filters import inner, parse
from scopebox.store.query.tally import Tally

if TYPE_CHECKING:
    from scopebox.store.access.lasting_rules import LastingRules
    from scopebox.store.query.filters import Filter, Variables


class ItemRules:
    """Reads the rules of one who asks, whose ``values`` are counted together; those that are ``lasting`` are read once."""

    def __init__(self, variables: Variables, lasting: LastingRules | None = None) -> None:
        self._variables = variables
        self._lasting = lasting
        self._used = 0
        self.values = 0

    def parse(self, rule: object) -> Filter:
        """Return the filter of a rule, as a filter is read."""
        known = self._lasting and self._lasting.find(rule)
        if known:
            found, values = known
            self._count(values)
            return found
        tally = Tally()
        found = parse(rule, self._variables, tally)
        self._count(tally.values, tally.variables)
        if self._lasting is not None and not tally.variables:
            self._lasting.keep(rule, found, tally.values)
        return found

    def count(self, presets: object) -> None:
        """Count the values of presets, before anything is made of them."""
        self._count(inner(presets))

    def _count(self, values: int, variables: int = 0) -> None:
        self.values += values
        self._used += variables
        remedy = "give the role fewer policies or shorter rules"
        bounds.count(self.values, bounds.MAX_RULE_VALUES, "values in rules and presets", remedy)
        bounds.count(self._used, bounds.MAX_RULE_VARIABLES, "variables in rules", remedy)
