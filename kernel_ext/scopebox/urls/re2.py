"""Regular expressions of manifests, run by DuckDB's RE2: its time grows with the text, whatever the expression."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from scopebox.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_LOCKED_DOWN: Final = {"enable_external_access": "false", "threads": "1", "memory_limit": "64MB"}

_WHICH: Final = (
    "SELECT place FROM (SELECT unnest(?::VARCHAR[]) AS pattern, unnest(range(?)) AS place)"
    " WHERE regexp_full_match(?::VARCHAR, pattern)"
)
_AMONG: Final = (
    "SELECT place FROM (SELECT unnest(?::VARCHAR[]) AS text, unnest(range(?)) AS place)"
    " WHERE regexp_full_match(text, ?::VARCHAR)"
)


class Re2:
    """Matches regular expressions in RE2's syntax, from any thread. The engine is started by the first match."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._parsed: dict[str, duckdb.Statement] = {}  # to parse it takes longer than to run it

    def matches(self, pattern: str, text: str) -> bool:
        """Whether ``pattern`` matches the whole of ``text``. Raises :class:`ManifestError` if it does not parse."""
        return bool(self.which([pattern], text))

    def which(self, patterns: Sequence[str], text: str) -> list[int]:
        """Return the places of those ``patterns`` that match the whole of ``text``; ManifestError if one does not parse.

        Patterns in a column are compiled once each, those in a constant several times.
        """
        return self._places(_WHICH, patterns, text)

    def among(self, pattern: str, texts: Sequence[str]) -> list[int]:
        """Return the places of those ``texts`` the whole of which ``pattern`` matches; it is compiled for all of them together."""
        return self._places(_AMONG, texts, pattern)

    def _places(self, query: str, column: Sequence[str], constant: str) -> list[int]:
        if not column:
            return []
        import duckdb  # noqa: PLC0415 - most manifests have no regular expression

        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(":memory:", config={**_LOCKED_DOWN})
                self._connection.execute("SET lock_configuration = true")
                self._parsed = {text: self._connection.extract_statements(text)[0] for text in (_WHICH, _AMONG)}
            try:
                rows = self._connection.execute(self._parsed[query], [list(column), len(column), constant]).fetchall()
            except duckdb.Error as error:
                reason = str(error).removeprefix("Invalid Input Error: ")[:120]
                raise ManifestError(
                    f"the regular expression does not parse: {reason}",
                    hint="It is read as RE2: no look-around, no backreferences.",
                ) from None
        return sorted(place for (place,) in rows)

    def close(self) -> None:
        """Stop the engine; a later match starts it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
