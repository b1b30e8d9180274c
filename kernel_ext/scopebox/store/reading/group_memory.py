"""How much memory a database takes at once for groups, and for the different values of fields, found out before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.store.database.statements import quoted
from scopebox.store.reading.memory import LIGHT, MEMORY_TURN, MOST, check_bytes, tables_of, width
from scopebox.store.reading.sorted_texts import LEAST
from scopebox.store.reading.weights import TEXTS, added, longest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from scopebox.store.database.lengths import Longest
    from scopebox.store.database.session import Session
    from scopebox.store.reading.memory import Tables
    from scopebox.store.reading.source import Source
    from scopebox.store.schema.schema import Field

GROUP: Final = 40  # bytes of a group, and of one of different values, besides what they are of
VALUE: Final = 12  # bytes of a value that is found of a group
COPIES: Final = 2  # of a text that a database holds while it looks for the least or greatest ones, or those to sort by
NEARLY: Final = 9, 8  # so many groups there may be for so many that are told without holding them


class Groups(NamedTuple):
    """What groups take: the bytes of ``all`` that is found of them at once, and of ``keys``, if the rest is found in portions."""

    all: int = 0
    keys: int = 0

    @property
    def are_much(self) -> bool:
        """Whether no other statement that takes much should be run meanwhile."""
        return self.all > LIGHT

    @property
    def need_portions(self) -> bool:
        """Whether they have to be taken in portions."""
        return self.all > MOST

    @property
    def need_none(self) -> bool:
        """Whether they cannot be taken in portions."""
        return self.keys > MOST


@dataclass(frozen=True, slots=True)
class GroupMemory:
    """What groups of the rows of ``table`` hold, ``row`` bytes each besides their texts, and what different values hold, ``distinct`` bytes each.

    Of the row ``key`` bytes are what they are grouped and sorted by.

    ``texts`` are the names of fields whose texts are held, with the ``longest`` ones. ``measured`` finds about how many groups there are, the
    bytes of all texts and the most of one group, of those that are grouped by and of those that are found, and the same of each field whose
    different values are found.
    """

    table: str
    tables: Tables | None
    row: int
    key: int
    distinct: tuple[int, ...]
    texts: tuple[str, ...]
    longest: Longest
    measured: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.measured) + self.longest.size + (self.tables.size if self.tables else 0)

    def taken(self, session: Session, parameters: Sequence[object], multiplied: int) -> Groups:
        """Refuse what takes too much in any way, and return what groups take; DirectusError 400. They are told if the table has many rows."""
        rows = self.tables.rows(session, multiplied) if self.tables else session.size(self.table)
        tables = self.tables.taken(session, multiplied) if self.tables else 0
        left = LIGHT - tables - rows * (self.row + max(self.distinct, default=0))
        if left >= 0 and not (self.texts and session.may_exceed(left // COPIES, rows, self.texts, self.longest)):
            return Groups()
        with MEMORY_TURN:
            found = [value if isinstance(value, int) else 0 for value in session.some(self.measured, parameters)]
        groups, total, longest, found_total, found_longest, *different = found
        values = zip(self.distinct, different[::3], different[1::3], different[2::3], strict=True)
        held = [number * each + min(bytes_, number * long) for each, number, bytes_, long in values]
        texts, sorted_ = min(total, groups * longest), min(total, groups * min(longest, 4 * LEAST))
        all_ = groups * self.row + texts + COPIES * min(found_total, groups * found_longest) + sum(held)
        keys = groups * self.key + COPIES * sorted_ + max(held, default=0)
        taken = Groups(*(tables + bytes_ * NEARLY[0] // NEARLY[1] for bytes_ in (all_, keys)))
        check_bytes(min(taken))
        return taken


def memory_of_groups(
    source: Source,
    found: str,
    groups: Mapping[str, Field | None],
    texts: Mapping[str, tuple[str, str, Longest]],
    distinct: Collection[tuple[Field, bool]],
    *,
    cells: int,
) -> GroupMemory | None:
    """Return what aggregates of the rows that are ``found`` hold; None where that is little in any case.

    ``groups`` are the fields that are grouped by, None for what is made of one, ``texts`` those that are found in so many ``cells``, with what they
    are in a row, both by their SQL, and of ``distinct`` fields the different values are found.
    """
    tables = tables_of(source)
    if not (groups or distinct or tables):
        return None
    extremes = {column: name for sql, (column, name, _) in texts.items() if sql not in groups}
    held = {sql: field.name for sql, field in groups.items() if field is not None and field.type in TEXTS}
    named = [(field, f"{source.alias}.{quoted(field.name)}") for field, _ in distinct]
    columns = [
        f"approx_count_distinct(hash({', '.join(groups)}))" if groups else "1",
        *_bytes(added([_length(sql) for sql in held])),
        f"coalesce(sum({added([_length(sql) for sql in extremes])}), 0)::BIGINT",
        added([f"coalesce(max({_length(sql)}), 0)" for sql in extremes]),
    ]
    for field, sql in named:
        columns.append(f"approx_count_distinct(hash({', '.join([*groups, sql])}))")
        columns += _bytes(_length(sql)) if field.type in TEXTS else ("0", "0")
    key = GROUP + sum(map(width, groups.values()))
    return GroupMemory(
        source.collection.name,
        tables,
        key + VALUE * cells if groups else 0,
        key if groups else 0,
        tuple(GROUP + width(field) for field, _ in named),
        (*held.values(), *extremes.values(), *(field.name for field, _ in distinct if field.type in TEXTS)),
        longest(source.collection),
        f"SELECT {', '.join(columns)} {found}",
    )


def _length(sql: str) -> str:
    return f"coalesce(strlen(CAST({sql} AS VARCHAR)), 0)"


def _bytes(sql: str) -> tuple[str, str]:
    return f"coalesce(sum({sql}), 0)::BIGINT", f"coalesce(max({sql}), 0)::BIGINT"
