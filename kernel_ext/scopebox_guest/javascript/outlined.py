"""What a guest tells of the text of a cell: data that host and guest share, so nothing but msgspec is imported here."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MOST: Final = 64  # entries of each kind

Number = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Name = Annotated[str, msgspec.Meta(max_length=100)]


class Use(msgspec.Struct, frozen=True):
    """``name`` is used in ``line``; ``about`` is the text it is used with, if it is one."""

    name: Name
    line: Number
    about: Name = ""
    parameters: Number = 0


class Option(msgspec.Struct, frozen=True):
    """An option that the handler of an operation reads, and its default value as it is written there."""

    name: Name
    default: Name = ""


class Import(msgspec.Struct, frozen=True):
    """An import statement between two characters. ``names`` has what it imports by what that is called in the cell, as far as it is used."""

    start: Number
    end: Number
    names: dict[Name, Name]


class Span(msgspec.Struct, frozen=True):
    """What stands between two characters."""

    start: Number
    end: Number


class Outline(msgspec.Struct, frozen=True):
    """``source`` is the text as it may leave, ``javascript`` the same without types, ``built`` as a bundler writes a module.

    ``imports`` are its import statements, at the same place in both, and ``types`` those statements of ``source`` that are types alone and may
    stand in no function. ``default`` tells that there is a default export, ``calls`` are those of ``exec``, and ``lost`` what a Directus lacks.
    ``options`` has what is read by the operation of an id.
    """

    source: str
    javascript: str
    built: str
    imports: list[Import]
    types: list[Span]
    default: bool
    execs: Number
    calls: list[Use]
    lost: list[Use]
    options: dict[str, list[Option]]
