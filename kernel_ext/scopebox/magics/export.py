"""``%sandbox export``: what goes into the package.json of a Directus extension, and what does not carry over."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from scopebox.display.view import Block, Line, View
from scopebox.permission import EXECUTION_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.extension import Extension

# Modules for which JavaScript's built-in objects, all that an isolate of a Directus has, hold no counterpart.
MISSING: Final = ("base64", "csv", "decimal", "fractions", "hashlib", "hmac", "html", "statistics", "textwrap", "uuid")
ABOUT: Final = (
    "A Directus 11 runs JavaScript in the directus:api style: requestedScopes, and log, sleep and request. The exec style, its "
    "permissions and items under a role are the design that was documented and not shipped."
)


def export_view(extension: Extension) -> View:
    """Return the package.json, and below it everything that a Directus isolate lacks."""
    used = frozenset(_constants(extension.source)) & frozenset(EXECUTION_TYPES)
    package = extension.manifest.package_json(extension.name, used=used | _called(extension))
    lacking = [
        *package.notes,
        *_missing_modules(extension.source),
        *_printing(extension.source),
        *extension.not_portable,
    ]
    notes = [Line(note, "warning") for note in dict.fromkeys(lacking)]
    return View((Line(ABOUT, "muted"), Block(package.text), *notes), package)


def _called(extension: Extension) -> frozenset[str]:
    """Return the execution types that the extension called so far."""
    calls = {record.type.removeprefix("api:") for record in extension.box.trace if record.extension == extension.name}
    return frozenset(calls & set(EXECUTION_TYPES))


def _nodes(source: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


def _constants(source: str) -> Iterator[str]:
    for node in _nodes(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _missing_modules(source: str) -> Iterator[str]:
    for node in _nodes(source):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (f"{name} has no counterpart in a Directus isolate." for name in names if name in MISSING)


def _printing(source: str) -> Iterator[str]:
    if any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in _nodes(source)
    ):
        yield "print goes to the notebook alone: use log."
