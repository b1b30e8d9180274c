"""The code of a package: what a cell registers, in the form that a Directus loads, as source and as built."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from scopebox.vocabulary import ITEMS, QUERY_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.directus.export.parts import Part

URL: Final = "http://127.0.0.1:8055"  # where a Directus answers that nobody has configured
IMPORTED: Final = ("log", "sleep", "request")  # in the order in which a bundler writes them
WRITES: Final = ("create-items", "update-items", "delete-items")
METHODS: Final[Mapping[str, tuple[str, ...]]] = {  # of the requests behind a call
    "read-items": ("GET",),
    "create-items": ("POST",),
    "update-items": ("GET", "PATCH"),
    "delete-items": ("GET", "DELETE"),
}
_REGISTERED: Final = ("filter", "action", "endpoint", "operation")
_SECTION: Final = re.compile(r"^//: (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    """The file that runs in the isolate: as source and as built, and the ending of its source."""

    source: str
    built: str
    ending: str = "js"


@dataclass(frozen=True, slots=True)
class Needs:
    """What the calls of a cell need there: the names of execution types, and what is known of the collections they name.

    ``single`` tells that its handlers get one argument, as under ``requestedScopes``.
    """

    types: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    singletons: Sequence[str] = ()
    single: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """The calls that go to the items of a Directus."""
        return tuple(name for name in self.types if name in ITEMS)

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of ``directus:api`` behind the calls; what goes wrong is always logged."""
        used = {"log", *(name for name in self.types if name in IMPORTED), *(["request"] if self.items else [])}
        return tuple(sorted(used))


def unchanged(source: str, built: str, ending: str) -> Code:
    """Return a cell in the style of ``directus:api`` as it is."""
    return Code(f"{source.strip()}\n", f"{built.strip()}\n", ending)


def over_shim(part: Part, outline: Outline, needs: Needs, url: str, module: Code | None) -> Code:
    """Return a cell that calls ``exec`` over functions that do the same by ``directus:api``.

    One with a default export stays a ``module``; any other becomes the body of a function.
    """
    config = has_config(part, outline, needs)
    imports, aliases = _imports(outline, needs)
    own = "import server from './config.js';\n" if config else ""
    var = f"var server = {config_data(url)};\n\n" if config else ""
    helpers = "\n\n".join(_helpers(part, needs, outline))
    if module is not None:
        shim = f"{aliases}const exec = (() => {{\n{helpers}\n\nreturn exec;\n}})();\n\n"
        return Code(
            f"{imports}{own}\n{shim}{module.source.strip()}\n",
            f"{imports}\n{var}{shim}{module.built.strip()}\n",
            module.ending,
        )
    text = f"{aliases}{without_imports(outline.javascript, outline).strip()}"
    body = f"{helpers}\n\nconst cell = async () => {{\n{text}\n}};\n\n"
    exported = _sections()[f"single {part.type}" if needs.single and part.type != "operation" else part.type]
    if part.type == "operation":
        exported += "\n" + _sections()["serving operation" if needs.items else "plain operation"]
    return Code(f"{imports}{own}\n{body}{exported}", f"{imports}\n{var}{body}{_built(exported, part)}")


def _imports(outline: Outline, needs: Needs) -> tuple[str, str]:
    """Return the one import of a file, and what gives its functions the other names that the cell has for them."""
    named = {here: there for statement in outline.imports for here, there in statement.names.items()}
    names = [name for name in IMPORTED if name in {*needs.functions, *named.values()}]
    aliases = "".join(f"const {here} = {there};\n" for here, there in named.items() if here != there)
    return f"import {{ {', '.join(names)} }} from 'directus:api';\n", aliases


def without_imports(text: str, outline: Outline) -> str:
    """Return a text without its import statements."""
    for statement in reversed(outline.imports):
        text = text[: statement.start] + text[statement.end :]
    return text


def has_config(part: Part, outline: Outline, needs: Needs) -> bool:
    """Whether address and token of a Directus stand in a file of their own, as nobody gives them as options."""
    return bool(needs.items) and (part.type != "operation" or outline.default)


def config_data(url: str) -> str:
    """Return what that file exports, before anybody has written a token into it."""
    return f"{{\n\turl: {_literal(url)},\n\ttoken: '',\n}}"


def _helpers(part: Part, needs: Needs, outline: Outline) -> list[str]:
    """Return what stands above the cell, piece by piece."""
    sections = _sections()
    keys = bool({"update-items", "delete-items"} & set(needs.types))
    lines = [
        *(
            [f"const baseUrl = {_literal('/' + part.name)};"]
            if part.type == "endpoint" and not (outline.default or needs.single)
            else []
        ),
        *([f"const operation = {_literal(part.operation)};"] if part.operation and not outline.default else []),
        *([f"const keyFields = {_literal(dict(needs.keys))};"] if needs.items else []),
        *([f"const singletons = {_literal(list(needs.singletons))};"] if "update-items" in needs.types else []),
        *([f"const queryKeys = {_literal(list(QUERY_KEYS))};"] if keys else []),
    ]
    names = [
        *(["server"] if needs.items and not has_config(part, outline, needs) else []),
        *(["items"] if needs.items else []),
        *(["keys"] if keys else []),
    ]
    others = (
        "" if outline.default else "".join(f"\t'register-{kind}': async () => undefined,\n" for kind in _REGISTERED)
    )
    calls = "".join(sections[name] for name in needs.types if name in sections)
    return [
        *(["\n".join(lines)] if lines else []),
        *(sections[name].rstrip() for name in names),
        f"const calls = {{\n{calls}{others}}};",
        sections["exec"].rstrip(),
        *([] if outline.default else [sections["failed"].rstrip()]),
    ]


def _built(text: str, part: Part) -> str:
    """Return the end of a file of ours with its default export as a bundler writes it."""
    name = "api" if part.type == "operation" else "index"
    before, _, exported = text.rpartition("export default ")
    return f"{before}var {name} = {exported.rstrip()}\n\nexport {{ {name} as default }};\n"


@lru_cache(maxsize=1)
def _sections() -> dict[str, str]:
    """Return the pieces of the shim by their names."""
    text = files(__package__).joinpath("shim.js").read_text("utf-8")
    pieces = _SECTION.split(text)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def _literal(value: object) -> str:
    return json.dumps(value)
