"""What a live Directus, or somebody else's folder of a pull, says in JSON: counted before it is decoded."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
from scopebox_guest import weight, wire

from scopebox.text.sizes import most_decoded

T = TypeVar("T")

MIB: Final = 2**20
MAX_VALUES: Final = 500_000  # in one answer
MAX_DECODED: Final = 4 * MIB  # bytes that an answer takes in memory, about
MAX_DECODED_SCHEMA: Final = 32 * MIB  # bytes that what describes the schema takes in memory, about


class TooMuchError(ValueError):
    """JSON with more values, or that takes more memory, than is decoded."""


class _List(msgspec.Struct):
    data: list[msgspec.Raw]
    meta: _Meta | None = None


class _Meta(msgspec.Struct):
    filter_count: msgspec.Raw = msgspec.Raw(b"null")


def read_list(text: bytes) -> tuple[list[msgspec.Raw], object]:
    """Return the entries of the list that JSON ``text`` answers with, each as its text, and how many it says there are.

    Raises as :func:`read` does.
    """
    _check_values(text)
    found = wire.decode_as(text, _List)
    return found.data, None if found.meta is None else read(bytes(found.meta.filter_count), object)


def entries(text: bytes) -> list[msgspec.Raw]:
    """Return the entries of the list that JSON ``text`` is, each as its text, or all of it where it is none. Raises as :func:`read` does."""
    if not text.lstrip().startswith(b"["):
        return [msgspec.Raw(text)]
    _check_values(text)
    return wire.decode_as(text, list[msgspec.Raw])


def read(text: bytes, type_: type[T], *, most: int = MAX_DECODED) -> T:
    """Return what JSON ``text`` says, as a ``type_``.

    TooMuchError where there are too many values, or more than about ``most`` bytes in memory, ValueError and RecursionError for what is no JSON, or
    of another shape.
    """
    _check_values(text)
    size = most_decoded(text)
    if size > most:
        raise TooMuchError(f"decoded, it takes about {size // MIB:,} MiB of memory, {most // MIB} MiB are the limit")
    return wire.decode_as(text, type_)


def _check_values(text: bytes) -> None:
    try:
        weight.check_values(text, MAX_VALUES)
    except ValueError as error:
        raise TooMuchError(str(error)) from None
