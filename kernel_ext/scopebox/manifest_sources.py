"""Where manifests come from: mappings, TOML and JSON text, files, the comment block of a cell, and package.json.

Everything here turns a source into plain data; what the data mean is read in :mod:`scopebox.permission`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from scopebox import wire
from scopebox.errors import ManifestError
from scopebox.names import closest, shown
from scopebox.permission import read_object, read_text

MAX_SIZE: Final = 256 * 1024  # bytes of a manifest
TYPES: Final = ("hook", "endpoint", "operation")
PACKAGE_KEY: Final = "directus:extension"

_OPENING: Final = "# /// sandbox"
_CLOSING: Final = "# ///"
_NEARLY_OPENING: Final = re.compile(r"\s*#*\s*/{2,}\s*\[?sandbox\]?\s*", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TABLE: Final = re.compile(r"\[{1,2}[ \t]*[A-Za-z_]")
_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)")
_APP_TYPES: Final = ("interface", "display", "layout", "module", "panel", "theme")


class Plain(NamedTuple):
    """A manifest as plain data, where in its source that stands (a prefix of places), and what the user should know."""

    data: Mapping[str, object]
    place: str = ""
    notes: tuple[str, ...] = ()


def load(source: object) -> Plain:
    """Return the manifest in ``source``: a mapping, a list of permissions, TOML or JSON text, or the path of a file."""
    match source:
        case Mapping():
            return _from_data(source)
        case list() | tuple():
            return Plain({"permissions": source})
        case Path():
            return _from_file(source)
        case str() if _is_text(source):
            return _from_text(source)
        case str():
            return _from_file(Path(source))
        case _:
            raise ManifestError(
                f"a manifest is a mapping, TOML or JSON text, or a file, not {shown(source)}",
                hint='For example: {"permissions": [{"permission": "read-items", "role": "editor"}]}',
            )


def _is_text(source: str) -> bool:
    return "\n" in source or "=" in source or source.lstrip()[:1] in {"{", "[", ""}


def _from_file(path: Path) -> Plain:
    try:
        if not path.is_file():
            raise ManifestError(
                f"{shown(str(path))} is neither a file nor a manifest in TOML or JSON",
                hint="Give the path of a TOML file, a JSON file or a package.json.",
            )
        if path.stat().st_size > MAX_SIZE:
            _too_large(path.stat().st_size)
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ManifestError(f"{shown(str(path))} cannot be read as UTF-8 text: {type(error).__name__}") from None
    return _from_text(text, path.suffix)


def _from_text(text: str, suffix: str = "") -> Plain:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ManifestError("the manifest is not Unicode text: it has lone surrogates") from None
    if size > MAX_SIZE:
        _too_large(size)
    if not text.strip():
        raise ManifestError("the manifest is empty", hint="Write {} for an extension that asks for nothing.")
    start = text.lstrip()
    if suffix != ".toml" and (suffix == ".json" or (start[0] in "{[" and not _TABLE.match(start))):
        data = _parse_json(text)
        return Plain({"permissions": data}) if isinstance(data, list) else _from_data(data)
    block = cell_block(text)
    return block if block is not None else _from_data(_parse_toml(text, first_line=1))


def _too_large(size: int) -> NoReturn:
    raise ManifestError(f"the manifest has {size:,} bytes, {MAX_SIZE:,} are the limit")


def _parse_json(text: str) -> object:
    try:
        wire.check_nesting(text.encode(), wire.ORDINARY)
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ManifestError(
            f"the JSON does not parse: {error.msg}",
            place=f"line {error.lineno}, column {error.colno}",
            hint="JSON knows no comments and no comma after the last entry; TOML does.",
        ) from None
    except wire.FrameError as error:
        raise ManifestError(f"the JSON is too deep: {error}") from None
    except ValueError:
        raise ManifestError("the JSON has a number that is too long") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ManifestError(f"the key {shown(twice)} is there twice in one object", hint="Remove one of them.")
    return data


def _no_constant(name: str) -> NoReturn:
    raise ManifestError(f"{name} is not JSON")


def _parse_toml(text: str, *, first_line: int) -> dict[str, object]:
    """Parse TOML whose first line is the line ``first_line`` of what the user sees."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        message = _POSITION.sub("", str(error)).removesuffix(" (at end of document)")
        line = first_line + (int(position[1]) - 1 if position else text.rstrip("\n").count("\n"))
        raise ManifestError(
            f"the TOML does not parse: {message[:200]}",
            place=f"line {line}",
            hint='For example: permissions = [{ permission = "read-items", role = "editor" }]',
        ) from None
    except RecursionError:
        raise ManifestError("the TOML is too deep") from None


def cell_block(cell: str) -> Plain | None:
    """Return the manifest in the comment block ``# /// sandbox`` … ``# ///`` of a cell (inline metadata as in PEP 723).

    None without such a block. Two blocks, one without end, and lines that leave the comment are errors with their line.
    """
    lines = _LINE_END.split(cell)
    found: tuple[int, list[str]] | None = None
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.rstrip() != _OPENING:
            if _NEARLY_OPENING.fullmatch(line):
                raise ManifestError(
                    f"this looks like a manifest, but is {shown(line)}",
                    place=f"line {number}",
                    hint=f"Write: {_OPENING}",
                )
            continue
        if found is not None:
            raise ManifestError(
                f"a second manifest; the first starts in line {found[0] - 1}",
                place=f"line {number}",
                hint="Keep one of them.",
            )
        content = _block_content(lines, number)
        found = (number + 1, content)
        number += len(content) + 1
    if found is None:
        return None
    text = "\n".join(found[1])
    if len(text) > MAX_SIZE:
        _too_large(len(text))
    return _from_data(_parse_toml(text, first_line=found[0]))


def _block_content(lines: list[str], opening: int) -> list[str]:
    """Return the TOML lines of the block whose opening is the line ``opening``, counted from one."""
    content: list[str] = []
    for number, line in enumerate(lines[opening:], opening + 1):
        if line.rstrip() == _CLOSING:
            return content
        if line == "#" or line.startswith("# "):
            content.append(line[2:])
            continue
        raise ManifestError(
            f"the manifest that starts in line {opening} is not closed before {shown(line)}",
            place=f"line {number}",
            hint=f'Start each of its lines with "# " and end it with: {_CLOSING}',
        )
    raise ManifestError("the manifest has no end", place=f"line {opening}", hint=f"End it with: {_CLOSING}")


def _from_data(data: object) -> Plain:
    if not isinstance(data, Mapping):
        raise ManifestError(f"a manifest is an object, not {shown(data)}", hint='For example: {"permissions": []}')
    if PACKAGE_KEY in data:
        return _from_package(data[PACKAGE_KEY])
    if "name" in data and "version" in data:
        raise ManifestError(
            f"this package.json is not one of an extension: it has no {PACKAGE_KEY}",
            hint=f'Add "{PACKAGE_KEY}": {{"type": "endpoint", "sandbox": {{"enabled": true, "requestedScopes": {{}}}}}}',
        )
    return Plain(data)


def _from_package(value: object) -> Plain:
    """Read ``directus:extension`` of a package.json ("sandbox", "Enabling the Sandbox")."""
    kind = read_text(value.get("type"), f"{PACKAGE_KEY}.type") if isinstance(value, Mapping) else ""
    if kind == "bundle":
        raise ManifestError(
            "a bundle has no scopes of its own, and a Directus runs it without a sandbox",
            place=f"{PACKAGE_KEY}.type",
            hint="Make one package of each extension in it.",
        )
    extension = read_object(value, PACKAGE_KEY, ("type", "path", "source", "host", "hidden", "sandbox"), hints={})
    check_type(kind, f"{PACKAGE_KEY}.type")
    if "host" in extension:
        read_text(extension["host"], f"{PACKAGE_KEY}.host")
    place = f"{PACKAGE_KEY}.sandbox"
    if "sandbox" not in extension:
        raise ManifestError(
            "the extension is not sandboxed",
            place=place,
            hint='Add "sandbox": {"enabled": true, "requestedScopes": {}}.',
        )
    sandbox = read_object(extension["sandbox"], place, ("enabled", "requestedScopes"), hints={})
    if sandbox.get("enabled") is not True:
        raise ManifestError("the sandbox is not enabled", place=f"{place}.enabled", hint="Set it to true.")
    if "requestedScopes" not in sandbox:
        raise ManifestError(
            "the scopes are missing",
            place=f"{place}.requestedScopes",
            hint="Add {} for an extension that asks for nothing.",
        )
    ignored = [key for key in ("path", "source") if key in extension]
    notes = (f"{PACKAGE_KEY}: {' and '.join(ignored)} ignored, the cell is the source",) if ignored else ()
    return Plain({"type": kind, "requestedScopes": sandbox["requestedScopes"]}, f"{place}.", notes)


def check_type(kind: str, place: str) -> None:
    """Raise :class:`ManifestError` unless ``kind`` is a type of extension that runs in a sandbox."""
    if kind in TYPES:
        return
    if kind in _APP_TYPES:
        raise ManifestError(
            f"an extension of type {kind} runs in the browser, not in a sandbox",
            place=place,
            hint=f"The types are {', '.join(TYPES)}.",
        )
    match = closest(kind, TYPES)
    raise ManifestError(
        f"there is no type {shown(kind)}",
        place=place,
        hint=f"Did you mean {match}?" if match else f"The types are {', '.join(TYPES)}.",
    )
