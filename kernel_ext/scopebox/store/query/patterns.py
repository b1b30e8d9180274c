"""Regular expressions of rules: written for JavaScript, matched by RE2, whose time grows with the text alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    import duckdb

MAX_PATTERN_CHARACTERS: Final = 2_000
MAX_PATTERNS: Final = 2_000  # of all rules of a project
_LOCKED_DOWN: Final = {"enable_external_access": "false", "threads": "1", "memory_limit": "64MB"}
_SPACE: Final = r"\s\v\x{a0}\x{feff}\p{Z}"
_GROUPS: Final = (
    ("(?:", "(?:"),
    ("(?=", "a look-ahead"),
    ("(?!", "a look-ahead"),
    ("(?<=", "a look-behind"),
    ("(?<!", "a look-behind"),
    ("(?<", "(?P<"),
)
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class PatternError(ValueError):
    """A regular expression that RE2 does not follow; the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax: ``wanted`` have to match, ``unwanted`` must not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All expressions that are to be matched."""
        return self.wanted + self.unwanted


@lru_cache(maxsize=512)
def translated(pattern: str) -> Pattern:
    """Return JavaScript's regular expression ``pattern`` as RE2 writes it. PatternError for what RE2 does not have.

    Slashes around it are left out, as a Directus does. Look-aheads that stand right at the beginning of a text are expressions of
    their own there: ``^(?=.*[0-9])(?!a)[a-z]+$`` is ``^[a-z]+$`` and ``^.*[0-9]``, and not ``^a``.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise PatternError(f"it has more than {MAX_PATTERN_CHARACTERS:,} characters")
    slashed = len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/")
    rest = pattern[1:-1] if slashed else pattern
    wanted: list[str] = []
    unwanted: list[str] = []
    begin = rest
    while begin.startswith(("^(?=", "^(?!")) and (end := _closing(begin, 1)):
        (wanted if begin[3] == "=" else unwanted).append(f"^(?:{begin[4 : end - 1]})")
        begin = f"^{begin[end:]}"
    if begin != rest and _alternates(begin):
        raise PatternError("it has a look-ahead that is part of an alternative, which RE2 does not have")
    return Pattern(
        tuple(_Translation(part).text() for part in (begin, *wanted)),
        tuple(_Translation(part).text() for part in unwanted),
    )


def _closing(pattern: str, begin: int) -> int:
    """Return where the group that opens at ``begin`` ends, 0 if it does not."""
    return next((at + 1 for at, depth in _depths(pattern) if at > begin and not depth), 0)


def _alternates(pattern: str) -> bool:
    """Return whether ``pattern`` is made of alternatives."""
    return any(pattern[at] == "|" and not depth for at, depth in _depths(pattern))


def _depths(pattern: str) -> Iterator[tuple[int, int]]:
    """Yield the places of brackets and bars that mean something, and in how many groups one is behind them."""
    depth, inside, at = 0, False, 0
    while at < len(pattern):
        mark = pattern[at]
        if mark == "\\":
            at += 1
        elif inside:
            inside = mark != "]"
        elif mark == "[":
            inside = True
        elif mark in "()|":
            depth += {"(": 1, ")": -1}.get(mark, 0)
            yield at, depth
        at += 1


class _Translation:
    """Walks over a pattern, one step at a time."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._inside = False  # of square brackets

    def text(self) -> str:
        parts = []
        while self._at < len(self._pattern):
            parts.append(self._step())
        return "".join(parts)

    def _step(self) -> str:
        mark = self._pattern[self._at]
        if mark == "\\":
            return self._escape()
        if self._inside:
            self._at += 1
            self._inside = mark != "]"
            return r"\[" if mark == "[" else mark
        if mark == "[":
            return self._brackets()
        if mark == "(" and self._pattern.startswith("(?", self._at):
            return self._group()
        self._at += 1
        return r"[^\n\r\x{2028}\x{2029}]" if mark == "." else mark

    def _brackets(self) -> str:
        for nothing, meaning in (("[^]", "(?s:.)"), ("[]", r"[^\x00-\x{10FFFF}]")):
            if self._pattern.startswith(nothing, self._at):
                self._at += len(nothing)
                return meaning
        self._inside = True
        start = "[^" if self._pattern.startswith("[^", self._at) else "["
        self._at += len(start)
        return start

    def _group(self) -> str:
        for start, meaning in _GROUPS:
            if self._pattern.startswith(start, self._at):
                if meaning.startswith("a "):
                    raise PatternError(f"it has {meaning}, {start}…), which RE2 does not have")
                self._at += len(start)
                return meaning
        raise PatternError("(? begins no group that JavaScript knows")

    def _escape(self) -> str:
        letter = self._pattern[self._at + 1 : self._at + 2]
        if not letter:
            raise PatternError("it ends with a backslash")
        begin, self._at = self._at + 2, self._at + 2
        if letter in "123456789" and not self._inside:
            raise PatternError(f"it refers back, \\{letter}, which RE2 does not do")
        if letter == "k" and self._pattern.startswith("<", begin):
            raise PatternError("it refers back, \\k<…>, which RE2 does not do")
        if letter in "ux":
            return self._code(letter, 4 if letter == "u" else 2)
        if letter in "sS":
            return self._spaces(letter)
        if letter == "b" and self._inside:
            return r"\x08"
        if letter == "0":
            return r"\x00"
        if letter in "dDwWbBnrtfv":
            return f"\\{letter}"
        return f"\\{letter}" if letter.isascii() and not letter.isalnum() and letter != "_" else letter

    def _code(self, letter: str, digits: int) -> str:
        code = self._pattern[self._at : self._at + digits]
        if len(code) < digits or not _HEX.issuperset(code):
            return letter
        self._at += digits
        return f"\\x{{{code}}}"

    def _spaces(self, letter: str) -> str:
        if self._inside:
            return _SPACE if letter == "s" else r"\S"
        return f"[{'^' if letter == 'S' else ''}{_SPACE}]"


class Re2:
    """Tells of patterns whether RE2 reads them. The engine is started by the first; a context manager, which stops it."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._known: dict[str, str] = {}

    def complaint(self, pattern: object) -> str:
        """Return why ``pattern`` cannot be followed; empty if it can. Each takes about half a millisecond, so they are counted."""
        text = str(pattern)[: MAX_PATTERN_CHARACTERS + 1]
        if text not in self._known:
            if len(self._known) == MAX_PATTERNS:
                return f"{MAX_PATTERNS:,} others stand before it, which are the limit"
            self._known[text] = self._complaint(text)
        return self._known[text]

    def _complaint(self, pattern: str) -> str:
        import duckdb  # noqa: PLC0415 - most projects have no regular expression

        try:
            texts = translated(pattern).all
        except PatternError as error:
            return str(error)
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config={**_LOCKED_DOWN})
            self._connection.execute("SET lock_configuration = true")
        try:
            for text in texts:
                self._connection.execute("SELECT regexp_matches('', ?)", [text])
        except duckdb.Error as error:
            return str(error).partition("\n")[0].removeprefix("Invalid Input Error: ")[:120]
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
