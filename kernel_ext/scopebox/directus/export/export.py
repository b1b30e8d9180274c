"""An export: the packages of a loaded extension, made in full before the first file is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.directus.export import app_half, code, losses, papers
from scopebox.directus.export.code import URL
from scopebox.directus.export.folder import write
from scopebox.directus.export.names import check_new_name
from scopebox.directus.export.parts import parts_of
from scopebox.directus.export.recursion import check_recursion
from scopebox.directus.export.report import ExportReport, Package
from scopebox.directus.export.stub import stub
from scopebox.errors import ExportError
from scopebox.extension.least_privilege import suggest
from scopebox.extension.outlining import outline
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES
from scopebox.manifest.package_shape import PackageShape
from scopebox.manifest.permission import Permission
from scopebox.manifest.sources import block_lines
from scopebox.manifest.writing import scope_data
from scopebox.text.messages import quote, remedy
from scopebox.urls.url import parse_url
from scopebox.vocabulary import ITEMS, METHODS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.chains.chain import Chain
    from scopebox.directus.export.code import Code, Needs
    from scopebox.directus.export.losses import Loss
    from scopebox.directus.export.parts import Part
    from scopebox.extension.extension import Extension
    from scopebox.vocabulary import Type

DENIED: Final = "IMPORT_IP_DENY_LIST"  # the setting of a Directus


@dataclass(frozen=True, slots=True)
class Options:
    """How to export: see :meth:`Sandbox.export`."""

    force: bool = False
    permissions: Collection[str] = ()
    allow_recursion: bool = False
    url: str = URL


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of an extension, all its cells, without manifests; ``outline`` is what it says, where it is JavaScript.

    ``module`` is it over a shim, if it has a default export and calls ``exec`` as well.
    """

    extension: Extension
    source: str
    outline: Outline | None
    module: code.Module | None = None

    @property
    def api(self) -> bool:
        """Whether it leaves as it is: a default export that calls nothing but ``directus:api``."""
        return self.outline is not None and self.outline.default and not self.outline.execs


@dataclass(frozen=True, slots=True)
class Given:
    """What holds for all packages of an export: the entries of the manifest that leave, what the calls need, what is lost."""

    asked: Sequence[Permission]
    needs: Needs
    lost: Sequence[Loss]


async def export(extension: Extension, chain: Chain, folder: Path, options: Options) -> ExportReport:
    """On the loop: write ``extension`` into ``folder``. ExportError, and nothing is written, for what cannot leave."""
    check_new_name(extension.name)
    options = _checked(extension, options)
    parts = parts_of(extension)
    asked = _asked(extension, options)
    cell = await _read(extension, chain, parts)
    needs = _needs(extension, cell, asked)
    lost = _lost(extension, cell, asked)
    given = Given(asked, needs, lost)
    made: list[tuple[Part, dict[str, str]]] = []
    for part in parts:
        check_new_name(part.name)
        check_recursion(extension, part, cell.outline, allowed=options.allow_recursion)
        made.append((part, _files(part, cell, given, options.url)))
    await _prove(extension, chain, made)
    write(
        folder, {_below(part, name): text for part, files in made for name, text in files.items()}, force=options.force
    )
    trace = extension.services.trace
    packages = tuple(Package(part.name, part.type, folder / part.folder, tuple(files)) for part, files in made)
    return ExportReport(
        extension.name,
        folder,
        packages,
        cell.outline is None,
        _carried(cell, parts, needs),
        tuple(lost),
        tuple(_notes(cell, parts, needs, options)),
        suggest(extension, trace, dropped=trace.dropped),
    )


def _below(part: Part, name: str) -> str:
    return f"{part.folder}/{name}" if part.folder else name


def _checked(extension: Extension, options: Options) -> Options:
    optional = [entry.permission for entry in extension.manifest.permissions if entry.optional]
    for name in options.permissions:
        if name not in optional:
            raise ExportError(f"{quote(name)} is no optional permission of {extension.name}; {remedy(name, optional)}")
    try:
        parse_url(options.url)
    except ValueError as error:
        raise ExportError(
            f"{quote(options.url)} is no address of a Directus: {error}", hint=f"For example: {URL}"
        ) from None
    return options


def _asked(extension: Extension, options: Options) -> list[Permission]:
    """Return the entries of the manifest that leave: optional ones are asked for, or left out, before anything runs there."""
    return [
        entry
        for entry in extension.manifest.permissions
        if not entry.optional or entry.permission in options.permissions
    ]


async def _read(extension: Extension, chain: Chain, parts: Sequence[Part]) -> Cell:
    texts, plain = [], []
    for source in extension.sources.values():
        start, end = block_lines(source, extension.language)
        texts.append(source[:start] + "\n" * source.count("\n", start, end) + source[end:])
        plain.append(source[:start] + source[end:])
    whole = "\n".join(plain).strip("\n")
    if extension.language is DEFAULT_LANGUAGE:
        return Cell(extension, whole, None)
    found = await outline(extension.services, chain, "\n".join(texts), extension.language, parts[0].type)
    if found.default and len(parts) > 1:
        kinds = " and ".join(dict.fromkeys(f"{part.type}s" for part in parts))
        raise ExportError(
            f"{extension.name} has a default export and registers {kinds}: there an extension is of one type",
            hint="Make one cell of each.",
        )
    return Cell(extension, whole, found, await _module(extension, chain, "\n".join(texts), found, parts[0].type))


async def _module(extension: Extension, chain: Chain, text: str, found: Outline, kind: Type) -> code.Module | None:
    if not (found.default and found.execs):
        return None
    bare = code.without_imports(found.javascript, found)
    built = (await outline(extension.services, chain, bare, LANGUAGES["js"], kind)).built
    typed = extension.language.name == "ts"
    return code.Module(code.without_imports(text, found) if typed else bare, built, "ts" if typed else "js")


def _needs(extension: Extension, cell: Cell, asked: Sequence[Permission]) -> Needs:
    """Return what the calls of the cell need there: those it names, and all that it asks for if it names one by a variable."""
    if cell.outline is None or cell.api:
        return code.Needs(())
    calls = cell.outline.calls
    named = {call.name for call in calls}
    if "" in named or cell.outline.execs > len(calls):
        named |= {"log", "sleep", *(entry.permission for entry in asked)}
    collections = extension.services.store.schema.collections
    about = [call.about for call in calls if call.name in ITEMS]
    used = (
        collections
        if "" in about or len(about) < len(named & set(ITEMS))
        else [name for name in about if name in collections]
    )
    keys = {name: collections[name].primary_key.name for name in used}
    types = tuple(sorted({"log", *named} & {"log", "sleep", "request", *ITEMS}))
    return code.Needs(types, keys, [name for name in used if collections[name].singleton])


def _lost(extension: Extension, cell: Cell, asked: Sequence[Permission]) -> list[Loss]:
    of_code = losses.of_python(extension.sources.values()) if cell.outline is None else losses.of_outline(cell.outline)
    of_manifest = losses.of_manifest(extension.manifest, asked)
    roles = {entry.role for entry in asked if entry.role is not None}
    of_items = [losses.Loss(f"Roles are those of one token there, not of each permission: here {' and '.join(sorted(roles))}.")] if roles else []  # fmt: skip
    return [*of_code, *of_manifest, *of_items, *map(losses.Loss, extension.not_portable)][: losses.MOST]


def _files(part: Part, cell: Cell, given: Given, url: str) -> dict[str, str]:
    """Return the files of one package by their paths."""
    asked, needs = given.asked, given.needs
    made = _code(part, cell, needs, url)
    config = cell.outline is not None and not cell.api and code.has_config(part, cell.outline, needs)
    shape = PackageShape(part.name, part.type, _scopes(cell, asked, needs, url), ending=made.ending)
    files = {
        "package.json": json.dumps(shape.data, indent="\t") + "\n",
        shape.source.api: made.source,
        shape.path.api: made.built,
        "README.md": papers.readme(part, asked, [loss.text for loss in given.lost], config=config),
        "LICENSE": papers.LICENSE,
        ".gitignore": papers.gitignore(config=config),
    }
    if shape.path.app:
        options = [] if cell.outline is None else cell.outline.options.get(part.operation, [])
        serving = bool(needs.items) and not config
        files[shape.source.app], files[shape.path.app] = app_half.app_half(
            part.operation, options, url if serving else ""
        )
    if config:
        text = f"export default {code.config_data(url)};\n"
        files |= {"src/config.js": text, "src/config.example.js": text}
    return files


def _code(part: Part, cell: Cell, needs: Needs, url: str) -> Code:
    found = cell.outline
    if found is None:
        return stub(part, cell.source)
    if cell.api:
        return code.unchanged(cell.source, found.built, cell.extension.language.name)
    return code.over_shim(part, found, needs, url, cell.module)


def _scopes(cell: Cell, asked: Sequence[Permission], needs: Needs, url: str) -> dict[str, object]:
    """Return the ``requestedScopes``: those of the manifest, and what the shim needs on top."""
    if cell.outline is None:
        return scope_data([*(entry for entry in asked if entry.permission in ("request", "sleep")), Permission("log")])
    if cell.extension.manifest.style == "api" and cell.api:
        return scope_data(asked)
    own = [Permission(name) for name in ("log", "sleep") if name in needs.types or (cell.api and name == "log")]
    wanted = [entry for entry in asked if entry.permission == "request"]
    if needs.items:
        methods = {method for name in needs.items for method in code.METHODS[name]}
        methods |= {method for entry in wanted for method in entry.methods}
        urls = (*(each for entry in wanted for each in entry.allowed_urls), f"{url.rstrip('/')}/items/*")
        ordered = tuple(method for method in METHODS if method in methods)
        wanted = [
            msgspec.structs.replace(Permission("request"), allowed_urls=tuple(dict.fromkeys(urls)), methods=ordered)
        ]
    return scope_data([*own, *wanted])


async def _prove(extension: Extension, chain: Chain, made: Sequence[tuple[Part, dict[str, str]]]) -> None:
    """Have what a Directus would load compiled, so that nothing is written that it could not."""
    for part, files in made:
        half = files.get("dist/index.js") or files["dist/api.js"]
        await outline(extension.services, chain, half, LANGUAGES["js"], part.type)


def _carried(cell: Cell, parts: Sequence[Part], needs: Needs) -> tuple[str, ...]:
    if cell.outline is None:
        return ()
    events = sum(len(part.events) for part in parts)
    routes = sum(len(part.routes) for part in parts)
    operations = sum(part.type == "operation" for part in parts)
    what = [f"{number} {noun}{'s' * (number > 1)}" for number, noun in ((events, "hook"), (routes, "route"), (operations, "operation")) if number]  # fmt: skip
    calls = [f"{', '.join(needs.types)} over a shim"] if needs.types else ["the code as it is"]
    return (*what, *calls)


def _notes(cell: Cell, parts: Sequence[Part], needs: Needs, options: Options) -> list[str]:
    notes = []
    if len(parts) > 1:
        notes.append(
            "There an extension is of one type, so it is split: the code at the top of the cell runs in each of them."
        )
    if needs.items:
        notes += _notes_on_items(cell, parts, needs, options.url)
    if "request" in needs.types:
        notes.append("A text that request returns is written anew there where it is JSON: its spaces differ.")
    if any(part.type == "endpoint" for part in parts) and not cell.api and cell.outline is not None:
        notes.append("The body of a request is JSON written anew there; one that is neither JSON nor empty is empty.")
    notes.append("Limits there are EXTENSIONS_SANDBOX_MEMORY (100 MB) and EXTENSIONS_SANDBOX_TIMEOUT (1000 ms), for all extensions.")  # fmt: skip
    return notes


def _notes_on_items(cell: Cell, parts: Sequence[Part], needs: Needs, url: str) -> list[str]:
    given = [
        part for part in parts if part.type == "operation" and not (cell.outline is not None and cell.outline.default)
    ]
    notes = [
        f"Items come over REST from {url} there, under the role of one token, and not in the transaction of a hook."
    ]
    if given:
        notes.append("Operations take address and token as the options directus_url and directus_token.")
    if len(given) < len(parts):
        notes.append("Address and token stand in src/config.js, which git ignores: write them, then npm install and npm run build. Whoever reads the built package reads the token.")  # fmt: skip
    notes.append(f"A Directus refuses requests to its own addresses: take 0.0.0.0 out of {DENIED} there, for example {DENIED}=169.254.169.254.")  # fmt: skip
    if "create-items" in needs.types:
        notes.append("create-items returns the keys that the token may read.")
    return notes
