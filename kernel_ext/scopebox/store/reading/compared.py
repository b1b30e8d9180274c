"""How many comparisons a statement makes, told before it runs: the database holds all conditions against 2,048 rows and more without a rest.

The memory that it works in is the more the more conditions there are, whatever the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.errors import invalid
from scopebox.store.reading.joined import check_joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.query.efforts import Effort
    from scopebox.store.reading.joined import Joined

_REMEDY: Final = "ask in several queries with fewer conditions each"
FREE: Final = 10  # conditions that are never too many, however many rows there are: the dearest ones do not count
PLANNED: Final = 30_000  # comparisons that a database makes in the time in which it plans a condition
CROWD: Final = 200  # conditions from which on statements run one after the other: each takes 30 KB in all of them
CROWD_FOLDING: Final = 20  # of these that ignore case: a database holds 2,048 lowered texts for each


@dataclass(frozen=True, slots=True)
class Compared:
    """The conditions of a statement: for each table, the statement that counts its rows, and what they cost. ``joined`` are lists that multiply rows."""

    tables: tuple[tuple[str, tuple[Effort, ...]], ...]
    joined: tuple[Joined, ...] = ()

    @property
    def size(self) -> int:
        """How many characters it counts as."""
        return sum(len(counted) + 2 * len(efforts) for counted, efforts in self.tables) + sum(
            each.size for each in self.joined
        )

    @property
    def conditions(self) -> int:
        """How many conditions there are."""
        return sum(len(efforts) for _, efforts in self.tables)

    @property
    def folding(self) -> int:
        """How many of them ignore case."""
        return sum(effort.folds for _, efforts in self.tables for effort in efforts)

    def comparisons(self, rows: Sequence[int]) -> int:
        """Return how many comparisons they are where the tables have so many ``rows``."""
        held = [
            effort.comparisons * number
            for number, (_, efforts) in zip(rows, self.tables, strict=True)
            for effort in efforts
        ]
        return sum(sorted(held)[:-FREE]) + PLANNED * len(held)


def compared(tables: Iterable[tuple[str, Sequence[Effort]]], joined: tuple[Joined, ...] = ()) -> Compared | None:
    """Return the conditions on the rows of ``tables``, each of them a FROM clause; None for so few that nobody counts them, if nothing multiplies."""
    together: dict[str, list[Effort]] = {}
    for table, efforts in tables:
        together.setdefault(f"SELECT count(*) FROM {table}", []).extend(efforts)  # noqa: S608 - names of the schema
    found = Compared(tuple((counted, tuple(efforts)) for counted, efforts in together.items()), joined)
    return found if joined or found.conditions > FREE else None


def is_crowd(found: Compared | None) -> bool:
    """Return whether conditions take so much memory that no other crowd should have its own meanwhile."""
    return found is not None and (found.conditions >= CROWD or found.folding >= CROWD_FOLDING)


def check_compared(session: Session, found: Compared | None, parameters: Sequence[object], *, bounded: bool) -> int:
    """Refuse a statement whose lists make too many rows, and one with too many comparisons to those who are ``bounded``; DirectusError 400.

    Return how many rows several lists make.
    """
    if found is None:
        return 0
    multiplied = check_joined(session, found.joined)
    if not bounded or found.conditions <= FREE:
        return multiplied
    bounds.count(found.folding, bounds.MAX_FOLDING, "conditions in a query that ignore case", _REMEDY)
    rows = [int(session.some(counted, parameters)[0]) for counted, _ in found.tables]  # type: ignore[call-overload]
    comparisons = found.comparisons(rows)
    if comparisons > bounds.MAX_COMPARISONS:
        raise invalid(
            f"The {found.conditions:,} conditions of the query and of the rules that apply to it come to {comparisons:,} comparisons "
            f"with {max(rows):,} items, {bounds.MAX_COMPARISONS:,} are the limit; {_REMEDY}"
        )
    return multiplied
