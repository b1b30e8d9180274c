"""Express path patterns: literal segments, ``:name``, ``:name?`` and ``*``.

A pattern is matched segment by segment in linear time and never leaves the extension's namespace. As in Express, case does not
count and neither does a trailing slash; unlike there, groups and regular expressions are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

MAX_LENGTH: Final = 500
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&',;=@%-]+")
_PARAMETER: Final = re.compile(r":[A-Za-z_][A-Za-z0-9_]*\??")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A parsed pattern; ``text`` is what was written."""

    text: str
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Parse ``text``, which begins with a slash; ValueError names the segment that is not understood."""
        if len(text) > MAX_LENGTH:
            raise ValueError(f"register-endpoint: the path has {len(text)} characters, {MAX_LENGTH} are the limit")
        if not text.startswith("/"):
            raise ValueError('register-endpoint: the path has to begin with "/"')
        segments = tuple(part for part in text.split("/") if part)
        for segment in segments:
            plain = unquote(segment)
            if plain.partition(";")[0] in (".", "..") or "/" in plain or "\\" in plain:
                raise ValueError('register-endpoint: ".", ".." and encoded slashes cannot stand in a path')
            if segment != "*" and not _LITERAL.fullmatch(segment) and not _PARAMETER.fullmatch(segment):
                raise ValueError(
                    f"register-endpoint: the segment {segment[:50]!r} is not understood; "
                    "segments are plain text, :name, :name? or *"
                )
        return cls(text, segments)

    def matches(self, path: str) -> bool:
        """Whether the pattern covers ``path`` (without query, beginning with a slash, percent-encoding resolved)."""
        # Row by row: after each segment of the pattern, which lengths of the path it covers so far.
        words = [part.casefold() for part in path.split("/") if part]
        covered = [True] + [False] * len(words)
        for segment in self.segments:
            after = [covered[0] and (segment == "*" or segment.endswith("?"))]
            for index, word in enumerate(words):
                if segment == "*":
                    after.append(covered[index + 1] or after[index])
                elif segment.startswith(":"):
                    after.append(covered[index] or (segment.endswith("?") and covered[index + 1]))
                else:
                    after.append(covered[index] and unquote(segment).casefold() == word)
            covered = after
        return covered[-1]
