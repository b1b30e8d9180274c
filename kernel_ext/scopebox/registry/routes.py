"""Express path patterns, and which of them covers a path.

As in Express 4, case does not count, neither does a slash at the end, and the encoding of a path stays as it is. A pattern never leaves the extension's namespace. Patterns of plain segments, ``:name``, ``:name?`` and ``*`` are compared word by
word; all others are regular expressions, run by RE2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import unquote

from scopebox.errors import ManifestError
from scopebox.registry.expressions import expression_of
from scopebox.text.messages import quote
from scopebox.urls.expressions import pieces_of, steps_of

if TYPE_CHECKING:
    from scopebox.urls.re2 import Re2

MAX_PATH_CHARACTERS: Final = 500
MAX_SEGMENTS: Final = 20  # of a pattern
MAX_REQUESTED_SEGMENTS: Final = 64  # of the path of a request
MAX_PARAMETER_CHARACTERS: Final = 100  # of the name of a parameter
MAX_STEPS: Final = 6_000  # of all regular expressions of a table, compiled: all of them read the path of a request
MAX_STEPS_READ: Final = 1_500_000  # of them, times its characters: a request may ask the tables of all methods
ANY: Final = "*"
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!&',;=@%-]+")
_PARAMETER: Final = re.compile(r":[A-Za-z0-9_]+\??")
_NAME: Final = re.compile(r":([A-Za-z0-9_]*)")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._~!&',;=@%:*?+/-]")

T = TypeVar("T")


class LongPathError(ValueError):
    """A requested path that is too long for the regular expressions of an extension's paths."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A parsed pattern; ``text`` is what was written, ``segments`` its parts as they are compared.

    A pattern that is more than plain segments has an ``expression`` for RE2 in their place, of ``steps`` steps.
    """

    text: str
    segments: tuple[str, ...]
    expression: str = ""
    steps: int = 0

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Parse ``text``, which begins with a slash; ValueError names what is not understood."""
        if len(text) > MAX_PATH_CHARACTERS:
            raise _wrong(f"the path has {len(text)} characters, {MAX_PATH_CHARACTERS} are the limit")
        if not text.startswith(("/", ANY)):
            raise _wrong(f'the path {text[:50]!r} has to begin with "/"')
        plain = _outside(text)
        written = plain.split("/")
        if sum(1 for part in written if part) > MAX_SEGMENTS:
            count = sum(1 for part in written if part)
            raise _wrong(f"the path has {count} segments, {MAX_SEGMENTS} are the limit; a * covers any number of them")
        for part in written:
            _check_segment(part, text)
        parts = text.removeprefix("/").removesuffix("/").split("/") if text not in ("/", ANY) else [ANY] * (text == ANY)
        if all(part == ANY or _PARAMETER.fullmatch(part) or _LITERAL.fullmatch(part) for part in parts):
            return cls(text, tuple(map(_segment, parts)))
        try:
            expression = expression_of(text)
        except ValueError as error:
            raise _wrong(f"the path {text[:50]!r} cannot be followed: {error}") from None
        steps = steps_of(pieces_of(expression))
        if steps > MAX_STEPS:
            raise _wrong(f"the path {text[:50]!r} is too large ({steps:,} steps, {MAX_STEPS:,} are the limit)")
        return cls(text, (), expression, steps)


def _wrong(problem: str) -> ValueError:
    return ValueError(f"register-endpoint: {problem}")


def _outside(text: str) -> str:
    """Return what of a pattern stands outside of parentheses. ValueError if they do not fit, or not all of it is visible ASCII."""
    if not (text.isascii() and text.isprintable()):
        raise _wrong(
            f"the path {text[:50]!r} has characters that no path of a request has; write them as %C3%A4 or %20"
        )
    depth, outside, escaped = 0, [], False
    for sign in text:
        if depth and (escaped or sign == "\\"):
            escaped = not escaped
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if depth < 0:
                break
        elif not depth:
            outside.append(sign)
    if depth:
        raise _wrong(f"the path {text[:50]!r} has a parenthesis without its other one")
    return "".join(outside)


def _check_segment(written: str, path: str) -> None:
    """Raise ValueError for a segment of ``path`` that leads elsewhere, or has a sign that means nothing outside of parentheses."""
    plain = unquote(written)
    if plain.partition(";")[0] in (".", "..") or "/" in plain or "\\" in plain:
        raise _wrong(
            f'the path {path[:50]!r} leads elsewhere: ".", ".." and encoded slashes cannot stand in one, '
            "and a backslash only in parentheses"
        )
    names = _NAME.findall(written)
    strange = _STRANGE.search(written)
    if "" in names or strange is not None:
        has = "a colon without a name" if strange is None else f"the sign {quote(strange[0])} outside of parentheses"
        raise _wrong(
            f"the path {path[:50]!r} has {has}; segments are plain text, :name, :name? or *, "
            "and regular expressions stand in parentheses, such as :id([0-9]+)"
        )
    longest = max(map(len, names), default=0)
    if longest > MAX_PARAMETER_CHARACTERS:
        raise _wrong(f"the name of a parameter has at most {MAX_PARAMETER_CHARACTERS} characters, not {longest}")


def _segment(written: str) -> str:
    """Return one plain segment as it is compared: ``:`` or ``:?`` for a parameter, ``*``, or a literal."""
    if written == ANY:
        return ANY
    if written.startswith(":"):
        return ":?" if written.endswith("?") else ":"
    return f"={written.lower()}"


def words_of(path: str) -> list[str]:
    """Return the parts of a requested path (as it was sent) as they are compared; a slash at the end gives an empty one."""
    return path.lower().removeprefix("/").split("/")


class PathTable(Generic[T]):
    """Patterns and what each of them stands for; of those that cover a path, the one that was added first is found.

    All patterns are followed at the same time: bit ``n`` of a number stands for the pattern that was added as number ``n``.
    The bits of place ``p`` tell which patterns have a certain segment there, or reach that place with the words so far. So a
    path costs its words times the length of the longest pattern, however many patterns there are. Regular expressions of
    patterns that were added before the one that is found so are asked afterwards, all at once.
    """

    def __init__(self, re2: Re2) -> None:
        self._re2 = re2
        self._expressions: list[tuple[int, str]] = []
        self._steps = 0
        self._entries: list[T] = []
        self._texts: set[str] = set()
        self._literals: list[dict[str, int]] = []
        self._parameters: list[int] = []
        self._skippable: list[int] = []
        self._repeatable: list[int] = []
        self._ends: list[int] = [0]

    def __contains__(self, text: str) -> bool:
        """Whether a pattern was added that was written as ``text``."""
        return text in self._texts

    def add(self, pattern: PathPattern, entry: T) -> None:
        """Add a pattern behind all others; ValueError if its expression does not parse, or is too much with the others."""
        if pattern.expression:
            self._add_expression(pattern)
        bit = 1 << len(self._entries)
        self._entries.append(entry)
        self._texts.add(pattern.text)
        while len(self._literals) < len(pattern.segments):
            self._literals.append({})
            for row in (self._parameters, self._skippable, self._repeatable, self._ends):
                row.append(0)
        for place, segment in enumerate(pattern.segments):
            if segment == ANY:
                self._repeatable[place] |= bit
            elif segment.startswith("="):
                words = self._literals[place]
                words[segment[1:]] = words.get(segment[1:], 0) | bit
            else:
                self._parameters[place] |= bit
                self._skippable[place] |= bit if segment.endswith("?") else 0
        if not pattern.expression:
            self._ends[len(pattern.segments)] |= bit

    def find(self, path: str) -> T | None:
        """Return what stands for the first pattern that covers ``path``, the encoding of which stays as it is.

        LongPathError if the regular expressions would take too long for it.
        """
        covering = self._covering(words_of(path))
        number = (covering & -covering).bit_length() - 1 if covering else len(self._entries)
        earlier = [entry for entry in self._expressions if entry[0] < number]
        if earlier:
            self._check_length(path)
            matching = self._re2.which([text for _, text in earlier], path or "/")
            number = earlier[matching[0]][0] if matching else number
        return self._entries[number] if number < len(self._entries) else None

    def _add_expression(self, pattern: PathPattern) -> None:
        if self._steps + pattern.steps > MAX_STEPS:
            raise _wrong(
                f"the path {pattern.text[:50]!r} is too much with the other regular expressions of this method "
                f"({self._steps + pattern.steps:,} steps, {MAX_STEPS:,} are the limit)"
            )
        try:
            self._re2.which([pattern.expression], "")
        except ManifestError as error:
            raise _wrong(f"the path {pattern.text[:50]!r} cannot be followed: {error.message}") from None
        self._steps += pattern.steps
        self._expressions.append((len(self._entries), pattern.expression))

    def _check_length(self, path: str) -> None:
        most = MAX_STEPS_READ // max(1, self._steps)
        if len(path) > most:
            raise LongPathError(
                f"Behind the name of the extension it has {len(path):,} characters; beside the regular expressions of its paths "
                f"({self._steps:,} steps), {most:,} are the limit."
            )

    def _covering(self, words: list[str]) -> int:
        """Return which patterns cover a path of these words; the last one may be left out if it is empty."""
        reached = self._skipped([(1 << len(self._entries)) - 1] + [0] * len(self._literals))
        before = reached
        for word in words:
            before, after = reached, [0] * len(reached)
            for place, literals in enumerate(self._literals):
                here = reached[place]
                if here:
                    repeated = here & self._repeatable[place]
                    after[place] |= repeated
                    after[place + 1] = repeated | (
                        here & (literals.get(word, 0) | self._parameters[place]) if word else 0
                    )
            reached = self._skipped(after)
        return self._ending(reached) | (0 if words[-1] else self._ending(before))

    def _ending(self, reached: list[int]) -> int:
        covering = 0
        for here, ends in zip(reached, self._ends, strict=True):
            covering |= here & ends
        return covering

    def _skipped(self, reached: list[int]) -> list[int]:
        """Add the places that are reached by leaving out what need not be there."""
        for place, skippable in enumerate(self._skippable):
            reached[place + 1] |= reached[place] & skippable
        return reached
