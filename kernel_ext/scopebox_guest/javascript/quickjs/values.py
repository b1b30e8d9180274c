"""Values of a realm that Python holds on to."""

from __future__ import annotations

from typing import Final, Protocol

from scopebox_guest.javascript.quickjs.interface import (
    TAG_BOOL,
    TAG_INT,
    TAG_NULL,
    TAG_UNDEFINED,
    TAG_UNINITIALIZED,
    Bare,
)

NUMBER_BITS: Final = 0xFFFFFFFF  # of what a value holds; the others are whatever was there before


class Owner(Protocol):
    """What a value belongs to: a realm."""

    def _free(self, bare: Bare) -> None:
        """Give up the claim to a value."""


class Value:
    """A value of a realm, kept for as long as this object lives."""

    __slots__ = ("_bare", "_realm")

    def __init__(self, realm: Owner, bare: Bare) -> None:
        self._realm = realm
        self._bare = bare

    def __del__(self) -> None:
        self._realm._free(self._bare)

    @property
    def _tag(self) -> int:
        return int(self._bare.tag)


class ThrownError(Exception):
    """What code of a realm threw; ``_told`` is what the glue told of it, if it was asked.

    Where the engine finds no memory for an error it throws null, or a value that it has for variables before their declaration:
    that one is null as well, so that no code is handed it from here.
    """

    def __init__(self, value: Value) -> None:
        super().__init__("an error of JavaScript")
        self._value = Value(value._realm, NULL) if value._tag == TAG_UNINITIALIZED else value
        self._told: object = None


UNDEFINED: Final = Bare(0, TAG_UNDEFINED)
NULL: Final = Bare(0, TAG_NULL)


def bare_of(argument: Value | int | None) -> Bare:
    """Return an argument of a call as C has it; nothing stands for undefined."""
    if argument is None:
        return UNDEFINED
    if isinstance(argument, Value):
        return argument._bare
    return Bare(int(argument), TAG_BOOL if isinstance(argument, bool) else TAG_INT)


def is_undefined(value: Value) -> bool:
    """Whether a value is undefined."""
    return value._tag == TAG_UNDEFINED


def is_null(value: Value) -> bool:
    """Whether a value is null."""
    return value._tag == TAG_NULL


def number_of(value: Value) -> int:
    """Return a whole number that is not negative."""
    return int(value._bare.content) & NUMBER_BITS
