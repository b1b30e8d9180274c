"""Markdown for the reference."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROLE: Final = re.compile(r":[a-z]+:`~?(?:[a-z_]+\.)*([\w.]+)`")


def prose(text: str | None) -> str:
    """A docstring as one paragraph of markdown."""
    plain = _ROLE.sub(r"`\1`", inspect.cleandoc(text or ""))
    return re.sub(r"\s+", " ", plain.replace("``", "`")).strip()


def row(*cells: object) -> str:
    """One row of a table."""
    escaped = " | ".join(str(cell).replace("|", "\\|") for cell in cells)
    return f"| {escaped} |"


def table(headings: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    """A table."""
    return [row(*headings), row(*["---"] * len(headings)), *(row(*cells) for cells in rows), ""]


def literal(text: str) -> str:
    """Text in which nothing is markdown."""
    return re.sub(r"([_*])", r"\\\1", text.replace("{name}", "…"))
