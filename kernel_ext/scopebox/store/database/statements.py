"""The text of statements, and the parsed ones: the same few are run again and again, and parsing one may take longer than running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.database.kept import Kept

if TYPE_CHECKING:
    import duckdb

KEPT: Final = 200
MAX_KEPT_CHARACTERS: Final = 8_000  # longer texts are parsed each time, so that what is kept stays small
MAX_KEPT_CHARACTERS_IN_ALL: Final = (
    200_000  # characters of all that are kept: a parsed statement takes many times its text
)


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier. Names come from the schema, never from a query."""
    return '"' + name.replace('"', '""') + '"'


class Statements:
    """The statements that were run last on one cursor, parsed. For one step at a time; what they mean is found out at every run."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        self._parsed: Kept[str, duckdb.Statement] = Kept(KEPT, MAX_KEPT_CHARACTERS, MAX_KEPT_CHARACTERS_IN_ALL)

    def parsed(self, sql: str) -> str | duckdb.Statement:
        """Return ``sql`` parsed, where that is of use. Raises :class:`duckdb.Error` for what is no SQL."""
        found = self._parsed.find(sql)
        if found is not None:
            return found
        if len(sql) > MAX_KEPT_CHARACTERS:
            return sql
        statements = self.cursor.extract_statements(sql)
        if len(statements) != 1:
            return sql
        self._parsed.keep(sql, statements[0], len(sql))
        return statements[0]
