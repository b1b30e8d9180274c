"""A manifest as plain data, and TOML parsed within bounds. JSON is read in :mod:`scopebox.manifest.object_notation`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, NamedTuple

from scopebox.errors import ManifestError
from scopebox.manifest.bounds import MAX_LINE_CHARACTERS, check_toml
from scopebox.vocabulary import Notation

_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)")


class Plain(NamedTuple):
    """A manifest as plain data, where in its source that stands (a prefix of places), what the user should know, how it was written."""

    data: Mapping[str, object]
    place: str = ""
    notes: tuple[str, ...] = ()
    notation: Notation = "json"


_JSON_LINE: Final = re.compile(r'\s*"[\w-]{1,40}"\s*:')
_SCOPES: Final = "requestedScopes"
_OF_SCOPES: Final = (
    'For example, below [requestedScopes]: request = { methods = ["GET"], urls = ["https://api.example.com/*"] }'
)
_OF_PERMISSIONS: Final = 'For example: permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], methods = ["GET"] }]'


def _mended(text: str, index: int, message: str) -> str:
    """Return what is probably wrong with the line ``index`` of ``text``, which is no TOML."""
    lines = text.split("\n")
    line = lines[index][:MAX_LINE_CHARACTERS] if 0 <= index < len(lines) else ""
    example = _OF_SCOPES if _SCOPES in text else _OF_PERMISSIONS
    if _JSON_LINE.match(line):
        return f"This line is JSON, and the manifest is TOML: key = value, lists in [ ], objects in {{ }}. {example}"
    if "Unclosed array" in message and line.lstrip().startswith("{"):
        return "A comma is missing at the end of the line before."
    if "Unclosed inline table" in message:
        return "A comma is missing between two keys, or } at the end."
    return example


def parse_toml(text: str, *, first_line: int) -> dict[str, object]:
    """Parse TOML whose first line is the line ``first_line`` of what the user sees."""
    check_toml(text, first_line)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        message = _POSITION.sub("", str(error)).removesuffix(" (at end of document)")
        line = first_line + (int(position[1]) - 1 if position else text.rstrip("\n").count("\n"))
        raise ManifestError(
            f"the TOML does not parse: {message[:200]}",
            place=f"line {line}",
            hint=_mended(text, line - first_line, message),
        ) from None
    except ValueError as error:  # a number or a date of the right form that is none
        raise ManifestError(f"the TOML does not parse: {str(error)[:200]}") from None
