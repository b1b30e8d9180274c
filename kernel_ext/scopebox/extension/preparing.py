"""What has to be known before a cell runs: manifest, roles, limits, inputs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Chain
from scopebox.errors import ExtensionError, ManifestError, ScopeboxError, UnknownNameError
from scopebox.extension.extension import Extension
from scopebox.extension.limits import Limits
from scopebox.grants.grants import Grants
from scopebox.languages import DEFAULT_LANGUAGE, language_of
from scopebox.manifest import naming
from scopebox.manifest.bounds import MAX_ALL_SOURCES_BYTES, MAX_SOURCE_CHARACTERS, MAX_SOURCES_BYTES
from scopebox.manifest.manifest import Manifest, replace_type
from scopebox.manifest.places import locate
from scopebox.settings import check
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from scopebox.extension.loaded import Loaded
    from scopebox.languages import Language
    from scopebox.packages.package import Package
    from scopebox.services import Services
    from scopebox.settings import Settings
    from scopebox.store.access import Access


@dataclass(frozen=True, slots=True)
class Program:
    """A cell that passed every check that needs no guest. With ``keep`` what it replaces goes on if it fails."""

    extension: Extension
    chain: Chain
    inputs: dict[str, object]
    append: bool
    keep: bool = False


def prepare(
    services: Services,
    loaded: Loaded,
    source: str,
    *,
    name: str = naming.UNTITLED,
    language: str = DEFAULT_LANGUAGE.name,
    manifest: object = None,
    type: str | None = None,  # noqa: A002 - the field's own word
    grant: Collection[str] = (),
    deny: Collection[str] = (),
    inputs: Mapping[str, object] | None = None,
    timeout: float | None = None,
    wall: float | None = None,
    memory: int | None = None,
    filename: str = "",
    append: bool = False,
    live: bool = True,
    keep: bool = False,
    on_print: Callable[[str], None] | None = None,
    package: Package | None = None,
) -> Program:
    """Check name, source, manifest, grants, limits and inputs; see :meth:`Sandbox.load` for their meaning and errors."""
    loaded.check_open()
    if package is None:  # whose name was checked when it was read
        naming.check_extension_name(name)
    if not isinstance(source, str):
        raise TypeError(f"The source of an extension is text, not {source.__class__.__name__}")
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise ExtensionError(
            f"The source has {len(source):,} characters, {MAX_SOURCE_CHARACTERS:,} are the limit", extension=name
        )
    _check_characters(source, name)
    spoken = _language(language)
    previous = loaded.extensions.get(name)
    if append and (previous is None or not previous.alive):
        hint = "Run the cell without --append first."
        raise ScopeboxError(f"There is no living extension {name} to append to", hint=hint)
    if append and previous is not None and previous.language is not spoken:
        raise ScopeboxError(
            f"{name} is written in {previous.language.title}, and this cell in {spoken.title}",
            hint=f"Append it with --lang {previous.language.name}, or run it without --append.",
        )
    if append and previous is not None:
        _check_room(previous, source)
    others = sum(extension.kept for extension in loaded.extensions.values() if append or extension is not previous)
    _check_room_of_all(name, others + sys.getsizeof(source) + (0 if package is None else package.kept))
    wanted = _manifest(source, spoken, manifest, type, previous if append else None)
    if wanted.permissions:  # else it has no use for the store, which may not be there yet
        _check_roles(services.store.access, wanted, source, spoken)
    limits = _limits(services.settings, timeout, wall, memory)
    data = _checked_inputs(inputs or {}, spoken)
    chain = services.chains.start(f"cell {name}", limits.wall)
    chain.on_print = on_print
    chain.listen()
    if append and previous is not None:
        filename = filename or f"<{name} {len(previous.sources) + 1}>"
        previous.source, previous.filename, previous.limits = source, filename, limits
        previous.live = live
        previous.inputs = tuple(dict.fromkeys((*previous.inputs, *data)))
        previous.sources[filename] = source
        return Program(previous, chain, data, append=True)
    grants = Grants.decide(wanted, services.decisions, name, grant=grant, deny=deny, on_change=services.notify)
    extension = Extension(
        services, loaded.drop, name, spoken, source, filename or f"<{name}>", wanted, grants, limits, live, package
    )
    extension.inputs = tuple(data)
    extension.warnings += [*wanted.notes, *grants.notes]
    return Program(extension, chain, data, append=False, keep=keep)


def prepare_package(
    services: Services,
    loaded: Loaded,
    package: str | Path | Package,
    *,
    live: bool,
    keep: bool = False,
    timeout: float | None = None,
    wall: float | None = None,
    memory: int | None = None,
) -> Program:
    """Check a package, which is read here unless it was; raises why nothing of it is run, if nothing is."""
    from scopebox.packages.package import Package, read_package  # noqa: PLC0415 - cells need none of it

    found = package if isinstance(package, Package) else read_package(package)
    source = found.source
    assert found.api is not None
    return prepare(
        services, loaded, source, name=found.name, language="js", manifest=found.manifest, timeout=timeout,
        wall=wall, memory=memory, filename=found.api.path, live=live, keep=keep, package=found,
    )  # fmt: skip


def _check_characters(source: str, name: str) -> None:
    try:
        source.encode()
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        raise ExtensionError(
            f"Line {line} of the source has half a character, which is no text", extension=name
        ) from None


def _check_room(extension: Extension, source: str) -> None:
    """Raise ExtensionError where the cells of an extension, which errors and exports need, would take too much together with ``source``."""
    if sum(map(sys.getsizeof, extension.sources.values())) + sys.getsizeof(source) > MAX_SOURCES_BYTES:
        raise ExtensionError(
            f"The cells of {extension.name} take more than {MAX_SOURCES_BYTES // 2**20} MiB together",
            extension=extension.name,
            hint="Run one without --append: it begins anew.",
        )


def _check_room_of_all(name: str, kept: int) -> None:
    """Raise ExtensionError where what is ``kept`` of all extensions with that of ``name``, as errors and exports need it, is too much."""
    if kept > MAX_ALL_SOURCES_BYTES:
        raise ExtensionError(
            f"The cells and packages of all extensions of this sandbox would take {kept:,} bytes of memory, {MAX_ALL_SOURCES_BYTES // 2**20} MiB are the limit",
            extension=name,
            hint="Unload an extension that is not needed (%sandbox unload NAME), or begin anew with %sandbox reset. A text with a wide character, such as an emoji, takes four times as much.",
        )


def _language(name: object) -> Language:
    try:
        return language_of(name)
    except ValueError as error:
        raise UnknownNameError(str(error)) from None


def _manifest(source: str, language: Language, given: object, kind: str | None, previous: Extension | None) -> Manifest:
    found = Manifest.from_cell(source, language.name) if given is None else Manifest.read(given)
    if previous is not None and found is None and kind is None:
        return previous.manifest
    manifest = found or Manifest()
    if kind is not None:
        manifest = replace_type(manifest, kind)
    if previous is not None and manifest != previous.manifest:
        hint = "Leave the manifest out, or run the cell without --append."
        raise ManifestError("an appended cell runs under the manifest of the first cell", hint=hint)
    return manifest


def _check_roles(access: Access, manifest: Manifest, source: str, language: Language) -> None:
    for index, permission in enumerate(manifest.permissions):
        if permission.role is None:
            continue
        try:
            access.for_role(permission.role)
        except LookupError as error:
            wrong = ManifestError(str(error.args[0]), place=f"permissions[{index}].role")
            locate(wrong, source, language)
            raise wrong from None


def _limits(settings: Settings, busy: float | None, wall: float | None, memory: int | None) -> Limits:
    for limit, called, value in (("busy", "timeout", busy), ("wall", "wall", wall), ("memory", "memory", memory)):
        if value is not None:
            check(limit, value, called)
    return Limits(
        settings.busy if busy is None else busy,
        settings.wall if wall is None else wall,
        settings.memory if memory is None else memory,
    )


def _checked_inputs(inputs: Mapping[str, object], language: Language) -> dict[str, object]:
    """Return a copy of ``inputs`` as JSON data; an error names the input that has no such form."""
    data: dict[str, object] = {}
    for name, value in inputs.items():
        if not name.isidentifier() or name.startswith("_"):
            raise ScopeboxError(
                f"{inline(name)} cannot be the name of an input", hint="Inputs are plain variable names."
            )
        if name in language.reserved:
            raise ScopeboxError(
                f"{inline(name)} cannot be the name of an input: {language.title} reserves it",
                hint=f"Give it another one, as with --input my_{name}=VARIABLE.",
            )
        try:
            data[name] = wire.decode_json(msgspec.json.encode(value))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            hint = "Inputs are copied as JSON data: text, numbers, true, false, null, lists and dicts."
            raise ScopeboxError(f"The input {inline(name)} is not JSON-serialisable: {error}", hint=hint) from None
    return data
