"""What the database says of a statement that it refuses, told to the one who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from scopebox.store import bounds
from scopebox.store.errors import internal_error, invalid

if TYPE_CHECKING:
    from scopebox.errors import DirectusError

_OF_VALUES: Final = (duckdb.DataError, duckdb.InvalidInputException)
"""Errors about the values of items. All others are about a statement, and it was not the asker who wrote that."""


def database_error(error: duckdb.Error) -> DirectusError:
    """Return the error of a statement that the database refused. Its text shows no SQL, and nothing of the engine's own affairs."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return invalid("It takes more memory than the store has; ask for fewer items or fields")
    if isinstance(error, _OF_VALUES):
        return internal_error(str(error).partition("\n")[0])
    if isinstance(error, duckdb.SyntaxException) and "pattern" in str(
        error
    ):  # the one fault of syntax that a value can make
        return internal_error("LIKE pattern must not end with escape character")
    return invalid(
        f"It is too deep or too large for the database; {bounds.MAX_CONDITIONS:,} conditions and {bounds.MAX_TABLES} relations are the limit"
    )
