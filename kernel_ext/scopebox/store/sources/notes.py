"""What is told about a project beside its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_NOTES: Final = 500


@dataclass
class Notes:
    """What a project asks for and the store does not know, each said once."""

    _lines: dict[str, None] = field(default_factory=dict)
    more: int = 0

    @property
    def lines(self) -> list[str]:
        """The notes; the last one says how many were left out."""
        return [*self._lines, *([f"{self.more:,} more notes are left out"] if self.more else [])]

    @property
    def full(self) -> bool:
        """Whether no more can be said."""
        return len(self._lines) >= MAX_NOTES

    def add(self, line: str) -> None:
        """Add ``line`` unless it was said before."""
        if self.full and line not in self._lines:
            self.more += 1
        else:
            self._lines[line] = None
