"""What a manifest may be at most, checked on its text before a parser sees it.

A manifest is written by whoever wrote the extension and read in the notebook's own process, and parsers spend more than a
text is long: the standard library's keeps every prefix of a dotted key, and counts on numbers of any length. All limits lie far
above what a manifest needs, and everything here is one pass over the text.
"""

from __future__ import annotations

import re
from typing import Final

from scopebox.errors import ManifestError

MAX_SOURCE_CHARACTERS: Final = 1_000_000  # characters of a cell
MAX_SOURCES_BYTES: Final = 8 * 2**20  # of all cells of an extension in memory, where one is appended
MAX_ALL_SOURCES_BYTES: Final = 24 * 2**20  # of the cells and packages of all extensions of a sandbox in memory
MAX_SOURCE_BYTES: Final = 4 * MAX_SOURCE_CHARACTERS  # of a file of code that are looked at
MAX_MANIFEST_BYTES: Final = 256 * 1024  # bytes of a manifest in a file or a text
MAX_BLOCK_BYTES: Final = 16 * 1024  # bytes of the comment block of a cell
MAX_LINE_CHARACTERS: Final = 2_000  # characters of a line of TOML
MAX_LINES: Final = 10_000  # of TOML
MAX_KEY_DOTS: Final = 4  # in a key
MAX_DEPTH: Final = 32  # nested lists and objects
MAX_VALUES: Final = 3_000  # and lists and objects, in all
MAX_TOKENS: Final = 50_000  # words, texts, signs and lines, in all
MAX_WORD_CHARACTERS: Final = 300  # characters of a number, or of a key without quotes

# Texts, comments, words and the signs between them. What a text of TOML cannot hold ends it here as it does there,
# and whatever begins with a quote is taken at once, so that no character is looked at twice.
_TOKEN: Final = re.compile(
    r'"""(?>(?:[^"\\]|\\.|"(?!""))*)(?:""")?'
    r"|'''(?>(?:[^']|'(?!''))*)(?:''')?"
    r'|"(?>(?:[^"\\\n]|\\.)*)"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
    r"|[\w+-]+"
    r"|[.=,:\n\[\]{}]",
    re.DOTALL,
)
_OPENING: Final = frozenset("[{")
_CLOSING: Final = frozenset("]}")
_BETWEEN: Final = frozenset("=,:\n[]{}")


def check_size(text: str, limit: int, remedy: str = "", *, place: str = "") -> None:
    """Raise :class:`ManifestError` if ``text`` has more than ``limit`` bytes, or is not Unicode text."""
    if len(text) > limit:
        size = len(text)
    else:
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise ManifestError("the manifest is not Unicode text: it has lone surrogates", place=place) from None
    if size > limit:
        raise ManifestError(f"the manifest has {size:,} bytes, {limit:,} are the limit", place=place, hint=remedy)


def check_toml(text: str, first_line: int) -> None:
    """Raise :class:`ManifestError`, which names the line, unless TOML ``text`` keeps to the limits."""
    lines = text.count("\n") + 1
    if lines > MAX_LINES:
        raise ManifestError(
            f"the manifest has {lines:,} lines, {MAX_LINES:,} are the limit", hint="Leave lines out that say nothing."
        )
    check_shape(text, first_line)
    for number, line in enumerate(text.split("\n"), first_line):
        if len(line) > MAX_LINE_CHARACTERS:
            raise ManifestError(
                f"a line of {len(line):,} characters, {MAX_LINE_CHARACTERS:,} are the limit",
                place=f"line {number}",
                hint="Write a long list on several lines, one entry on each.",
            )


def check_shape(text: str, first_line: int = 1, tokens: re.Pattern[str] = _TOKEN) -> None:
    """Raise :class:`ManifestError`, which names the line, unless the values of ``text`` keep to the limits.

    ``tokens`` are those of TOML, or of the notation that the text is written in.
    """
    depth = dots = values = 0
    for count, token in enumerate(tokens.finditer(text)):
        sign = token[0]
        if count >= MAX_TOKENS:
            _beyond(text, token, first_line, f"more than {MAX_TOKENS:,} words, signs and lines")
        if sign == ".":
            dots += 1
            if dots > MAX_KEY_DOTS:
                _beyond(
                    text,
                    token,
                    first_line,
                    f"a key of more than {MAX_KEY_DOTS} dots",
                    'A text stands in quotes; a key with dots of its own as well: "a.b".',
                )
        elif sign in _BETWEEN:
            dots = 0
            values += sign not in "\n:]}"
            depth += (sign in _OPENING) - (sign in _CLOSING)
            if depth > MAX_DEPTH:
                _beyond(text, token, first_line, f"more than {MAX_DEPTH} nested lists and objects: too deep")
            if values > MAX_VALUES:
                _beyond(
                    text, token, first_line, f"more than {MAX_VALUES:,} values", "Use wildcards in place of long lists."
                )
        elif len(sign) > MAX_WORD_CHARACTERS and sign[0] not in "\"'#":
            _beyond(
                text,
                token,
                first_line,
                f"a number that is too long, or a key: {len(sign):,} characters, {MAX_WORD_CHARACTERS} are the limit",
            )


def _beyond(text: str, token: re.Match[str], first_line: int, what: str, hint: str = "") -> None:
    line = first_line + text.count("\n", 0, token.start())
    raise ManifestError(
        f"the manifest has {what}", place=f"line {line}", hint=hint or "A manifest needs no such thing."
    )
