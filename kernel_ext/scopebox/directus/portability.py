"""``%sandbox export``: what goes into the package.json of a Directus extension, and what does not carry over."""

from __future__ import annotations

import ast
import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from scopebox.directus.export.losses import CONSOLE, looked_through, of_python, parsed_cells
from scopebox.directus.export.parts import types_of
from scopebox.extension.none_returned import MAX_PARSED_CHARACTERS
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.views.parts import Block, Line, View
from scopebox.vocabulary import API_PREFIX, EXECUTION_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scopebox.extension.extension import Extension
    from scopebox.languages import LanguageName

UNREAD: Final = f"What the code uses was looked for only in its first {MAX_PARSED_CHARACTERS:,} characters."
ABOUT: Final[Mapping[LanguageName, str]] = {
    "python": "For a package.json. The code is Python here and JavaScript there: its calls carry over, its lines have to be rewritten.",
    "js": "For a package.json. The code is JavaScript, as there: what imports directus:api alone carries over as it is.",
    "ts": "For a package.json. The code is TypeScript, which is built to JavaScript first: what imports directus:api alone carries over as it is.",
}
_CONSOLE: Final = re.compile(r"\bconsole\s*[.\[]")
_TEXT: Final = re.compile(r"[\"'`]([a-z-]{1,40})[\"'`]")


def export_view(extension: Extension) -> View:
    """Return the package.json, and below it everything that a Directus isolate lacks."""
    named, lost = _in_python(extension) if extension.language is DEFAULT_LANGUAGE else _in_javascript(extension)
    asked = {entry.permission for entry in extension.manifest.permissions}
    kinds = types_of(extension.services.registry.registrations_of(extension.name))
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    package = extension.manifest.package_json(
        extension.name, type=kind, used=(named & frozenset(EXECUTION_TYPES)) | asked | _called(extension)
    )
    lacking = [
        *package.notes,
        *lost,
        *extension.not_portable,
        *([UNREAD] if sum(map(len, extension.sources.values())) > MAX_PARSED_CHARACTERS else []),
    ]
    if len(kinds) > 1:
        lacking.append(
            f"It registers {' and '.join(f'{name}s' for name in kinds)}: there an extension is of one type, so split it."
        )
    notes = [Line(note, "warning") for note in dict.fromkeys(lacking)]
    return View((Line(ABOUT[extension.language.name], "muted"), Block(package.text), *notes), package)


def _called(extension: Extension) -> frozenset[str]:
    """Return the execution types that the extension called so far."""
    calls = {
        record.type.removeprefix(API_PREFIX)
        for record in extension.services.trace
        if record.extension == extension.name
    }
    return frozenset(calls & set(EXECUTION_TYPES))


def _in_python(extension: Extension) -> tuple[frozenset[str], list[str]]:
    """Return the texts in the code, and what of it a Directus does not have."""
    cells = parsed_cells(extension.sources.values())
    return frozenset(_constants(chain.from_iterable(cells))), [loss.text for loss in of_python(cells)]


def _in_javascript(extension: Extension) -> tuple[frozenset[str], list[str]]:
    sources = list(looked_through(extension.sources.values()))
    texts = frozenset(text for source in sources for text in _TEXT.findall(source))
    printing = any(map(_CONSOLE.search, sources))
    return texts, [CONSOLE] if printing else []


def _constants(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
