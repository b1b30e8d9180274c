"""A manifest as plain data, and TOML parsed within bounds. JSON is read in :mod:`scopebox.manifest.object_notation`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, NamedTuple

from scopebox.errors import ManifestError
from scopebox.manifest.bounds import check_toml
from scopebox.vocabulary import Notation

_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)")


class Plain(NamedTuple):
    """A manifest as plain data, where in its source that stands (a prefix of places), what the user should know, how it was written."""

    data: Mapping[str, object]
    place: str = ""
    notes: tuple[str, ...] = ()
    notation: Notation = "json"


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
            hint='For example: permissions = [{ permission = "read-items", role = "editor" }]',
        ) from None
    except ValueError as error:  # a number or a date of the right form that is none
        raise ManifestError(f"the TOML does not parse: {str(error)[:200]}") from None
