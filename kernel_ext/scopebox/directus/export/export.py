"""An export: the packages of a loaded extension, made in full before the first file is written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scopebox.directus.export import app_half, code, losses, notes, papers, shim
from scopebox.directus.export.cell import Cell, needs_of, scopes_of
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
from scopebox.text.messages import quote, remedy
from scopebox.urls.url import parse_url
from scopebox.vocabulary import DIRECTUS_URL

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.chains.chain import Chain
    from scopebox.directus.export.code import Code
    from scopebox.directus.export.losses import Loss
    from scopebox.directus.export.parts import Part
    from scopebox.directus.export.shim import Needs
    from scopebox.extension.extension import Extension
    from scopebox.vocabulary import Type


@dataclass(frozen=True, slots=True)
class Options:
    """How to export: see :meth:`Sandbox.export`."""

    force: bool = False
    permissions: Collection[str] = ()
    allow_recursion: bool = False
    url: str = DIRECTUS_URL


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
    needs = needs_of(cell, asked)
    lost = await asyncio.to_thread(_lost, extension, cell, asked)
    given = Given(asked, needs, lost)
    made: list[tuple[Part, dict[str, str]]] = []
    for part in parts:
        check_new_name(part.name)
        check_recursion(extension, part, cell.outline, allowed=options.allow_recursion)
        made.append((part, _files(part, cell, given, options.url)))
    await _prove(extension, chain, made)
    files = {_below(part, name): text for part, texts in made for name, text in texts.items()}
    await asyncio.to_thread(write, folder, files, force=options.force)
    trace = extension.services.trace
    packages = tuple(Package(part.name, part.type, folder / part.folder, tuple(files)) for part, files in made)
    least = await asyncio.to_thread(suggest, extension, tuple(trace), dropped=trace.dropped)
    return ExportReport(
        extension.name,
        folder,
        packages,
        cell.outline is None,
        notes.carried(cell, parts, needs),
        tuple(lost),
        tuple(notes.notes(cell, parts, needs, options.url)),
        least,
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
            f"{quote(options.url)} is no address of a Directus: {error}", hint=f"For example: {DIRECTUS_URL}"
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


async def _module(extension: Extension, chain: Chain, text: str, found: Outline, kind: Type) -> code.Code | None:
    if not (found.default and found.execs):
        return None
    bare = code.without(found.javascript, found.imports)
    built = (await outline(extension.services, chain, bare, LANGUAGES["js"], kind)).built
    typed = extension.language.name == "ts"
    return code.Code(code.without(text, found.imports) if typed else bare, built, "ts" if typed else "js")


def _lost(extension: Extension, cell: Cell, asked: Sequence[Permission]) -> list[Loss]:
    single = extension.manifest.style == "api"
    found = cell.outline
    of_code = (
        losses.of_python(losses.parsed_cells(extension.sources.values()))
        if found is None
        else losses.of_outline(found, single=single)
    )
    of_inputs = losses.of_inputs(extension.inputs)
    of_manifest = losses.of_manifest(extension.manifest, asked)
    roles = {entry.role for entry in asked if entry.role is not None}
    of_items = [losses.Loss(f"Roles are those of one token there, not of each permission: here {' and '.join(sorted(roles))}.")] if roles else []  # fmt: skip
    return [*of_code, *of_inputs, *of_manifest, *of_items, *map(losses.Loss, extension.not_portable)][: losses.MOST]


def _files(part: Part, cell: Cell, given: Given, url: str) -> dict[str, str]:
    """Return the files of one package by their paths."""
    asked, needs = given.asked, given.needs
    made = _code(part, cell, needs, url)
    config = cell.outline is not None and not cell.api and shim.has_config(part, cell.outline, needs)
    shape = PackageShape(part.name, part.type, scopes_of(cell, asked, needs, url), ending=made.ending)
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


async def _prove(extension: Extension, chain: Chain, made: Sequence[tuple[Part, dict[str, str]]]) -> None:
    """Have what a Directus would load compiled, so that nothing is written that it could not."""
    for part, files in made:
        half = files.get("dist/index.js") or files["dist/api.js"]
        await outline(extension.services, chain, half, LANGUAGES["js"], part.type)
