"""Manifests as text: JSON and TOML, parsed within bounds."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Final, NamedTuple, NoReturn

from scopebox.errors import ManifestError
from scopebox.manifest.bounds import check_shape, check_toml
from scopebox.text.messages import quote

_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)")


class Plain(NamedTuple):
    """A manifest as plain data, where in its source that stands (a prefix of places), and what the user should know."""

    data: Mapping[str, object]
    place: str = ""
    notes: tuple[str, ...] = ()


def parse_json(text: str) -> object:
    """Parse JSON; ManifestError, which names line and column, where it is none."""
    check_shape(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ManifestError(
            f"the JSON does not parse: {error.msg}",
            place=f"line {error.lineno}, column {error.colno}",
            hint="JSON knows no comments and no comma after the last entry; TOML does.",
        ) from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data: dict[str, object] = {}
    for name, value in pairs:
        if name in data:
            raise ManifestError(f"the key {quote(name)} is there twice in one object", hint="Remove one of them.")
        data[name] = value
    return data


def _no_constant(name: str) -> NoReturn:
    raise ManifestError(f"{name} is not JSON")


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
