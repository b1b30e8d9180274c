"""The code of a package: what a cell registers, in the form that a Directus loads, as source and as built."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.directus.export import shim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scopebox_guest.javascript.outlined import Import, Outline, Span

    from scopebox.directus.export.parts import Part
    from scopebox.directus.export.shim import Needs

IMPORTED: Final = ("log", "sleep", "request")  # in the order in which a bundler writes them
_OWN_EXEC: Final = re.compile(r"declare\s++(?:const|let|var|(?:async\s++)?function)\s++exec\b")
_TYPES_OF_API: Final = '/// <reference types="@directus/extensions/api.d.ts" />\n'


@dataclass(frozen=True, slots=True)
class Code:
    """The file that runs in the isolate: as source and as built, and the ending of its source."""

    source: str
    built: str
    ending: str = "js"


def unchanged(source: str, built: str, ending: str) -> Code:
    """Return a cell in the style of ``directus:api`` as it is."""
    return Code(f"{source.strip()}\n", f"{built.strip()}\n", ending)


def over_shim(part: Part, outline: Outline, needs: Needs, url: str, module: Code | None) -> Code:
    """Return a cell that calls ``exec`` over functions that do the same by ``directus:api``.

    One with a default export stays a ``module``; any other becomes the body of a function, below those of its types that stand in none.
    """
    imports, aliases = _imports(outline, needs)
    config = shim.has_config(part, outline, needs)
    head = f"{imports}import server from './config.js';\n\n" if config else f"{imports}\n"
    built_head = f"{imports}\nvar server = {config_data(url)};\n\n" if config else f"{imports}\n"
    helpers = shim.helpers(part, needs, outline)
    typed = shim.helpers(part, needs, outline, typed=True)
    if module is not None:
        own = _enclosed(typed if module.ending == "ts" else helpers, aliases)
        built = f"{built_head}{_enclosed(helpers, aliases)}{module.built.strip()}\n"
        return Code(f"{head}{own}{module.source.strip()}\n", built, module.ending)
    exported = shim.exported(part, needs)
    body = _body(helpers, aliases, without(outline.javascript, outline.imports))
    built = f"{built_head}{body}{_built(exported, part)}"
    if outline.source == outline.javascript:  # nothing in it is a type
        return Code(f"{head}{body}{exported}", built)
    types = "".join(f"{text}\n\n" for text in _type_statements(outline))
    own = _body(typed, aliases, without(outline.source, (*outline.imports, *outline.types)))
    return Code(f"{_TYPES_OF_API}{head}{types}{own}{shim.exported(part, needs, typed=True)}", built, "ts")


def _enclosed(helpers: Iterable[str], aliases: str) -> str:
    """Return ``exec``, and what it calls where nobody sees it: a module has names of its own."""
    inside = "\n\n".join(helpers)
    return f"{aliases}const exec = (() => {{\n{inside}\n\nreturn exec;\n}})();\n\n"


def _body(helpers: Iterable[str], aliases: str, text: str) -> str:
    """Return a cell as a function that runs it, below what it calls."""
    above = "\n\n".join(helpers)
    return f"{above}\n\nconst cell = async () => {{\n{aliases}{text.strip()}\n}};\n\n"


def _type_statements(outline: Outline) -> Iterator[str]:
    """Return the types of a cell that stand in no function, but for what it says of ``exec``, which has a type below."""
    for span in outline.types:
        text = outline.source[span.start : span.end]
        if not _OWN_EXEC.match(text):
            yield text


def _imports(outline: Outline, needs: Needs) -> tuple[str, str]:
    """Return the one import of a file, and what gives its functions the other names that the cell has for them."""
    named = {here: there for statement in outline.imports for here, there in statement.names.items()}
    names = [name for name in IMPORTED if name in {*needs.functions, *named.values()}]
    aliases = "".join(f"const {here} = {there};\n" for here, there in named.items() if here != there)
    return f"import {{ {', '.join(names)} }} from 'directus:api';\n", aliases


def without(text: str, spans: Iterable[Import | Span]) -> str:
    """Return a text without what stands between the characters of ``spans``."""
    parts, position = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        parts.append(text[position : span.start])
        position = max(position, span.end)
    return "".join((*parts, text[position:]))


def config_data(url: str) -> str:
    """Return what that file exports, before anybody has written a token into it."""
    return f"{{\n\turl: {json.dumps(url)},\n\ttoken: '',\n}}"


def _built(text: str, part: Part) -> str:
    """Return the end of a file of ours with its default export as a bundler writes it."""
    name = "api" if part.type == "operation" else "index"
    before, _, exported = text.rpartition("export default ")
    return f"{before}var {name} = {exported.rstrip()}\n\nexport {{ {name} as default }};\n"
