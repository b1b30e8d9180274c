"""How many rows an item becomes by the lists that are joined to it, found out before anything is joined.

A condition or a sort key on items of a list joins all of them. One list makes no more rows than it has items. But what leads along
several lists, or to an item and back to a list of its, multiplies: 1,500 articles of one author are two million rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.database.statements import quoted
from scopebox.store.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.session import Session

MAX_JOINED: Final = 500_000  # rows that items may become; the database takes up to a hundred bytes of memory for each
TIMES: Final = 4  # as many rows as there are items in all that is joined are never too many
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """A table whose ``below`` is like the ``above`` of the table at the path before, both SQL about ``j``; ``many``: its items are a list there."""

    table: str
    above: str
    below: str
    many: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """The statement that counts the rows which the items of ``tables``, the first of them joined to the others, become."""

    tables: tuple[str, ...]
    counted: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.counted)


class Joins:
    """The joins of one table, by their paths."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._joins: dict[Path, Join] = {}

    def add(self, path: Path, join: Join) -> None:
        """Take in what is joined at ``path``."""
        self._joins[path] = join

    @property
    def joined(self) -> Joined | None:
        """The rows that an item becomes; None where they are no more than there are items in all that is joined."""
        lists = [path for path, join in self._joins.items() if join.many]
        if not lists or (len(lists) == 1 and len(lists[0]) == 1):
            return None
        tables = (self._table, *(join.table for join in self._joins.values()))
        return Joined(tables, f"SELECT coalesce(sum(w), 0) FROM ({self._rows((), self._table, 'NULL')})")  # noqa: S608 - names of the schema

    def _rows(self, path: Path, table: str, key: str, *, many: bool = False) -> str:
        """Return the statement that finds, by the ``key`` that is joined by, how many rows the items of a table become, or ``many`` together."""
        found, factors = [f"FROM {quoted(table)} AS j"], ["1::DOUBLE"]
        for below, join in self._joins.items():
            if below[:-1] == path and self._leads_to_list(below):
                name = f"b{len(factors)}"
                rows = self._rows(below, join.table, join.below, many=join.many)
                found.append(f"LEFT JOIN ({rows}) AS {name} ON {name}.k = {join.above}")
                factors.append(f"coalesce({name}.w, 1)")
        made = " * ".join(factors)
        if many:
            return f"SELECT {key} AS k, sum({made}) AS w {' '.join(found)} GROUP BY 1"
        return f"SELECT {key} AS k, {made} AS w {' '.join(found)}"

    def _leads_to_list(self, path: Path) -> bool:
        return any(join.many for below, join in self._joins.items() if below[: len(path)] == path)


def check_joined(session: Session, joined: Sequence[Joined]) -> int:
    """Refuse a statement in which items become too many rows; DirectusError 400. Return how many they become in all."""
    made = 0
    for each in joined:
        most = max(MAX_JOINED, TIMES * sum(map(session.size, each.tables)))
        (rows,) = session.some(each.counted, ())
        assert isinstance(rows, float)
        if rows > most:
            raise invalid(
                f'By the lists that conditions and sort keys lead along, the items of "{each.tables[0]}" become {rows:,.0f} rows, {most:,} are '
                "the limit; lead along fewer lists at once, or ask in several queries"
            )
        made += int(rows)
    return made
