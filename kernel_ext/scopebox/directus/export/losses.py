"""What of an extension a Directus does not have, each with its line and the reason."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.extension.none_returned import MAX_PARSED_CHARACTERS, NOTE, parsed, returns_none
from scopebox.text.literals import record_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.manifest.manifest import Manifest
    from scopebox.manifest.permission import Permission

MOST: Final = 100  # of one extension
# Modules for which JavaScript's built-in objects, all that an isolate of a Directus has, hold no counterpart.
MISSING: Final = ("base64", "csv", "decimal", "fractions", "hashlib", "hmac", "html", "statistics", "textwrap", "uuid")
CONSOLE: Final = "console goes to the notebook alone: a Directus loses it, use log."
_REASONS: Final = {
    "console": CONSOLE,
    "process": "process does not exist in an isolate of a Directus.",
    "secret": "Secrets by reference do not exist there: {{secret.NAME}} would be sent as it stands.",
    "error.status": "An error of request has no status there: it says the same in its message.",
    "error.data": "An error of request has no data there.",
    "error.reason": "A refusal has no reason there, only its message.",
    "error.hint": "An error has no hint there.",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that does not carry over. ``line`` is that of the cell, 0 where it has none."""

    reason: str
    line: int = 0

    __repr__ = record_text

    @property
    def text(self) -> str:
        """The reason behind its line."""
        return f"line {self.line}: {self.reason}" if self.line else self.reason


def of_outline(outline: Outline, *, single: bool) -> list[Loss]:
    """Return what a cell in JavaScript or TypeScript uses; ``single`` tells that its handlers get one argument."""
    found = [Loss(_REASONS[use.name], use.line) for use in outline.lost if use.name in _REASONS]
    for call in () if single else outline.calls:
        if call.name == "register-filter" and call.parameters > 1:
            found.append(
                Loss(
                    "A filter is told the payload alone there: of meta it gets event and collection, no keys.",
                    call.line,
                )
            )
        if call.name in ("register-filter", "register-action") and call.parameters > 1:
            found.append(Loss("Nobody is named there: accountability is always null.", call.line))
    return found[:MOST]


def looked_through(sources: Iterable[str]) -> Iterator[str]:
    """Return the cells that ran as part of an extension, as far as there is room."""
    left = MAX_PARSED_CHARACTERS
    for source in sources:
        left -= len(source)
        if left < 0:
            return
        yield source


def parsed_cells(sources: Iterable[str]) -> list[list[ast.AST]]:
    """Return what stands in each Python cell, as far as there is room."""
    return [parsed(source) for source in looked_through(sources)]


def of_python(cells: Iterable[list[ast.AST]]) -> list[Loss]:
    """Return what Python cells use, with the line in each."""
    found: list[Loss] = []
    for nodes in cells:
        for node in nodes:
            found += [Loss(reason, getattr(node, "lineno", 0)) for reason in _of_node(node)]
        if returns_none(nodes):
            found.append(Loss(NOTE))
    return list(dict.fromkeys(found))[:MOST]


def _of_node(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (_module(alias.name) for alias in names if alias.name in MISSING)
        case ast.ImportFrom(module=str(module)) if module in MISSING:
            yield _module(module)
        case ast.Call(func=ast.Name(id="print")):
            yield "print goes to the notebook alone: use log."
        case ast.Call(func=ast.Name(id="gather")):
            yield "gather is Promise.all there."
        case ast.Attribute(
            attr="status" | "data" | "reason" | "hint" as part, value=ast.Name(id="error" | "e" | "err")
        ):
            yield _REASONS[f"error.{part}"]
        case ast.Constant(value=str(text)) if "{{" in text and "secret" in text:
            yield _REASONS["secret"]


def _module(name: str) -> str:
    return f"{name} has no counterpart in a Directus isolate."


def of_inputs(names: Iterable[str]) -> list[Loss]:
    """Return the variables that a cell was given from the notebook."""
    return [Loss(f"{name} was given to the cell with --input: write its value into the code.") for name in names]


def of_manifest(manifest: Manifest, asked: Sequence[Permission]) -> list[Loss]:
    """Return what of a manifest has no scope there; ``asked`` are the entries that leave."""
    found = []
    names = {entry.permission for entry in asked}
    for entry in manifest.permissions:
        if entry.optional:
            there = "required there" if entry.permission in names else "left out there; add it with --with"
            found.append(Loss(f"{entry.permission} is optional here and {there}: a Directus has no optional scopes."))
        if any(url.startswith("/") for url in entry.allowed_urls):
            found.append(Loss("URLs are wildcards there: rewrite the regular expressions of request."))
    return found
