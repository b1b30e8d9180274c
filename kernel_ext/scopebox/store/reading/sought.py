"""How many bytes of texts a statement looks through, found out before it runs: the database takes up to 2,048 rows without looking whether to stop.

Where texts are known to be short, no statement more is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.reading.weights import CHUNK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.lengths import Longest
    from scopebox.store.database.session import Session

MOST: Final = 2**26  # bytes of long texts that may be looked through, each as often as something is looked for in it


@dataclass(frozen=True, slots=True)
class Sought:
    """The texts that a statement looks through, and the statement for their bytes in long rows.

    ``texts`` are columns of tables, each as often as something is looked for in it.
    """

    texts: tuple[tuple[Longest, tuple[str, ...]], ...]
    sql: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.sql) + sum(longest.size + len(columns) for longest, columns in self.texts)


def long_rows(size: str, source: str) -> str:
    """Return the statement that adds up the ``size`` of the rows of ``source`` of which 2,048 might be too much."""
    return f"SELECT coalesce(sum(size), 0) FROM (SELECT {size} AS size FROM {source}) WHERE size > {MOST // CHUNK}"  # noqa: S608 - names of the schema


def check_sought(session: Session, sought: Sequence[Sought], parameters: Sequence[object]) -> None:
    """Refuse a statement that looks through too much; DirectusError 400. Its rows are counted only if they may have long texts."""
    texts = [entry for each in sought for entry in each.texts]
    if any(session.may_exceed(MOST // len(texts), CHUNK, columns, longest) for longest, columns in texts):
        found = sum(int(session.some(each.sql, parameters)[0]) for each in sought)  # type: ignore[call-overload]
        remedy = "look for fewer texts at once, or in fields with shorter ones"
        bounds.count(found, MOST, "bytes of texts to look through", remedy)
