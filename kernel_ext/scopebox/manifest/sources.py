"""Where manifests come from: mappings, TOML and JSON text, files, the comment block of a cell, and package.json.

Everything here turns a source into plain data; what the data mean is read in :mod:`scopebox.manifest.permission`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from scopebox import plain_file
from scopebox.errors import ManifestError
from scopebox.languages import COMMENT_SIGNS, DEFAULT_LANGUAGE, LANGUAGES, Language
from scopebox.manifest.bounds import MAX_BLOCK_BYTES, MAX_MANIFEST_BYTES, MAX_SOURCE_CHARACTERS, check_size
from scopebox.manifest.object_notation import is_notation, parse
from scopebox.manifest.package_json import read_package
from scopebox.manifest.package_shape import PACKAGE_KEY
from scopebox.manifest.parsing import Plain, parse_toml
from scopebox.text.messages import quote

# By comment sign: a line that is an opening but for its signs, spaces, brackets and capitals. The sign of another language makes one,
# too, and so do two slashes besides those of the comment.
_WORD: Final = r"(?>(?:[#/*]++|[^\S\n]++)*)\[?sandbox\]?(?>(?:/++|[^\S\n]++)*)$"
_OPENINGS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "#": re.compile(rf"^(?=(?:[^/\n]*+/){{2}}){_WORD}", re.IGNORECASE | re.MULTILINE),
        "//": re.compile(rf"^(?=[^\S\n]*+#(?:[^/\n]*+/){{2}}|(?:[^/\n]*+/){{3}}){_WORD}", re.IGNORECASE | re.MULTILINE),
    }
)
_BEGINS: Final = {sign: re.compile(rf"^{sign} /// sandbox[ \t\r]*+$", re.MULTILINE) for sign in COMMENT_SIGNS}
_ENDS: Final = {sign: re.compile(rf"^{sign} ///[ \t\r]*+(?:\n|\Z)", re.MULTILINE) for sign in COMMENT_SIGNS}
_SHORTER: Final = "Use wildcards in URLs, and leave out of a package.json what is not about the extension."
_AS_FILE: Final = "Use wildcards in URLs, or give the manifest as a file: --manifest FILE."


_URL: Final = re.compile(r"\s*+[A-Za-z][A-Za-z0-9+.-]*+://")


def load(source: object) -> Plain:
    """Return the manifest in ``source``: a mapping, a list of permissions, TOML or JSON text, or the path of a file."""
    match source:
        case Mapping():
            return _from_data(source)
        case list() | tuple():
            return Plain({"permissions": source})
        case Path():
            return _from_file(source)
        case str() if _URL.match(source):
            raise ManifestError(
                f"{quote(source.strip())} is a URL, and a manifest is text or a file of this machine",
                hint="Give what lies there as text, or the path of a file. URLs that an extension may request stand in allowedUrls.",
            )
        case str() if _is_text(source):
            return _from_text(source)
        case str():
            return _from_file(Path(source))
        case _:
            raise ManifestError(
                f"a manifest is a mapping, TOML or JSON text, or a file, not {quote(source)}",
                hint='For example: {"permissions": [{"permission": "read-items", "role": "editor"}]}',
            )


def _is_text(source: str) -> bool:
    return "\n" in source or "=" in source or source.lstrip()[:1] in {"[", ""} or is_notation(source)


def _from_file(path: Path) -> Plain:
    try:
        if not path.is_file():
            raise ManifestError(
                f"{quote(str(path))} is neither a file nor a manifest in TOML or JSON",
                hint="Give the path of a TOML file, a JSON file or a package.json.",
            )
        with plain_file.opened(path) as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)  # a file may be longer than it says
        size = max(len(data), path.stat().st_size)
        if size > MAX_MANIFEST_BYTES:
            raise ManifestError(f"the manifest has {size:,} bytes, {MAX_MANIFEST_BYTES:,} are the limit", hint=_SHORTER)
        text = data.decode()
    except (OSError, ValueError) as error:
        raise ManifestError(f"{quote(str(path))} cannot be read as UTF-8 text: {type(error).__name__}") from None
    return _from_text(text.replace("\r\n", "\n"), path.suffix)


def _from_text(text: str, suffix: str = "") -> Plain:
    check_size(text, MAX_MANIFEST_BYTES, _SHORTER)
    if not text.strip():
        raise ManifestError("the manifest is empty", hint="Write {} for an extension that asks for nothing.")
    written = next((each for each in LANGUAGES.values() if _opening(each.comment) in text), DEFAULT_LANGUAGE)
    return cell_block(text, written) or _parsed(text, suffix)


def _parsed(text: str, suffix: str = "", *, first_line: int = 1, margin: int = 0) -> Plain:
    """Return the manifest in ``text``: in the notation of JSON if it begins like that, unless a file's ending decides, else in TOML."""
    if suffix == ".toml" or not (suffix == ".json" or is_notation(text)):
        return _from_data(parse_toml(text, first_line=first_line))._replace(notation="toml")
    value, missing = parse(text, first_line=first_line, margin=margin)
    notes = (f"{_braces(missing)} missing at the end of the manifest, and added",) if missing else ()
    if isinstance(value, Mapping) and isinstance(value.get("permission"), str):
        value = [value]  # one entry, as "execution-types" prints each
    plain = Plain({"permissions": value}) if isinstance(value, list) else _from_data(value)
    return plain._replace(notes=(*plain.notes, *notes))


def _braces(count: int) -> str:
    return "a closing brace is" if count == 1 else f"{count} closing braces are"


def cell_block(cell: str, language: Language = DEFAULT_LANGUAGE) -> Plain | None:
    """Return the manifest in the comment block ``# /// sandbox`` … ``# ///`` of a cell (inline metadata as in PEP 723).

    In JavaScript and TypeScript it stands behind ``//``, or behind ``#`` as well, which JupyterLab's Ctrl+/ writes in every cell.
    None without such a block, and for a cell that is too long to be loaded. Two blocks, one without end, one behind ``//`` in
    Python, and lines that leave the comment are errors with their line.
    """
    if len(cell) > MAX_SOURCE_CHARACTERS:
        return None
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    openings = _OPENINGS[language.comment]
    signs = signs_of(language)
    found: Block | None = None
    position, number = 0, 1  # a line that was not looked at yet, and its number
    while line := openings.search(text, position):
        number += text.count("\n", position, line.start())
        sign = signs.get(line[0].rstrip())
        if sign is None:
            raise ManifestError(
                f"this looks like a manifest, but is {quote(line[0])}",
                place=f"line {number}",
                hint=_mend(line[0], language),
            )
        if found is not None:
            raise ManifestError(
                f"a second manifest; the first starts in line {found.line}",
                place=f"line {number}",
                hint="Keep one of them.",
            )
        found = _block(text, line.end() + 1, number, sign)
        number += found.lines + 2
        position = found.end
    if found is None:
        return None
    return _parsed(found.text, first_line=found.line + 1, margin=found.margin)


def block_lines(cell: str, language: Language) -> tuple[int, int]:
    """Return where the comment block of a cell begins and ends, lines included; an empty place at the beginning without one."""
    for sign in signs_of(language).values():
        found = _BEGINS[sign].search(cell)
        end = None if found is None else _ENDS[sign].search(cell, found.end())
        if found is not None and end is not None:
            return found.start(), end.end()
    return 0, 0


class Block(NamedTuple):
    """The comment block of a cell: its text, how many lines that has and how far right it stands, the line of its opening, its end."""

    text: str
    lines: int
    margin: int
    line: int
    end: int


def _opening(sign: str) -> str:
    return f"{sign} /// sandbox"


def signs_of(language: Language) -> dict[str, str]:
    """Return the lines that open a manifest in a cell of ``language``, each with the comment sign of its block."""
    return {_opening(sign): sign for sign in (language.comment, DEFAULT_LANGUAGE.comment)}


def _line(text: str, start: int) -> tuple[str, int]:
    """Return the line of ``text`` that begins at ``start``, and where the next one does."""
    end = text.find("\n", start)
    return (text[start:], len(text) + 1) if end < 0 else (text[start:end], end + 1)


def _mend(line: str, language: Language) -> str:
    """Return what would be right in place of ``line``, which begins no manifest in ``language``."""
    right = f"Write: {_opening(language.comment)}"
    if language is not DEFAULT_LANGUAGE or not line.lstrip().startswith("/"):
        return right
    return f"{right}, and {language.comment} before each of its lines. If the cell is JavaScript, add --lang js."


def _block(text: str, position: int, opening: int, sign: str) -> Block:
    """Return the block whose opening is the line ``opening``, counted from one; its lines begin at ``position``."""
    content: list[str] = []
    size, number = 0, opening
    while position <= len(text):
        number += 1
        line, position = _line(text, position)
        if line.rstrip() == f"{sign} ///":
            check_size("\n".join(content), MAX_BLOCK_BYTES, _AS_FILE, place=f"line {opening}")
            return Block("\n".join(content), len(content), len(sign) + 1, opening, position)
        if line != sign and not line.startswith(f"{sign} "):
            raise ManifestError(
                f"the manifest that starts in line {opening} is not closed before {quote(line)}",
                place=f"line {number}",
                hint=f'Start each of its lines with "{sign} " and end it with: {sign} ///',
            )
        content.append(line[len(sign) + 1 :])
        size += len(line)
        if size > MAX_BLOCK_BYTES:
            raise ManifestError(
                f"the manifest has more than {MAX_BLOCK_BYTES:,} bytes, which are the limit in a cell",
                place=f"line {number}",
                hint=_AS_FILE,
            )
    raise ManifestError("the manifest has no end", place=f"line {opening}", hint=f"End it with: {sign} ///")


def _from_data(data: object) -> Plain:
    if not isinstance(data, Mapping):
        raise ManifestError(f"a manifest is an object, not {quote(data)}", hint='For example: {"permissions": []}')
    if PACKAGE_KEY in data:
        return read_package(data[PACKAGE_KEY])
    if "name" in data and "version" in data:
        raise ManifestError(
            f"this package.json is not one of an extension: it has no {PACKAGE_KEY}",
            hint=f'Add "{PACKAGE_KEY}": {{"type": "endpoint", "sandbox": {{"enabled": true, "requestedScopes": {{}}}}}}',
        )
    return Plain(data)
