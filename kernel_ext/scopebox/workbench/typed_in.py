"""What people type in to try something."""

from __future__ import annotations

from scopebox.errors import ScopeboxError
from scopebox.text.messages import quote


def header_of(line: str) -> tuple[str, str]:
    """Return name and value of a header."""
    name, colon, value = line.partition(":")
    if not colon:
        raise ScopeboxError(f"{quote(line)} is not a header", hint="Write it as 'Name: value'.")
    return name.strip(), value.strip()
