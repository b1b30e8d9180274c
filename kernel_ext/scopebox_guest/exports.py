"""Default exports, in whatever language: what they are made of, and Directus's words for wrong ones (conformance FINDINGS, 9)."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")  # a router has a function for each
LISTENERS: Final = ("filter", "action")  # what a hook is given
NO_FUNCTION: Final = "extensionExport is not a function"
NO_OBJECT: Final = "extensionExport is not an object"
ID: Final = "Operation config id"


def not_of_type(what: str, kind: str) -> str:
    """Return what Directus says of an argument of another type."""
    return f"{what} has to be of type {kind}"
