"""What JSON text weighs: how many values it holds, how deep it nests, and how much memory it takes, all told before it is decoded.

Shared by host and guest; nothing but the standard library is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MAX_VALUES: Final = 200_000  # values in a frame, a result or a body: memory counts values, whatever bytes they take
MAX_WEIGHT: Final = 49 * 2**20  # bytes of memory that keys and values take in a frame, a result or a body
MAX_CONTAINERS: Final = 100_000  # lists and objects in a large frame, a result or a body
MAX_DEPTH: Final = 64  # of them in each other

_LEAVE_BRACKETS: Final = bytes(ord("[") if c == ord("{") else ord("]") if c == ord("}") else c for c in range(256))
_ALL_BUT_BRACKETS: Final = bytes(c for c in range(256) if c not in b'"[]{}')
_ALL_BUT_SEPARATORS: Final = bytes(c for c in range(256) if c not in b'"[{,')
_ALL_BUT_WEIGHED: Final = bytes(c for c in range(256) if c not in b'"[{,.eE0123456789')
_ALL_BUT_NUMBERS: Final = bytes(c for c in range(256) if c not in b'"[]{},:.eE+-0123456789')
_ALL_BUT_OBJECTS: Final = bytes(c for c in range(256) if c not in b'"{}:')
_ALL_BUT_WIDE: Final = bytes(c for c in range(0xC0) if c != ord('"'))  # the first bytes of characters beyond ASCII stay
_WIDE: Final = bytes(ord("w") if c >= 0xC0 else c for c in range(256))  # noqa: PLR2004 - those
_MANY_KEYS: Final = 256  # of an object
_FEW_KEYS: Final = 100_000  # of a text, in which objects may be as large as they like
# Bytes that a short string takes, a key as any other: decoders share short ones of plain letters at best, and nobody has to send the same.
_STRING: Final = 64
_WIDE_STRING: Final = 104  # and a wide one beside that, once it was written again
_LARGE_KEY: Final = 320  # bytes that a key of an object with more weighs beside what others do
_NUMERALS: Final = bytes(ord("0") if c in b"123456789" else ord("e") if c == ord("E") else c for c in range(256))
# A number; where it may be beyond all others, by its exponent or because it is long, with a group.
_NUMBER: Final = re.compile(rb"-?[0-9][0-9.]*+([eE]\+?[0-9]{3,}+|(?<=[0-9.]{200})[0-9eE+-]*+)?[0-9eE+-]*+")
_DEAR_NUMERALS: Final = 18  # signs, at least, of a number that may lie half-way between two that fit into 64 bits
_EXPONENT: Final = b"e00"  # of two digits and more, as it is in numerals
_HEAVIEST: Final = 200  # bytes of memory that a byte of JSON weighs at most
_BLOCK: Final = 128 * 1024  # bytes that are split at a time: the pieces of all at once would take many times the text


def _signs(text: bytes | bytearray, dropped: bytes, table: bytes | None = None) -> bytes | bytearray:
    """Return JSON ``text`` without the ``dropped`` bytes and without what is escaped, so that every quote begins or ends a string."""
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text
    return plain.translate(table, dropped)


def _outside(signs: bytes | bytearray) -> bytes:
    """Return those of ``signs`` that are in no string, and none of the quotes among them."""
    signs = signs.replace(b'""', b"")  # whether a sign is inside a string is the parity of the quotes before it
    found, inside = [], 0
    for start in range(0, len(signs), _BLOCK):
        pieces = signs[start : start + _BLOCK].split(b'"')
        found.append(b"".join(pieces[inside::2]))
        inside = (inside + len(pieces) - 1) % 2
    return b"".join(found)


def most_values_in(text: bytes | bytearray) -> int:
    """Return a number that the number of values in JSON ``text`` does not exceed: separators inside texts count as well."""
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def check_values(text: bytes | bytearray, most: int = MAX_VALUES) -> None:
    """Raise ValueError if JSON ``text`` holds more than ``most`` values: to be called before it is decoded.

    Everything between two separators is a value, and so is every list and object; keys are none. Text that is not JSON is
    counted up to where a decoder gives up, or higher. Whole-text operations only: linear, and little more than reading it.
    """
    # Each value takes a byte, and another one before the next; what is open at the end is not deep, or is refused for that.
    if len(text) < 2 * most or most_values_in(text) <= most:
        return
    found = _outside(_signs(text.replace(b"[]", b"").replace(b"{}", b""), _ALL_BUT_SEPARATORS))
    if len(found) >= most:  # the outermost value has no sign of its own
        raise ValueError(f"more than {most:,} values")


def check_weight(text: bytes | bytearray, most: int = MAX_WEIGHT) -> None:
    """Raise ValueError if what JSON ``text`` says would take more than ``most`` bytes of memory, or as much time.

    As :func:`check_values`, which knows neither keys nor what a value is: to be called before the text is decoded, and linear.
    """
    if len(text) * _HEAVIEST > most and weight_of(text, most) > most:
        raise ValueError(f"keys and values that would take more than {most:,} bytes of memory")


def weight_of(text: bytes | bytearray, enough: int = 0) -> int:
    """Return about how many bytes of memory the keys and values in JSON ``text`` take; up to ``enough`` it may be more than that."""
    signs = _signs(text, _ALL_BUT_WEIGHED, _NUMERALS)
    strings, keys, values = signs.count(b'"') // 2, text.count(b":"), _weight_of_values(signs)
    keys = keys if keys > _FEW_KEYS else 0
    most = (_STRING + _WIDE_STRING) * strings + _LARGE_KEY * keys + values
    if most <= enough:
        return most  # whichever strings are wide, and whichever objects large
    texts = _STRING * strings + _WIDE_STRING * _wide_strings(text)
    texts += _LARGE_KEY * _keys_of_large_objects(text) if keys else 0
    return texts + (values if texts + values <= enough else _weight_of_values(_outside(signs)))


def _wide_strings(text: bytes | bytearray) -> int:
    """Return how many strings in JSON ``text`` have a character beyond ASCII, or one that is escaped by its number."""
    if b"\\u" in text:
        text = text.replace(b"\\\\", b"").replace(b"\\u", b"\xff")
    elif text.isascii():
        return 0
    return _signs(text, _ALL_BUT_WIDE, _WIDE).count(b'"w')


def _weight_of_values(signs: bytes | bytearray) -> int:
    """Return about how many bytes of memory lists, objects, the places in them and numbers take, by the ``signs`` of JSON.

    Where numbers have exponents of two digits, or so many that they may have to be rounded, a fraction and an exponent count as more
    than they take, for the time that reading one takes.
    """
    lists, objects, exponents = signs.count(b"["), signs.count(b"{"), _exponents(signs)
    dear = exponents or b"0" * _DEAR_NUMERALS in signs.replace(b".", b"0")
    floats = (300 if dear else 48) * signs.count(b".") + 400 * exponents
    return 72 * lists + 200 * objects + 32 * (signs.count(b",") + lists + objects) + floats


def has_exponents(text: bytes | bytearray) -> bool:
    """Whether a number in JSON ``text`` has an exponent of two digits and more; of what is not JSON, either.

    Linear, and little more than reading the text.
    """
    if not _exponents(text.translate(_NUMERALS, _ALL_BUT_WEIGHED)):
        return False
    return _exponents(_outside(_signs(text, _ALL_BUT_WEIGHED, _NUMERALS))) > 0


def _exponents(signs: bytes | bytearray) -> int:
    return signs.count(_EXPONENT) if b"e" in signs else 0  # one byte is sought far faster than three


def _keys_of_large_objects(text: bytes | bytearray) -> int:
    """Return how many keys stand in objects of JSON ``text`` with many: such an object grows by leaps, and each key of it is sought far from the one before.

    Of more objects than there may be, all keys count.
    """
    left = _outside(_signs(text, _ALL_BUT_OBJECTS))
    if max(left.count(b"{"), left.count(b"}")) > MAX_CONTAINERS:
        return left.count(b":")
    found, keys = 0, [0]  # of the objects that are open, the innermost last
    for piece in left.split(b"{"):
        first, *others = piece.split(b"}")
        keys[-1] += len(first)
        for other in others:
            found += _if_many(keys.pop())
            keys = keys or [0]
            keys[-1] += len(other)
        keys.append(0)
    return found + sum(map(_if_many, keys))


def _if_many(keys: int) -> int:
    return keys if keys > _MANY_KEYS else 0


def check_nesting(text: bytes | bytearray, containers: int = MAX_CONTAINERS, depth: int = MAX_DEPTH) -> None:
    """Raise ValueError if JSON ``text`` nests deeper than ``depth``, or holds more ``containers``, lists and objects.

    Works by whole-text operations only, so that a large hostile text costs little more than reading it.
    """
    if text.count(b"[") + text.count(b"{") <= depth:
        return
    outside = _outside(_signs(text, _ALL_BUT_BRACKETS)).translate(_LEAVE_BRACKETS)
    if outside.count(b"[") > containers:
        raise ValueError(f"more than {containers:,} containers")
    for _ in range(depth):
        if not outside:
            return
        outside = outside.replace(b"[]", b"")  # takes away the innermost level
    if outside:
        raise ValueError(f"more than {depth} nested containers")


def large_numbers(text: bytes | bytearray) -> Iterator[bytes]:
    """Return the numbers in JSON ``text`` that may be beyond all others, as they are written; decoding each tells."""
    found = _NUMBER.finditer(_outside(_signs(text, _ALL_BUT_NUMBERS)))
    return (number[0] for number in found if number.lastindex)
