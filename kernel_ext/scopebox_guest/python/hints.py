"""Teaching hints: what would be right instead of a typical mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scopebox_guest.python.facades.module import Module


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was there when the error happened: the names that were known, and the modules."""

    names: Collection[str]
    modules: Mapping[str, Module]


def hint(error: BaseException, surroundings: Surroundings) -> str:
    """The hint for an error of an extension, or an empty text."""
    return ""


def syntax_hint(message: str, text: str) -> str:
    """The hint for a syntax error with ``message`` in the line ``text``, or an empty text."""
    return ""
