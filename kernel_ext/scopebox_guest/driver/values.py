"""What may cross the boundary: JSON data, checked in the guest so that mistakes are answered where they are made."""

from __future__ import annotations

import gc
import json
import mmap
from math import isfinite

from scopebox_guest.weight import MAX_DEPTH
from scopebox_guest.wire import decode_json, encode

MIN_INTEGER, ABOVE_INTEGERS = -(2**63), 2**64  # the integers that JSON text carries unchanged
LISTS = (list, tuple)
MAX_DATA_DEPTH = MAX_DEPTH - 8  # the frame around the data has levels of its own
SMALL_BYTES = 64 * 1024  # bytes of a text up to which memory is not looked at
TEXT_FACTOR = 6  # bytes that may be taken for a byte of text: the text grows, and is copied into its frame
OBJECT_FACTOR = 8  # the same for objects made of it
COPY_FACTOR = 3  # the same for text that is copied as it is: what holds the copy grows, and becomes part of a frame
HALF = "text with half a surrogate pair, which JSON does not know"
REPR_CHARACTERS = 2_000  # characters of a repr that are shown
MESSAGE_CHARACTERS = 4_000  # characters of an error message that are shown


class NotDataError(TypeError):
    """A value that is not JSON data. ``place`` is the way to it, innermost step first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place: list[str] = []

    def __str__(self) -> str:
        place = "".join(reversed(self.place)) or "the value"
        return f"{place} is {self.reason}"


class TooLargeError(ValueError):
    """JSON data with a longer text than ``most`` bytes; ``size`` is not less than what is known of it."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"{size:,} bytes, at most {most:,}")
        self.size = size


def check_data(value: object, depth: int = 0) -> int:
    """Return how many bytes the JSON text of ``value`` has at least.

    :class:`NotDataError` unless it is made of None, bool, int, float, str, lists, tuples and dicts.
    """
    kind = type(value)
    if kind is str:
        return len(value) + 2  # type: ignore[arg-type] # its type was just compared
    if kind is int:
        if not MIN_INTEGER <= value < ABOVE_INTEGERS:  # type: ignore[operator] # its type was just compared
            raise NotDataError("a whole number of more than 64 bits")
        return 1
    if kind is float:
        if not isfinite(value):  # type: ignore[arg-type] # as above
            raise NotDataError(f"{value}, which JSON does not know")
        return 3
    if kind is bool or value is None:
        return 4
    if depth >= MAX_DATA_DEPTH:
        raise NotDataError(f"nested deeper than {MAX_DATA_DEPTH} levels, or contains itself")
    if isinstance(value, dict):
        return _check_dict(value, depth + 1)
    if isinstance(value, LISTS):
        return _check_list(value, depth + 1)
    raise NotDataError(f"of type {kind.__name__}, which JSON does not know")


def _check_dict(value: dict[object, object], depth: int) -> int:
    size = 2
    for key, item in dict.items(value):
        if type(key) is not str:
            raise NotDataError(f"a dict with the key {shorten(safe_repr(key), 60)}; keys have to be strings")
        if type(item) is str:  # most of what is sent; a call for each would double the time
            size += len(key) + len(item) + 6
            continue
        try:
            size += len(key) + 4 + check_data(item, depth)
        except NotDataError as error:
            error.place.append(f"[{shorten(key, 60)!r}]")
            raise
    return size


def _check_list(value: list[object] | tuple[object, ...], depth: int) -> int:
    items = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
    size = 2
    for index, item in enumerate(items):
        try:
            size += 1 + check_data(item, depth)
        except NotDataError as error:
            error.place.append(f"[{index}]")
            raise
    return size


def to_json(value: object, most: int) -> bytes:
    """Return the JSON text of ``value``, at most ``most`` bytes: else :class:`TooLargeError`, or :class:`NotDataError`."""
    return encode_checked(value, check_data(value), most)


def encode_checked(value: object, size: int, most: int) -> bytes:
    """Return the JSON text of what :func:`check_data` found to have at least ``size`` bytes, at most ``most``.

    Text with lone surrogates, which UTF-8 does not know, is a :class:`NotDataError` too.
    """
    if size > most:
        raise TooLargeError(size, most)
    check_room(size, TEXT_FACTOR)
    try:
        text = encode(value)
    except UnicodeEncodeError:
        raise NotDataError(HALF) from None
    if len(text) > most:
        raise TooLargeError(len(text), most)
    return text


def place_of_half(value: object) -> list[str] | None:
    """Return the way to the first text in ``value`` that UTF-8 does not know, innermost step first; None without one."""
    if isinstance(value, str):
        return [] if _is_half(value) else None
    entries = dict.items(value) if isinstance(value, dict) else enumerate(value) if isinstance(value, LISTS) else ()
    for key, item in entries:
        found = [] if isinstance(key, str) and _is_half(key) else place_of_half(item)
        if found is not None:
            return [*found, f"[{shorten(key, 60)!r}]" if isinstance(key, str) else f"[{key}]"]
    return None


def _is_half(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def from_json(text: bytes | bytearray | memoryview) -> object:
    """Return the data in a JSON text of the host."""
    size = len(text)
    if size <= SMALL_BYTES:
        return decode_json(text)
    gc.disable()  # it would search the growing result again and again
    try:
        return decode_json(text) if has_room(OBJECT_FACTOR * size) else json.loads(bytes(text))
    finally:
        gc.enable()


def encode_texts(value: object, size: int) -> bytes:
    """Return the JSON text of a value in which JSON texts of ``size`` bytes stand as they are; MemoryError where it has no room."""
    check_room(size)
    return encode(value)


def check_room(size: int, factor: int = COPY_FACTOR) -> None:
    """Raise MemoryError unless the encoder may take ``factor`` times the ``size`` bytes of a JSON text, by default to copy it."""
    if not fits(size, factor):
        raise MemoryError("no memory for the JSON text of a value")


def fits(size: int, factor: int) -> bool:
    """Return whether the guest may take ``factor`` times the ``size`` bytes of a text, which is not looked at for small ones."""
    return size <= SMALL_BYTES or has_room(factor * size)


def has_room(size: int) -> bool:
    """Return whether the guest may take ``size`` more bytes.

    The fast encoder and decoder end the process where memory runs out, so they are not used where it might.
    """
    try:
        mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError:
        return False
    return True


def clean(text: str) -> str:
    """Return text that UTF-8 can carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def shorten(text: str, most: int) -> str:
    """Return at most ``most`` characters of a text, and how many are left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def safe_repr(value: object) -> str:
    """Return the repr of a value of the guest, whose ``__repr__`` may do anything."""
    try:
        return clean(str.__str__(repr(value)))
    except BaseException as error:  # noqa: BLE001 - the guest's own code
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"


def safe_text(error: BaseException) -> str:
    """Return the message of an exception of the guest, whose ``__str__`` may do anything."""
    try:
        return clean(shorten(str.__str__(str(error)), MESSAGE_CHARACTERS))
    except BaseException as second:  # noqa: BLE001 - the guest's own code
        return f"<its message raised {type(second).__name__}>"
