"""Conditions in SQL that are put together."""

from __future__ import annotations


def any_of(parts: list[str]) -> str:
    """Return the condition that one of ``parts`` holds."""
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def all_of(parts: list[str]) -> str:
    """Return the condition that all of ``parts`` hold; empty ones demand nothing."""
    kept = [part for part in parts if part]
    return kept[0] if len(kept) == 1 else f"({' AND '.join(kept)})" if kept else ""
