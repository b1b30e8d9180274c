"""What a registration lacks, in the words of the language that it is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.languages import Language

# By the beginning of the error: the key, and what could stand there.
_MISSING: Final = {
    "Route path has": ("path", "/"),
    "Route method has": ("method", "GET"),
    "Filter event has": ("event", "items.create"),
    "Action event has": ("event", "items.create"),
    "Operation config id has": ("id", "name"),
}
_HANDLER: Final = " has to be of type function"


def registration_advice(kind: str, args: Sequence[object], message: str, language: Language) -> str:
    """Return what to add to a registration that failed with ``message``; empty for nothing known."""
    is_python = language is DEFAULT_LANGUAGE
    found = next((entry for beginning, entry in _MISSING.items() if message.startswith(beginning)), None)
    options = args[0] if args and isinstance(args[0], dict) else {}
    if found is not None:
        key, value = found
        do = "Write" if key in options else "Add"
        return f'{do} "{key}": "{value}".' if is_python else f"{do} {key}: '{value}'."
    if message.endswith(_HANDLER):
        do = "Write" if "handler" in options else "Add"
        return f'{do} "handler": function.' if is_python else f"{do} handler: a function."
    method = options.get("method")
    if kind == "register-endpoint" and isinstance(method, str) and method not in METHODS and method.upper() in METHODS:
        return f'Write "{method.upper()}".' if is_python else f"Write '{method.upper()}'."
    if "is taken by" in message:
        return "Take another id, or end the other extension: %sandbox unload NAME."
    return ""
