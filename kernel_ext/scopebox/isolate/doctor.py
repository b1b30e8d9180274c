"""What an isolate is held by on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class IsolationReport:
    """The level of isolation."""

    level: str
    mechanisms: Mapping[str, str]

    @classmethod
    def of(cls, mechanisms: Mapping[str, str]) -> IsolationReport:
        """Return the report for what a guest said."""
        return cls("x", mechanisms)
