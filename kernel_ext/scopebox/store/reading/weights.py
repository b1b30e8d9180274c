"""What the texts of an answer weigh, found out before the database makes JSON of them: while it does, it holds a text several times.

Rows whose texts are known to be short are not weighed: no statement more is run for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.database.database import quoted
from scopebox.store.database.lengths import Longest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.schema.schema import Collection, Field

UNWEIGHED: Final = 2**21  # bytes that rows may have, by the longest texts that there are, without being weighed
LIGHT: Final = 2**20  # bytes of rows that are not looked into, whatever they come to as JSON
CHUNK: Final = 2_048  # rows of which the database makes JSON at a time
TEXTS: Final = frozenset(("string", "text", "json", "csv"))
LISTS: Final = frozenset(("json", "csv"))
PORTIONED: Final = 2**21  # bytes of texts from which on rows are taken in portions
MAX_PORTIONED: Final = 20_000  # rows whose keys are held for it
_FEW: Final = 8  # parts of a sum, one behind the other
_TWO: Final = '"\\\b\t\n\f\r'  # characters that have two in JSON
_SIX: Final = "".join(map(chr, (*range(1, 8), 11, *range(14, 32))))  # characters that have six


class LargeError(Exception):
    """Rows have large texts, and nothing has been made of them yet."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The statements that weigh the rows of another one: the bytes of their texts and their number, and their bytes and values as JSON.

    Both take some of its parameters. ``columns`` are the fields that the texts come from, each as often as it counts, and ``rows`` are
    as many as the database has in its hands at a time.
    """

    longest: Longest
    columns: tuple[str, ...]
    rows: int
    held: str
    written: str

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.longest.sql) + len(self.held) + len(self.written)


@dataclass(frozen=True, slots=True)
class Weight:
    """What rows weigh: the bytes of their texts, and how many they are; the database has ``most`` in its hands until it has found them."""

    held: int = 0
    rows: int = 0
    most: int = 0

    @property
    def is_large(self) -> bool:
        """Whether they are taken one by one."""
        return max(self.held, self.most) > LIGHT

    @property
    def is_for_portions(self) -> bool:
        """Whether they are taken in portions, where that can be."""
        return max(self.held, self.most) > PORTIONED and self.rows <= MAX_PORTIONED


class Scale:
    """Collects what one statement shows of texts."""

    def __init__(self, collection: Collection, gathered: str = "{}") -> None:
        """``gathered`` is what becomes of a weight in a group of rows."""
        self._collection = collection
        self._gathered = gathered
        self._columns: list[str] = []
        self._weights: dict[str, list[str]] = {"held": [], "written": [], "counted": []}

    def add(self, field: Field, sql: str, *, shown: bool = True, concealed: bool = True, times: int = 1) -> None:
        """Put ``sql`` on the scale, which finds a text of ``field``, or one that may be so many ``times`` as long.

        Unless it is ``shown``, something is made of its values alone. What is ``concealed``, if its field is, is never taken up.
        """
        if field.type not in TEXTS or (field.concealed and concealed):
            return
        sql = f"CAST({sql} AS VARCHAR)"
        listed = field.type in LISTS
        self._columns += [field.name] * (
            2 * times if listed else times
        )  # a short value of a list takes more memory than its text
        self._weigh("held", f"strlen({sql})")
        if listed:
            self._weigh("counted", _commas(sql))
        if shown:
            self._weigh("written", _written(field, sql))

    def _weigh(self, what: str, sql: str) -> None:
        self._weights[what].append(f"coalesce({self._gathered.format(sql)}, 0)")

    @property
    def held(self) -> str:
        """The SQL of how many bytes of texts the database has in its hands for a row."""
        return added(self._weights["held"])

    def weights(self, rows: int | None, source: Callable[[str], str]) -> Weights | None:
        """Return the statements for what ``source`` makes of columns, and for so many rows; None where nothing is on the scale."""
        if not self._columns:
            return None
        return Weights(
            longest(self._collection),
            tuple(self._columns),
            CHUNK if rows is None else min(rows, CHUNK),
            f"SELECT coalesce(sum(s.h), 0), count(*) FROM ({source(f'{self.held} AS h')}) AS s",  # noqa: S608 - names of the schema
            self.written(source),
        )

    def written(self, source: Callable[[str], str]) -> str:
        """Return the statement of the bytes and values as JSON that rows have, for what ``source`` makes of columns."""
        written, counted = (added(self._weights[what]) for what in ("written", "counted"))
        columns = f"{written} AS w, {counted} AS v"
        return f"SELECT coalesce(sum(s.w), 0), coalesce(sum(s.v), 0) FROM ({source(columns)}) AS s"  # noqa: S608 - names of the schema


def added(parts: Sequence[str]) -> str:
    """Return the SQL of the sum of ``parts``, in halves of halves: one behind the other, a database plans hundreds of them for seconds."""
    if len(parts) <= _FEW:
        return " + ".join(parts) or "0"
    half = len(parts) // 2
    return f"({added(parts[:half])} + {added(parts[half:])})"


def longest(collection: Collection) -> Longest:
    """Return the statement that finds the longest texts of ``collection``."""
    names = tuple(field.name for field in collection.fields.values() if field.type in TEXTS)
    columns = ", ".join(f"stats({quoted(name)}).max_string_length" for name in names)
    return Longest(collection.name, names, f"SELECT {columns} FROM {quoted(collection.name)} LIMIT 1")  # noqa: S608 - names of the schema


def _written(field: Field, sql: str) -> str:
    """Return the SQL of how many bytes a text has as JSON."""
    if field.type == "json":
        return f"strlen({sql})"
    others = f"5 * strlen(translate({sql}, '{_SIX}', '')) + strlen(translate({sql}, '{_TWO}', ''))"
    counted = f"7 * strlen({sql}) - ({others})"  # made to JSON it would take too much
    made = f"strlen(CAST(to_json({sql}) AS VARCHAR))"
    written = f"CASE WHEN regexp_matches({sql}, '[{_SIX}]') THEN {counted} ELSE {made} END"
    return f"{written} + 2 * ({_commas(sql)})" if field.type == "csv" else written


def _commas(sql: str) -> str:
    """Return the SQL of how many commas a text has, about as many as it has values."""
    return f"strlen({sql}) - strlen(replace({sql}, ',', ''))"
