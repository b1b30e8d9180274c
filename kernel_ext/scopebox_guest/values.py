"""What may cross the boundary: JSON data, checked in the guest so that mistakes are answered where they are made."""

from __future__ import annotations

from math import isfinite

from scopebox_guest.wire import MAX_DEPTH, encode

ATOMS = frozenset({str, bool, type(None)})
INTEGERS = range(-(2**63), 2**64)  # those that JSON text carries unchanged
DEPTH = MAX_DEPTH - 8  # the frame around the data has levels of its own
REPR = 2_000  # characters of a repr that are shown
TEXT = 4_000  # characters of an error message that are shown


class NotDataError(TypeError):
    """A value that is no JSON data. ``place`` is the way to it, innermost step first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place: list[str] = []

    def __str__(self) -> str:
        place = "".join(reversed(self.place)) or "the value"
        return f"{place} is {self.reason}"


def check_data(value: object, depth: int = 0) -> None:
    """Raise :class:`NotDataError` unless ``value`` is made of None, bool, int, float, str, lists, tuples and dicts."""
    kind = type(value)
    if kind in ATOMS:
        return
    if kind is int:
        if value not in INTEGERS:
            raise NotDataError("a whole number of more than 64 bits")
    elif kind is float:
        if not isfinite(value):  # type: ignore[arg-type] # its type was just compared
            raise NotDataError(f"{value}, which JSON does not know")
    elif depth >= DEPTH:
        raise NotDataError(f"nested deeper than {DEPTH} levels, or contains itself")
    elif isinstance(value, dict):
        _check_dict(value, depth)
    elif isinstance(value, list | tuple):
        _check_list(value, depth)
    else:
        raise NotDataError(f"of type {kind.__name__}, which JSON does not know")


def _check_dict(value: dict[object, object], depth: int) -> None:
    for key, item in dict.items(value):
        if type(key) is not str:
            raise NotDataError(f"a dict with the key {shorten(safe_repr(key), 60)}; keys have to be strings")
        if type(item) not in ATOMS:
            try:
                check_data(item, depth + 1)
            except NotDataError as error:
                error.place.append(f"[{shorten(key, 60)!r}]")
                raise


def _check_list(value: list[object] | tuple[object, ...], depth: int) -> None:
    items = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
    for index, item in enumerate(items):
        if type(item) not in ATOMS:
            try:
                check_data(item, depth + 1)
            except NotDataError as error:
                error.place.append(f"[{index}]")
                raise


def to_json(value: object) -> bytes:
    """Return the JSON text of ``value``; :class:`NotDataError` where it has none."""
    check_data(value)
    return encode_text(value)


def encode_text(value: object) -> bytes:
    """Return JSON text; text with lone surrogates, which UTF-8 does not know, is a :class:`NotDataError` too."""
    try:
        return encode(value)
    except UnicodeEncodeError:
        raise NotDataError("text with half a surrogate pair, which JSON does not know") from None


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
        return clean(shorten(str.__str__(str(error)), TEXT))
    except BaseException as second:  # noqa: BLE001 - the guest's own code
        return f"<its message raised {type(second).__name__}>"
