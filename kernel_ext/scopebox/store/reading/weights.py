"""What the texts of an answer weigh, found out before the database makes JSON of them: while it does, it holds a text several times.

Rows whose texts are known to be short are not weighed: no statement more is run for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.store.database.lengths import Longest
from scopebox.store.database.statements import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scopebox.store.reading.tree import Column
    from scopebox.store.schema.schema import Collection, Field

T = TypeVar("T")
UNWEIGHED: Final = 2**21  # bytes that rows may have, by the longest texts that there are, without being weighed
LIGHT: Final = 2**20  # bytes of rows that are not looked into, whatever they come to as JSON
CHUNK: Final = 2_048  # rows of which the database makes JSON at a time
TEXTS: Final = frozenset(("string", "text", "json", "csv"))
LISTS: Final = frozenset(("json", "csv"))
PORTIONED: Final = 2**21  # bytes of texts from which on rows are taken in portions
MAX_PORTIONED: Final = 20_000  # rows whose keys are held for it
TEXTS_AT_ONCE: Final = 20  # that one statement weighs: hundreds take a database longer to plan than to weigh
FEW_FIELDS: Final = 50  # of which rows are made so fast that they are counted as they come
AROUND: Final = len('"":0,')  # bytes of a field in an item besides its name, at least
_FEW: Final = 8  # parts of a sum, one behind the other
_TWO: Final = '"\\\b\t\n\f\r'  # characters that have two in JSON
_SIX: Final = "".join(map(chr, (*range(1, 8), 11, *range(14, 32))))  # characters that have six


class LargeError(Exception):
    """Rows have large texts, and nothing has been made of them yet."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The statements that weigh the rows of another one: the bytes of their texts and their number, their bytes and values as JSON.

    All take some of its parameters. What they find is the sum of those of ``held``, ``written`` or ``commas``, each of which is about some of
    the texts. ``commas`` count the values of lists alone. ``columns`` are the fields that the texts come from, each as often as it counts,
    and ``rows`` are as many as the database has in its hands at a time.
    """

    longest: Longest
    columns: tuple[str, ...]
    rows: int
    held: tuple[str, ...]
    written: tuple[str, ...]
    commas: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return self.longest.size + sum(map(len, (*self.held, *self.written, *self.commas)))

    def changed(self, change: Callable[[str], str]) -> Weights:
        """Return the same with other statements for the rows, which ``change`` makes of these."""
        held, written, commas = (tuple(map(change, which)) for which in (self.held, self.written, self.commas))
        return replace(self, held=held, written=written, commas=commas)


@dataclass(frozen=True, slots=True)
class Least:
    """The statement that counts the rows of a wide level, and the bytes that each has as JSON at least."""

    counted: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Weight:
    """What rows weigh: the bytes of their texts, and how many they are; the database has ``most`` in its hands until it has found them.

    ``wide``: they have more texts than one statement weighs.
    """

    held: int = 0
    rows: int = 0
    most: int = 0
    wide: bool = False

    @property
    def is_large(self) -> bool:
        """Whether they are taken one by one."""
        return max(self.held, self.most) > LIGHT

    @property
    def is_for_portions(self) -> bool:
        """Whether they are taken in portions, where that can be."""
        return max(self.held, self.most) > (LIGHT if self.wide else PORTIONED) and self.rows <= MAX_PORTIONED


class Scale:
    """Collects what one statement shows of texts."""

    def __init__(self, collection: Collection, gathered: str = "{}") -> None:
        """``gathered`` is what becomes, in a group of rows, of the bytes that a text of each has."""
        self._collection = collection
        self._gathered = gathered
        self._columns: list[str] = []
        self._weights: dict[str, dict[str, int]] = {"held": {}, "written": {}, "commas": {}}  # how often each counts

    def add(
        self, field: Field, sql: str, *, found: str = "", shown: bool = True, concealed: bool = True, times: int = 1
    ) -> None:
        """Put ``sql`` on the scale, which finds a text of ``field``, or one that may be so many ``times`` as long.

        What is ``found`` of a group of rows is looked into itself: there may be any number of rows. Unless it is ``shown``, something is
        made of its values alone. What is ``concealed``, if its field is, is never taken up.
        """
        if field.type not in TEXTS or (field.concealed and concealed):
            return
        found, sql = (f"CAST({each} AS VARCHAR)" for each in (found or sql, sql))
        listed = field.type in LISTS
        self._columns += [field.name] * (
            2 * times if listed else times
        )  # a short value of a list takes more memory than its text
        self._weigh("held", self._gathered.format(f"strlen({sql})"))
        if listed:
            self._weigh("commas", _commas(found))
        if shown:
            self._weigh("written", _written(field, found))

    def _weigh(self, what: str, sql: str) -> None:
        weights, weight = self._weights[what], f"coalesce({sql}, 0)"
        weights[weight] = weights.get(weight, 0) + 1

    def _parts(self, what: str) -> list[str]:
        return [f"{times} * {sql}" if times > 1 else sql for sql, times in self._weights[what].items()]

    @property
    def held(self) -> str:
        """The SQL of how many bytes of texts the database has in its hands for a row."""
        return added(self._parts("held"))

    @property
    def held_in_parts(self) -> tuple[str, ...]:
        """The same, of some of the texts each."""
        return tuple(map(added, _some(self._parts("held"))))

    def weights(self, rows: int | None, source: Callable[[str], str]) -> Weights | None:
        """Return the statements for what ``source`` makes of columns, and for so many rows; None where nothing is on the scale."""
        if not self._columns:
            return None
        return Weights(
            longest(self._collection),
            tuple(self._columns),
            CHUNK if rows is None else min(rows, CHUNK),
            tuple(
                f"SELECT coalesce(sum(s.h), 0), count(*) FROM ({source(f'{held} AS h')}) AS s"  # noqa: S608 - names of the schema
                for held in self.held_in_parts
            ),
            self.written(source),
            tuple(
                f"SELECT coalesce(sum(s.v), 0), count(*) FROM ({source(f'{added(commas)} AS v')}) AS s"  # noqa: S608 - names of the schema
                for commas in _some(self._parts("commas"))
            ),
        )

    def written(self, source: Callable[[str], str]) -> tuple[str, ...]:
        """Return the statements of the bytes and values as JSON that rows have, for what ``source`` makes of columns."""
        both: Iterable[tuple[list[str], list[str]]] = zip_longest(
            _some(self._parts("written")), _some(self._parts("commas")), fillvalue=[]
        )
        columns = [f"{added(written)} AS w, {added(commas)} AS v" for written, commas in both]
        return tuple(
            f"SELECT coalesce(sum(s.w), 0), coalesce(sum(s.v), 0) FROM ({source(some)}) AS s"  # noqa: S608 - names of the schema
            for some in columns
        )


def in_parts(whole: list[T], together: int) -> list[list[T]]:
    """Return a list in parts of so many."""
    return [whole[start : start + together] for start in range(0, len(whole), together)]


def _some(parts: list[str]) -> list[list[str]]:
    return in_parts(parts, TEXTS_AT_ONCE)


def added(parts: Sequence[str]) -> str:
    """Return the SQL of the sum of ``parts``, in halves of halves: one behind the other, a database plans hundreds of them for seconds."""
    if len(parts) <= _FEW:
        return " + ".join(parts) or "0"
    half = len(parts) // 2
    return f"({added(parts[:half])} + {added(parts[half:])})"


def least_of(shown: Sequence[Column], rows: str) -> Least | None:
    """Return what ``rows``, a statement that finds something of each row, come to at least if they are ``shown``; None for few fields."""
    if len(shown) <= FEW_FIELDS:
        return None
    return Least(f"SELECT count(*) FROM ({rows}) AS s", sum(len(column.key) + AROUND for column in shown))  # noqa: S608 - names of the schema


def longest(collection: Collection) -> Longest:
    """Return what finds the longest texts of ``collection``."""
    names = [field.name for field in collection.fields.values() if field.type in TEXTS]
    columns = {name: f"stats({quoted(name)}).max_string_length" for name in names}
    return Longest(collection.name, columns, f"FROM {quoted(collection.name)} LIMIT 1")


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
