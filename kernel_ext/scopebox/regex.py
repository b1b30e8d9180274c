"""Regular expressions of manifests, run by DuckDB's RE2: its time grows with the text, whatever the expression."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from scopebox.errors import ManifestError

if TYPE_CHECKING:
    import duckdb


class Regex:
    """One regular expression in RE2's syntax. Raises :class:`ManifestError` if it is none."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.matches("")

    def matches(self, text: str) -> bool:
        """Whether the expression matches the whole of ``text``."""
        import duckdb  # noqa: PLC0415 - most manifests have no regular expression

        with self._lock:
            if self._connection is None:
                config: dict[str, str | bool | int | float | list[str]] = {
                    "enable_external_access": "false",
                    "threads": "1",
                    "memory_limit": "64MB",
                }
                self._connection = duckdb.connect(":memory:", config=config)
                self._connection.execute("SET lock_configuration = true")
            try:
                row = self._connection.execute("SELECT regexp_full_match(?, ?)", [text, self.pattern]).fetchone()
            except duckdb.Error as error:
                reason = str(error).removeprefix("Invalid Input Error: ")[:120]
                raise ManifestError(
                    f"the regular expression does not parse: {reason}",
                    hint="It is read as RE2: no look-around, no backreferences.",
                ) from None
        return row is not None and row[0] is True

    def close(self) -> None:
        """Free what matching took; a later match takes it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
