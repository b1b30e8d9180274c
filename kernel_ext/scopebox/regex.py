"""Regular expressions of manifests, run by DuckDB's RE2: its time grows with the text, whatever the expression."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from scopebox.errors import ManifestError

if TYPE_CHECKING:
    import duckdb

_LOCKED_DOWN: Final = {"enable_external_access": "false", "threads": "1", "memory_limit": "64MB"}


class Re2:
    """Matches regular expressions in RE2's syntax, from any thread. The engine is started by the first match."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def matches(self, pattern: str, text: str) -> bool:
        """Whether ``pattern`` matches the whole of ``text``. Raises :class:`ManifestError` if it is no expression."""
        import duckdb  # noqa: PLC0415 - most manifests have no regular expression

        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(":memory:", config={**_LOCKED_DOWN})
                self._connection.execute("SET lock_configuration = true")
            try:
                row = self._connection.execute("SELECT regexp_full_match(?, ?)", [text, pattern]).fetchone()
            except duckdb.Error as error:
                reason = str(error).removeprefix("Invalid Input Error: ")[:120]
                raise ManifestError(
                    f"the regular expression does not parse: {reason}",
                    hint="It is read as RE2: no look-around, no backreferences.",
                ) from None
        return row is not None and row[0] is True

    def close(self) -> None:
        """Stop the engine; a later match starts it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
