"""Foreign text for people: what cannot be seen is made visible, what is too long is cut with a count, markup stays text.

Names, logs, results, errors and data come from extensions and may try to look like something else: by control characters that
rule a terminal, by characters that turn the reading direction, by characters without any width, by piles of accents that paint
over the neighbours. Shorten first, then make visible, then escape.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Letters by their category, but nothing is drawn: fillers of Hangul, the blank of braille, the joiner of graphemes.
_BLANK: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Controls, surrogates, format characters (direction, zero width, tags), line separators, private use, variation selectors.
_UNSEEN: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0e\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
_HIDDEN: Final = re.compile(f"[{_UNSEEN}{_BLANK}]")
# More accents on one letter than any script uses.
_PILE: Final = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
                          "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+)")  # fmt: skip
_BYTE: Final = 0xFF
_PLANE: Final = 0xFFFF
_NOTE: Final = 60  # characters of the note on what was left out, and of a few escapes
_BLOCK: Final = 2**16  # characters whose lines are counted at once


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return ``text`` with every character that cannot be seen written as an escape, such as ``\x1b`` or ``\u202e``.

    Line feeds and tabs stay as they are with ``lines``, and become ``\n`` and ``\t`` without.
    """
    if text.isascii() and text.isprintable():  # as most is
        return text
    shown = _HIDDEN.sub(lambda found: _escapes(found[0]), text)
    shown = _PILE.sub(lambda found: f"{found[1]}…({len(found[2]):,} more accents)", shown)
    return shown if lines else shown.replace("\n", "\\n").replace("\t", "\\t")


def visible_lines(text: str) -> str:
    """Return ``text`` made visible, its line feeds and tabs as they are."""
    return visible(text, lines=True)


def _escapes(character: str) -> str:
    code = ord(character)
    if character == "\r":
        return "\\r"
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _PLANE else f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """Return ``text`` with at most ``limit`` characters of it: head and tail, and between them how many were left out."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail]} …({len(text) - limit:,} more)… {text[len(text) - tail :]}"


def shorten_in_memory(text: str, limit: int) -> str:
    """Return ``text`` shortened such that it takes about ``limit`` bytes: one wide character makes all others of a text as wide, four bytes each."""
    return shorten(text, limit if text.isascii() else limit // 4)


def fitted(text: str, limit: int, written: Callable[[str], str]) -> str:
    """Return what ``written`` makes of ``text``, shortened such that also the outcome has about ``limit`` characters at most.

    An escape is longer than the character that it stands for.
    """
    short = shorten(text, limit)
    shown = written(short)
    if len(shown) <= limit + _NOTE:
        return shown
    return written(shorten(text, len(short) * limit // len(shown)))


def clean(text: object, limit: int = 300, *, lines: bool = False) -> str:
    """Return ``text`` shortened and made visible: fit for a terminal, not yet for HTML."""
    words = text if isinstance(text, str) else str(text)
    if len(words) <= limit and words.isascii() and words.isprintable():  # as most are
        return words
    return fitted(words, limit, visible_lines if lines else visible)


def escape(text: object, limit: int = 300, *, lines: bool = False) -> str:
    """Return ``text`` as HTML text or attribute value: shortened, made visible, every special character escaped."""
    return html.escape(clean(text, limit, lines=lines), quote=True)


def head_and_tail(text: str, limit: int, last: int | None = None) -> tuple[str, str, int]:
    """Return the first and the last lines of ``text``, ``limit`` of them in all, and how many lines lie between them.

    A fifth of them are the last ones, unless ``last`` says how many. Nothing but those lines is taken out of ``text``: a million
    lines are not split to show a few.
    """
    total = text.count("\n") + 1
    if total <= limit:
        return text, "", 0
    tail = limit // 5 if last is None else min(limit, last)
    start, end = 0, len(text)
    for _ in range(limit - tail):
        start = text.index("\n", start) + 1
    for _ in range(tail):
        end = text.rindex("\n", 0, end)
    return text[: max(0, start - 1)], text[end + 1 :], total - limit


def line_of(text: str, number: int, limit: int, first: int = 0) -> str | None:
    """Return line ``number`` of ``text``, counted from 1, with at most ``limit`` characters behind the ``first`` ones; None if there is no such line."""
    start, seen = 0, 1
    while seen < number:
        block = text.count("\n", start, start + _BLOCK)
        if seen + block < number:
            start, seen = start + _BLOCK, seen + block
            if start >= len(text):
                return None
            continue
        for _ in range(number - seen):
            start = text.index("\n", start) + 1
        seen = number
    if number < 1:
        return None
    end = text.find("\n", start)
    end = end if end >= 0 else len(text)
    start = min(end, start + first)
    return text[start : min(end, start + limit + 1)]
