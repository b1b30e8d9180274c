"""The one error of the language layer: a source that does not compile, or is refused."""

from __future__ import annotations


class SourceError(Exception):
    """A syntax error, in Python's own words, or a refused construct.

    ``line`` and ``column`` are 1-based, 0 when unknown; ``hint`` says what to write instead, empty if the message says it all.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint
