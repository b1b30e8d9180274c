"""What the filters of one query hold, counted."""

from __future__ import annotations

from scopebox.store import bounds


class Tally:
    """What the filters of one query, those of its deep queries included, hold so far."""

    def __init__(self) -> None:
        self.conditions = 0
        self.lists = 0
        self.values = 0
        self.variables = 0
        self.levels = 0
        self.names = 0

    def name(self, names: int) -> None:
        """Count the names that a level of a deep query asks for."""
        self.names += names
        bounds.count(self.names, bounds.MAX_DEEP_NAMES, "names asked for in deep queries", "name what is needed")

    def deepen(self, levels: int) -> None:
        """Count what a level of a deep query holds."""
        self.levels += levels
        bounds.count(self.levels, bounds.MAX_DEEP_LEVELS, "names in deep queries", "name what is needed")

    def add_list(self, values: int) -> None:
        """Count a condition that takes a list of so many values."""
        self.lists += 1
        bounds.count(
            self.lists, bounds.MAX_LISTS, "conditions with a list in a query", "put their values into fewer lists"
        )
        self.add(1, values)

    def add(self, conditions: int, values: int) -> None:
        """Count what a filter holds; DirectusError 400 beyond what a query may."""
        self.conditions += conditions
        self.values += values
        bounds.count(self.conditions, bounds.MAX_CONDITIONS, "conditions in a query", "_in takes a list of values")
        bounds.count(self.values, bounds.MAX_QUERY_VALUES, "values in a query", "ask in several queries")
