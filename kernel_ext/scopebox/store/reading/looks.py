"""What a statement looks for in its rows: the texts that it goes through, and what it holds the rows against."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.store import javascript
from scopebox.store.database.statements import quoted
from scopebox.store.query.efforts import Effort, effort
from scopebox.store.query.operators import MATCHING, WILDCARDS, times
from scopebox.store.reading.compared import FREE, compared
from scopebox.store.reading.sought import Sought, long_rows
from scopebox.store.reading.weights import added, longest

if TYPE_CHECKING:
    from scopebox.store.reading.compared import Compared
    from scopebox.store.reading.joined import Joins
    from scopebox.store.schema.schema import Collection

Path = tuple[str, ...]
HELD: Final = 4  # times that a text counts of which another lowered one is made: the database holds all of them, in up to twice their bytes


class Looked(Protocol):
    """What something is looked for in: a table with what is joined to it."""

    @property
    def sql(self) -> str:
        """The FROM clause."""

    def at(self, path: Path) -> tuple[str, Collection]:
        """Return the alias and the collection at the end of ``path``."""


class Looks:
    """Collects the conditions of one statement, by the source that they are about.

    Once it has told of them it has no sources any more: these refer to the statement, which has this. In a circle all three, and the
    parameters, which may be megabytes, would stay until garbage is collected.
    """

    def __init__(self) -> None:
        self._texts: dict[Looked, dict[Path, list[str]]] = {}
        self._efforts: dict[Looked, list[Effort]] = {}
        self._slow: dict[Looked, list[tuple[Path, str]]] = {}
        self._sought: list[Sought] = []
        self._looked_through: list[tuple[str, tuple[str, Collection, str]]] = []
        self._held: list[tuple[str, list[Effort]]] = []  # against the rows of a FROM clause
        self._folding = 0
        self._lists: list[Joins] = []

    def add(self, source: Looked, path: Path, name: str, operator: str, operand: object, *, literal: bool) -> None:
        """Take in that the field ``name`` at the end of ``path`` is held against ``operand``, or looked through for it."""
        found = effort(operator, operand, literal=literal)
        self._efforts.setdefault(source, []).append(found)
        self._folding += found.folds
        if operator in MATCHING:
            if found.folds or (not literal and WILDCARDS.search(javascript.text(operand))):
                self._slow.setdefault(source, []).append((path, name))
            held = HELD if found.folds and self._folding > FREE else 1
            texts = self._texts.setdefault(source, {}).setdefault(path, [])
            texts.extend([name] * held * times(operand, literal=literal))

    def join_lists(self, joins: Joins) -> None:
        """Take in that lists are among ``joins``, or will be."""
        self._lists.append(joins)

    @property
    def in_texts(self) -> bool:
        """Whether any text is looked through."""
        return bool(self._texts or self._sought)

    def slow(self, alias: str) -> list[tuple[str, Collection, str]]:
        """Return the fields whose texts are lowered or held against patterns, each with the alias of its table, of all that is about ``alias``."""
        self._let_go()
        return [found for root, found in self._looked_through if root == alias]

    @property
    def sought(self) -> tuple[Sought, ...]:
        """The texts that are looked through, once all is joined."""
        self._let_go()
        return tuple(self._sought)

    @property
    def compared(self) -> Compared | None:
        """The conditions, if there are more than a few or lists multiply rows, once all is joined."""
        self._let_go()
        joined = tuple(found for joins in self._lists if (found := joins.joined) is not None)
        return compared(self._held, joined)

    def _let_go(self) -> None:
        self._sought += [_sought(source, texts) for source, texts in self._texts.items()]
        self._held += [(source.sql, efforts) for source, efforts in self._efforts.items()]
        self._looked_through += [
            (source.at(())[0], (*source.at(path), name))
            for source, entries in self._slow.items()
            for path, name in entries
        ]
        self._texts.clear()
        self._efforts.clear()
        self._slow.clear()


def _sought(source: Looked, texts: dict[Path, list[str]]) -> Sought:
    looked, counted = [], []
    for path, columns in texts.items():
        alias, collection = source.at(path)
        looked.append((longest(collection), tuple(columns)))
        counted += [
            f"{number} * coalesce(strlen({alias}.{quoted(name)}), 0)" for name, number in Counter(columns).items()
        ]
    return Sought(tuple(looked), long_rows(added(counted), source.sql))
