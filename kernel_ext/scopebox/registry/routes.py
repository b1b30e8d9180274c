"""Express path patterns: literal segments, ``:name``, ``:name?`` and ``*``.

A pattern never leaves the extension's namespace. As in Express, case does not count and neither does a trailing slash; unlike
there, groups and regular expressions are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import unquote

MAX_PATH_CHARACTERS: Final = 500
MAX_SEGMENTS: Final = 20  # of a pattern
MAX_REQUESTED_SEGMENTS: Final = 64  # of the path of a request
MAX_PARAMETER_CHARACTERS: Final = 100  # of the name of a parameter
ANY: Final = "*"
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&',;=@%-]+")
_PARAMETER: Final = re.compile(r":[A-Za-z_][A-Za-z0-9_]*\??")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A parsed pattern; ``text`` is what was written, ``segments`` its parts as they are compared."""

    text: str
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Parse ``text``, which begins with a slash; ValueError names the segment that is not understood."""
        if len(text) > MAX_PATH_CHARACTERS:
            raise ValueError(
                f"register-endpoint: the path has {len(text)} characters, {MAX_PATH_CHARACTERS} are the limit"
            )
        if not text.startswith("/"):
            raise ValueError('register-endpoint: the path has to begin with "/"')
        written = [part for part in text.split("/") if part]
        if len(written) > MAX_SEGMENTS:
            raise ValueError(
                f"register-endpoint: the path has {len(written)} segments, {MAX_SEGMENTS} are the limit; "
                "a * covers any number of them"
            )
        return cls(text, tuple(map(_segment, written)))


def _segment(written: str) -> str:
    """Return one segment as it is compared: ``:`` or ``:?`` for a parameter, ``*``, or a literal without its encoding."""
    plain = unquote(written)
    if plain.partition(";")[0] in (".", "..") or "/" in plain or "\\" in plain:
        raise ValueError('register-endpoint: ".", ".." and encoded slashes cannot stand in a path')
    if written == ANY:
        return ANY
    if _PARAMETER.fullmatch(written):
        if len(written) > MAX_PARAMETER_CHARACTERS:
            raise ValueError(
                f"register-endpoint: the name of a parameter has at most {MAX_PARAMETER_CHARACTERS} characters, "
                f"not {len(written)}"
            )
        return ":?" if written.endswith("?") else ":"
    if not _LITERAL.fullmatch(written):
        raise ValueError(
            f"register-endpoint: the segment {written[:50]!r} is not understood; "
            "segments are plain text, :name, :name? or *"
        )
    return f"={plain.casefold()}"


def words_of(path: str) -> list[str]:
    """Return the parts of a requested path (percent-encoding resolved) as they are compared."""
    return [part.casefold() for part in path.split("/") if part]


class PathTable(Generic[T]):
    """Patterns and what each of them stands for; of those that cover a path, the one that was added first is found.

    All patterns are followed at the same time: bit ``n`` of a number stands for the pattern that was added as number ``n``.
    The bits of place ``p`` tell which patterns have a certain segment there, or reach that place with the words so far. So a
    path costs its words times the length of the longest pattern, however many patterns there are.
    """

    def __init__(self) -> None:
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
        """Add a pattern behind all others."""
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
                self._skippable[place] |= bit
            elif segment.startswith("="):
                words = self._literals[place]
                words[segment[1:]] = words.get(segment[1:], 0) | bit
            else:
                self._parameters[place] |= bit
                self._skippable[place] |= bit if segment.endswith("?") else 0
        self._ends[len(pattern.segments)] |= bit

    def find(self, words: list[str]) -> T | None:
        """Return what stands for the first pattern that covers a path of these words (see :func:`words_of`)."""
        reached = self._skipped([(1 << len(self._entries)) - 1] + [0] * len(self._literals))
        for word in words:
            after = [0] * len(reached)
            for place, literals in enumerate(self._literals):
                here = reached[place]
                if here:
                    after[place] |= here & self._repeatable[place]
                    after[place + 1] = here & (literals.get(word, 0) | self._parameters[place])
            reached = self._skipped(after)
        covering = 0
        for here, ends in zip(reached, self._ends, strict=True):
            covering |= here & ends
        return self._entries[(covering & -covering).bit_length() - 1] if covering else None

    def _skipped(self, reached: list[int]) -> list[int]:
        """Add the places that are reached by leaving out what need not be there."""
        for place, skippable in enumerate(self._skippable):
            reached[place + 1] |= reached[place] & skippable
        return reached
