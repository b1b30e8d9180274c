"""How much of the rules for items statements are made of: a project has as many as it likes, and an extension chooses how often they apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import bounds

if TYPE_CHECKING:
    from scopebox.store.access.lasting_rules import LastingRules
    from scopebox.store.query.operators import Listed
    from scopebox.store.schema.schema import HeldType

_FEWER = "ask for fewer relations at once, or give the role fewer policies or shorter rules"


class Ruled:
    """The conditions of rules, and the values in their lists, in one statement; in several, if it is what is ``above`` theirs."""

    def __init__(self, most: int, where: str, lasting: LastingRules, above: Ruled | None = None) -> None:
        self._most = most
        self._where = where
        self._lasting = lasting
        self._above = above
        self._conditions = 0
        self._values = 0
        self._shown = 0
        self._listed: dict[tuple[int, HeldType, bool], tuple[list[object], Listed]] = {}

    def add(self, operand: object) -> None:
        """Count a condition; DirectusError 400 for more than are made and planned in good time."""
        self._conditions += 1
        self._values += len(operand) if isinstance(operand, list) else 1
        bounds.count(self._conditions, self._most, f"conditions of rules for items in {self._where}", _FEWER)
        bounds.count(self._values, bounds.MAX_RULE_VALUES_OF_ALL, f"values in rules for items in {self._where}", _FEWER)
        if self._above is not None:
            self._above.add(operand)

    def show(self, number: int, rules: int) -> None:
        """Count a field that shows under ``number`` of the ``rules``; DirectusError 400 as before."""
        # Each field is held against all rules, and each rule is planned once more where fields depend on it.
        self._show(number, max(0, bounds.MAX_SHOWN // max(1, rules) - rules), f"among {rules} rules")
        if self._above is not None:
            self._above._show(number, bounds.MAX_SHOWN_OF_ALL, f"in {self._above._where}")  # noqa: SLF001 - of the same class

    def _show(self, number: int, most: int, where: str) -> None:
        self._shown += number
        remedy = "ask for fewer fields at once, or give the role fewer policies"
        bounds.count(self._shown, most, f"pairs of a field and a rule that shows it {where}", remedy)

    def listed(self, type_: HeldType, items: list[object], *, part: bool) -> Listed:
        """Return a list of a rule as the database gets it, the same object each time, whatever the statement."""
        if self._above is not None:
            return self._above.listed(type_, items, part=part)
        key = id(items), type_, part
        if key not in self._listed:  # kept with the list itself, so that no other has its identity
            self._listed[key] = items, self._lasting.listed(type_, items, part=part)
        return self._listed[key][1]
