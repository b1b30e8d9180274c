"""URL patterns of manifests: wildcards and regular expressions, matched part by part.

``*`` and ``**`` match any characters within one part, slashes and host labels included. ``https://*`` is every public host on
the default port, any path and query. A ``*`` at the end of the path covers the query too, otherwise the query matches
literally. A pattern without a port means the default port. ``/…/`` is a regular expression that has to match all of the URL;
what stands before the first slash of its path is matched with scheme, host and port alone. So what stands in a path or a query
can never stand in for a host.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.urls.expressions import split_at_path, steps_of, with_plain_dots, wrong
from scopebox.urls.hosts import MAX_HOST_CHARACTERS, MAX_LABEL_CHARACTERS, check_length, normalise_host, to_ascii
from scopebox.urls.re2 import Re2
from scopebox.urls.url import (
    PORTS,
    ParsedUrl,
    check_characters,
    normalise_part,
    normalise_path,
    parse_port,
    split_authority,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_PATTERN_CHARACTERS: Final = 2048
_PATTERN: Final = re.compile(r"([A-Za-z*]+)://([^/?]*)([^?]*)(?:\?(.*))?")
_STARS: Final = re.compile(r"\*+")
_HOST_PIECE: Final = re.compile(r"[a-z0-9_.-]*")
MAX_EXPRESSION_STEPS: Final = 1_000  # of one regular expression, which is matched with a URL in one piece of work
MAX_STEPS: Final = 20_000  # of all regular expressions of one entry; compiling takes up to 4 microseconds for each
MAX_STEPS_AT_ONCE: Final = 6_000_000  # steps times characters in one piece of work, up to 13 nanoseconds each
_COMPILING_CHARACTERS: Final = 300  # whose matching takes as long as compiling
_ALONE: Final = 110_000  # steps times characters whose matching takes as long as to ask for one expression alone


class Glob:
    """Text with ``*`` for any characters, matched without backtracking."""

    def __init__(self, text: str) -> None:
        self.pieces = _STARS.split(text)

    @property
    def literal(self) -> bool:
        """Whether there is no wildcard in it."""
        return len(self.pieces) == 1

    def matches(self, text: str) -> bool:
        """Whether all of ``text`` matches."""
        first, *middle = self.pieces
        if not middle:
            return text == first
        last = middle.pop()
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return False
        position, end = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return True


class UrlPattern(ABC):
    """One entry of ``allowedUrls`` or ``urls``. ``steps``: the size of a regular expression, 0 for wildcards, which cost little."""

    text: str
    steps: int

    @staticmethod
    def parse(text: str) -> UrlPattern:
        """Return the pattern that ``text`` is; :class:`ManifestError` says what is wrong with it.

        That a regular expression compiles is not tried: :func:`check_expressions` tries it for many at once.
        """
        if len(text) > MAX_PATTERN_CHARACTERS:
            wrong(text, f"has {len(text)} characters, {MAX_PATTERN_CHARACTERS} are the limit", "Use wildcards.")
        if len(text) > 1 and text.startswith("/") and text.endswith("/"):
            return RegexPattern.read(text)
        return WildcardPattern.read(text)

    @abstractmethod
    def among(self, urls: Sequence[ParsedUrl], re2: Re2) -> list[int]:
        """Return the places of those ``urls`` that the pattern allows; ``re2`` runs it if it is a regular expression."""

    def matches(self, url: ParsedUrl, re2: Re2) -> bool:
        """Whether the pattern allows ``url``."""
        return bool(self.among([url], re2))

    @abstractmethod
    def names_host(self) -> bool:
        """Whether host and port are written out, which private addresses and secrets need."""

    @abstractmethod
    def in_ascii(self) -> str:
        """Return the text with its host as it is compared: letters that look like others are told apart in it."""


@dataclass(frozen=True, slots=True)
class WildcardPattern(UrlPattern):
    """Wildcards. ``port`` is None for any port; ``default_port`` means that of the URL's scheme; ``query`` None is any query."""

    text: str
    scheme: Glob
    host: Glob
    port: int | None
    default_port: bool
    path: Glob
    query: Glob | None
    steps: int = 0

    @classmethod
    def read(cls, text: str) -> WildcardPattern:
        """Return the wildcard pattern that ``text`` is."""
        match = _check_text(text)
        scheme = Glob(match[1].lower())
        if not any(scheme.matches(known) for known in PORTS):
            wrong(text, f"has the scheme {match[1][:20]}", "Requests go to https or http.")
        try:
            host, port = split_authority(match[2])
            path = normalise_path(match[3])
            any_port = port is not None and set(port) == {"*"}
            number = None if any_port or port is None else parse_port(port)
            host = _normalise_host_pattern(text, host)
        except ValueError as error:
            wrong(text, f"is not a valid URL pattern: {error}", "Such as https://api.example.com/*")
        if path != normalise_part(match[3] or "/", ""):
            wrong(text, "has dot segments in its path", "Write the path plainly.")
        if not match[3] and match[4] is None and host == "*":
            path = "/*"
        covers_query = match[4] is None and path.endswith("*")
        query = None if covers_query else Glob(normalise_part(match[4] or "", "?"))
        return cls(text, scheme, Glob(host), number, port is None, Glob(path), query)

    @classmethod
    def of_folder(cls, url: ParsedUrl, path: str) -> WildcardPattern:
        """Return the pattern of what lies in the folder ``path`` at the origin of ``url``, any query included."""
        default_port = url.port == PORTS[url.scheme]
        text, folder = f"{url.origin}{path}*", Glob(f"{path}*")
        return cls(
            text, Glob(url.scheme), Glob(url.host), None if default_port else url.port, default_port, folder, None
        )

    def among(self, urls: Sequence[ParsedUrl], _re2: Re2) -> list[int]:
        """Return the places of those ``urls`` that the pattern allows."""
        return [place for place, url in enumerate(urls) if self.covers(url)]

    def covers(self, url: ParsedUrl) -> bool:
        """Whether scheme, host, port, path and query match, each for itself."""
        port = PORTS[url.scheme] if self.default_port else self.port
        return (
            self.scheme.matches(url.scheme)
            and self.host.matches(url.host)
            and port in {None, url.port}
            and self.path.matches(url.path)
            and (self.query is None or self.query.matches(url.query))
        )

    def names_host(self) -> bool:
        """Whether there is no wildcard in host and port."""
        return self.host.literal and (self.default_port or self.port is not None)

    def in_ascii(self) -> str:
        """Return the text with an international host encoded."""
        start = self.text.index("://") + len("://")
        written = split_authority(_check_text(self.text)[2])[0]
        if written.isascii():
            return self.text
        return self.text[:start] + "*".join(self.host.pieces) + self.text[start + len(written) :]


@dataclass(frozen=True, slots=True)
class RegexPattern(UrlPattern):
    """A regular expression, in two: one for the origin, one for path and query."""

    text: str
    origin: str
    target: str
    steps: int

    @classmethod
    def read(cls, text: str) -> RegexPattern:
        """Return the pattern that ``text``, slashes around it included, is."""
        if not text.isprintable():
            wrong(text, "has characters that cannot be seen", r"Write them as escapes, such as \x{200b}.")
        origin, target = split_at_path(text)
        steps = steps_of(origin) + steps_of(target)
        if steps > MAX_EXPRESSION_STEPS:
            problem = f"does not parse: it is too large ({steps:,} steps, {MAX_EXPRESSION_STEPS:,} are the limit)"
            wrong(text, problem, "Repeat less in it, or use wildcards.")
        return cls(text, with_plain_dots(origin), with_plain_dots(target), steps)

    def among(self, urls: Sequence[ParsedUrl], re2: Re2) -> list[int]:
        """Return the places of those ``urls`` of which each expression matches all of its part."""
        places = re2.among(self.origin, [url.origin for url in urls])
        return [places[found] for found in re2.among(self.target, [urls[place].target for place in places])]

    def names_host(self) -> bool:
        """Never: an expression may match more than it shows."""
        return False

    def in_ascii(self) -> str:
        """Return the text with escapes for what no URL has, in which hosts are encoded, as is all else."""
        return "".join(sign if sign.isascii() else f"\\x{{{ord(sign):x}}}" for sign in self.text)


def check_expressions(patterns: Iterable[RegexPattern], re2: Re2) -> None:
    """Raise :class:`ManifestError` if one of ``patterns`` does not parse: all of them are compiled at once, which costs less than one by one."""
    re2.which([text for pattern in patterns for text in (pattern.origin, pattern.target)], "")


def characters_at_once(steps: int, alone: int = 0) -> int:
    """Return how many characters are matched with expressions of so many ``steps``, which are compiled first, in one piece of work.

    ``alone``: how many expressions are matched one by one, with :meth:`UrlPattern.among`, which takes its time for each.
    """
    return (MAX_STEPS_AT_ONCE - alone * _ALONE) // max(1, steps) - _COMPILING_CHARACTERS


def in_groups(patterns: Iterable[RegexPattern], url: ParsedUrl) -> Iterator[Sequence[RegexPattern]]:
    """Give ``patterns`` in groups of which each takes little time for ``url``, whatever the patterns are."""
    characters = len(str(url))
    group: list[RegexPattern] = []
    for pattern in patterns:
        if group and characters > characters_at_once(pattern.steps + sum(other.steps for other in group)):
            yield group
            group = []
        group.append(pattern)
    if group:
        yield group


def any_matches(patterns: Sequence[RegexPattern], url: ParsedUrl, re2: Re2) -> bool:
    """Whether one of ``patterns`` allows ``url``; all of them are matched together, which costs far less than one by one."""
    origins = re2.which([pattern.origin for pattern in patterns], url.origin)
    return bool(re2.which([patterns[index].target for index in origins], url.target))


def _check_text(text: str) -> re.Match[str]:
    if not text:
        wrong(text, "is empty and would allow nothing", "Remove it, or write https://api.example.com/*")
    try:
        check_characters(text.replace("\\", "/"), "the pattern")
    except ValueError as error:
        wrong(text, f"is not a valid URL pattern: {error}", "Such as https://api.example.com/*")
    if set(text) == {"*"}:
        wrong(
            text, "would allow everything", "Name the hosts: https://api.example.com/*; https://* is every public host."
        )
    if set(text) & set("^\\|{}"):
        wrong(
            text,
            "is not a wildcard pattern",
            "Wildcards are * and **; a regular expression stands between slashes: /https://…/",
        )
    if "#" in text:
        wrong(text, "has a fragment, which no request has", "Remove what follows the #.")
    match = _PATTERN.fullmatch(text)
    if match is None:
        wrong(text, "does not start with a scheme", f"Write https://{text.lstrip('/:')[:60]}")
    return match


def _normalise_host_pattern(text: str, host: str) -> str:
    check_length(host)
    if "*" not in host:
        return normalise_host(host)
    host = _STARS.sub("*", host.removesuffix("."))
    if host == "*":
        return host
    if host.endswith("*"):
        wrong(
            text,
            "ends its host in a wildcard, which covers hosts of anybody",
            f"Write https://{host.rstrip('*.-')}/* for one host, https://*.example.com/* for those below a domain.",
        )
    result = ".".join(
        label if "*" in label or label.isascii() else to_ascii(label) for label in host.lower().split(".")
    )
    labels = result.split(".")
    if len(result) > MAX_HOST_CHARACTERS or max(map(len, labels)) > MAX_LABEL_CHARACTERS:
        raise ValueError("the host, or a part between its dots, is too long")
    if not all(_HOST_PIECE.fullmatch(piece) for piece in result.split("*")) or "" in labels:
        raise ValueError("the host has characters that no host name has")
    return result
