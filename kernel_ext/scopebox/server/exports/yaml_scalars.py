"""Texts in YAML: plain where nothing else could be read, in quotes, as a block, or folded where a line is long."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final

from scopebox.server.exports.content import PIECE_CHARACTERS, escaped

_WIDTH: Final = 80
_LEAST_WIDTH: Final = 40
_UNPRINTABLE: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_FIRST_NEVER_PLAIN: Final = frozenset(" -?:,[]{}#&*!|=>'\"%@`")
_LAST_NEVER_PLAIN: Final = frozenset(" :")
_BREAK: Final = re.compile(r" [^ ]")
_LEADING_BLANK: Final = re.compile(r"\n* ")
_NUMBER: Final = re.compile(
    r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_RADIX: Final = re.compile(r"[-+]?0(?:b[01_]*[01]|x[0-9a-fA-F_]*[0-9a-fA-F]|o[0-7_]*[0-7])")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
)
_BASE_60: Final = re.compile(r"[-+]?[0-9_]++:[0-9_:]*+(?<!:)(?:\.[0-9_]*+)?")  # and no two colons in a row
_OLD_WORDS: Final = frozenset(
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
)
_WORDS: Final = frozenset(["~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "<<"])
_NAMED: Final = dict(zip('\0\a\b\t\n\v\f\r\x1b"\\\x85\xa0\u2028\u2029', r"0abtnvfre" + '"\\N_LP', strict=True))
"""Characters that have an escape of their own."""
_CODES: Final = {
    **{code: f"\\x{code:02X}" for code in (*range(32), *range(127, 161))},
    **{code: f"\\u{code:04X}" for code in (*range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF)},
    **{ord(sign): f"\\{name}" for sign, name in _NAMED.items()},
}


def key_text(name: str) -> str:
    """Return the name of an entry."""
    if not name or _is_old(name):
        return f"'{name}'"
    if "\n" in name or _UNPRINTABLE.search(name):
        return f'"{_escaped(name)}"'
    return name if _is_plain(name) else f"'{_doubled(name)}'"


def write_string(text: str, level: int) -> Iterator[str]:
    """Write the text of a value that stands ``level`` levels in."""
    indent = "  " * max(1, level)
    width = max(_LEAST_WIDTH, _WIDTH - len(indent))
    if not text or _is_old(text):
        yield f"'{text}'"
    elif _UNPRINTABLE.search(text):
        yield '"'
        yield from escaped(text, _escaped)
        yield '"'
    elif (yield from _has_long(text, width)):
        yield from _write_block(text, indent, width)
    elif "\n" in text:
        yield from _write_block(text, indent)
    elif _is_plain(text):
        yield text
    else:
        yield "'"
        yield from escaped(text, _doubled)
        yield "'"


def _is_old(text: str) -> bool:
    """Whether YAML 1.1 reads something else: a truth value, or a number to the base of sixty."""
    return text in _OLD_WORDS or (_BASE_60.fullmatch(text) is not None and "::" not in text)


def _is_plain(text: str) -> bool:
    """Whether printable ``text`` of one line can stand without quotes."""
    if text[0] in _FIRST_NEVER_PLAIN or text[-1] in _LAST_NEVER_PLAIN or " #" in text or ": " in text:
        return False
    number = _NUMBER.fullmatch(text) and not text.endswith("_")
    return not (number or text in _WORDS or _RADIX.fullmatch(text) or _MOMENT.fullmatch(text))


def _has_long(text: str, width: int) -> Generator[str, None, bool]:
    """Return whether a line of ``text`` is to be folded."""
    for line in _lines(text):
        if _is_long(line, width):
            return True
        yield ""
    return False


def _is_long(line: str, width: int) -> bool:
    return not line.startswith(" ") and (len(line) > width or _units(line, 0, len(line)) > width)


def _units(text: str, start: int, end: int) -> int:
    """Return how long a part of ``text`` is for JavaScript, where rare characters count twice; of a long part, little is copied at a time."""
    if text.isascii():
        return end - start
    parts = (text[at : min(at + PIECE_CHARACTERS, end)] for at in range(start, end, PIECE_CHARACTERS))
    return sum(len(part.encode("utf-16-le", "surrogatepass")) for part in parts) // 2


def _lines(text: str) -> Iterator[str]:
    """Return the lines of ``text`` one after the other: a list of them would take many times the memory."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _write_block(text: str, indent: str, width: int = 0) -> Iterator[str]:
    """Write ``text`` as a block, folded at ``width`` if there is one; its head says what becomes of the lines at its end."""
    mark, lines = (">", _folded(text, width)) if width else ("|", _lines(text))
    ended = text.endswith("\n")
    keep = ended and (text == "\n" or text.endswith("\n\n"))
    yield mark + ("2" if _LEADING_BLANK.match(text) else "") + ("+" if keep else "" if ended else "-")
    before = None
    for line in lines:
        if before is not None:
            yield from _line(before, indent)
        before = line
    if before is not None and (before or not ended):
        yield from _line(before, indent)


def _line(line: str, indent: str) -> Iterator[str]:
    """Write a line of a block, a long one in pieces: together with what stands before it, all of it would be there twice."""
    if not line:
        yield "\n"
    elif len(line) <= PIECE_CHARACTERS:
        yield f"\n{indent}{line}"
    else:
        yield f"\n{indent}"
        yield from escaped(line, str)


def _folded(text: str, width: int) -> Iterator[str]:
    """Return the lines of ``text`` folded: between two of them stands an empty one, unless one of them is further in."""
    lines = _lines(text)
    yield from _pieces(next(lines), width)
    further_in = text[0] in "\n "
    for line in lines:
        if not line:
            yield line
            continue
        was, further_in = further_in, line[0] == " "
        if not was and not further_in:
            yield ""
        yield from _pieces(line, width)


def _pieces(line: str, width: int) -> Iterator[str]:
    """Break one line at the last blank before ``width``, or at the first one behind; never before another blank."""
    if not line or line[0] == " ":
        yield line
        return
    start = start_units = last = last_units = 0
    for found in _BREAK.finditer(line):
        at = found.start()
        at_units = last_units + _units(line, last, at)
        if at_units - start_units > width:
            end, end_units = (last, last_units) if last > start else (at, at_units)
            yield line[start:end]
            start, start_units = end + 1, end_units + 1
        last, last_units = at, at_units
    if last > start and last_units + _units(line, last, len(line)) - start_units > width:
        yield line[start:last]
        start = last + 1
    yield line[start:]


def _escaped(text: str) -> str:
    return text.translate(_CODES)


def _doubled(text: str) -> str:
    return text.replace("'", "''")
