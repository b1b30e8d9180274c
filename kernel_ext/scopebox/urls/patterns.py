"""URL patterns of manifests: wildcards and regular expressions, matched part by part.

``*`` and ``**`` match any characters within one part, slashes and host labels included. ``https://*`` is every public host on
the default port, any path and query. A ``*`` at the end of the path covers the query too, otherwise the query matches
literally. A pattern without a port means the default port. ``/…/`` is a regular expression that has to match all of the URL;
what stands before the first slash of its path is matched with scheme, host and port alone.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NoReturn

from scopebox.errors import ManifestError
from scopebox.text.messages import quote
from scopebox.urls.hosts import normalise_host
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

MAX_LENGTH: Final = 2048
_PATTERN: Final = re.compile(r"([A-Za-z*]+)://([^/?]*)([^?]*)(?:\?(.*))?")
_STARS: Final = re.compile(r"\*+")
_HOST_PIECE: Final = re.compile(r"[a-z0-9_.-]*")
_SLASHES_OF_ORIGIN: Final = 2
_REPEATED: Final = re.compile(r"([0-9]{1,4})(?:,([0-9]{0,4}))?")
_SIZE_OF_FOREIGN: Final = 8
_SIZE_OF_PROPERTY: Final = 400
_VISIBLE: Final = "[ -~]"
MAX_STEPS: Final = 60_000  # of all regular expressions of one entry, compiled
STEPS_AT_ONCE: Final = 80_000_000  # compiled steps times characters of a URL that are matched in one piece of work
_COMPILED_LIKE: Final = 1_000  # characters that matching takes as long for as compiling
_ESCAPED: Final = re.compile(r"\\[pP]\{\^?[A-Za-z_]{1,40}\}|\\[pP].|\\x\{[0-9A-Fa-f]{1,8}\}|\\.|.", re.DOTALL)


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

    steps: int

    @staticmethod
    def parse(text: str, re2: Re2 | None = None, *, compiled: bool = False) -> UrlPattern:
        """Return the pattern that ``text`` is; :class:`ManifestError` says what is wrong with it.

        ``re2`` runs it if it is a regular expression; many patterns can share one. That it compiles is not tried again if it is
        known to.
        """
        if len(text) > MAX_LENGTH:
            _wrong(text, f"has {len(text)} characters, {MAX_LENGTH} are the limit", "Use wildcards.")
        if len(text) > 1 and text.startswith("/") and text.endswith("/"):
            return RegexPattern.read(text, Re2() if re2 is None else re2, compiled=compiled)
        return WildcardPattern.read(text)

    @abstractmethod
    def matches(self, url: ParsedUrl) -> bool:
        """Whether the pattern allows ``url``."""

    @abstractmethod
    def names_host(self) -> bool:
        """Whether host and port are written out, which private addresses and secrets need."""


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
            _wrong(text, f"has the scheme {match[1][:20]}", "Requests go to https or http.")
        try:
            host, port = split_authority(match[2])
            path = normalise_path(match[3])
            any_port = port is not None and set(port) == {"*"}
            number = None if any_port or port is None else parse_port(port)
            host = _normalise_host_pattern(text, host)
        except ValueError as error:
            _wrong(text, f"is no URL pattern: {error}", "Such as https://api.example.com/*")
        if path != normalise_part(match[3] or "/", ""):
            _wrong(text, "has dot segments in its path", "Write the path plainly.")
        if not match[3] and match[4] is None and host == "*":
            path = "/*"
        covers_query = match[4] is None and path.endswith("*")
        query = None if covers_query else Glob(normalise_part(match[4] or "", "?"))
        return cls(text, scheme, Glob(host), number, port is None, Glob(path), query)

    def matches(self, url: ParsedUrl) -> bool:
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


@dataclass(frozen=True, slots=True)
class RegexPattern(UrlPattern):
    """A regular expression, in two: one for the origin, one for path and query."""

    text: str
    origin: str
    target: str
    re2: Re2
    steps: int

    @classmethod
    def read(cls, text: str, re2: Re2, *, compiled: bool = False) -> RegexPattern:
        """Return the pattern that ``text``, slashes around it included, is."""
        if not text.isprintable():
            _wrong(text, "has characters that cannot be seen", r"Write them as escapes, such as \x{200b}.")
        origin, target = _split_regex(text)
        steps = _steps(origin) + _steps(target)
        if steps > MAX_STEPS:
            problem = f"does not parse: it is too large ({steps:,} steps, {MAX_STEPS:,} are the limit)"
            _wrong(text, problem, "Repeat less in it, or use wildcards.")
        pattern = cls(text, _plain_dots(origin), _plain_dots(target), re2, steps)
        if not compiled:
            re2.which([pattern.origin, pattern.target], "")  # raises where they do not parse
        return pattern

    def matches(self, url: ParsedUrl) -> bool:
        """Whether both expressions match all of their part of the URL."""
        return any_matches([self], url, self.re2)

    def names_host(self) -> bool:
        """Never: an expression may match more than it shows."""
        return False


def in_groups(patterns: Iterable[RegexPattern], url: ParsedUrl) -> Iterator[Sequence[RegexPattern]]:
    """Give ``patterns`` in groups of which each takes little time for ``url``, whatever the patterns are."""
    characters = len(str(url)) + _COMPILED_LIKE
    group: list[RegexPattern] = []
    for pattern in patterns:
        if group and characters * (pattern.steps + sum(other.steps for other in group)) > STEPS_AT_ONCE:
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
        _wrong(text, "is empty and would allow nothing", "Remove it, or write https://api.example.com/*")
    try:
        check_characters(text.replace("\\", "/"), "the pattern")
    except ValueError as error:
        _wrong(text, f"is no URL pattern: {error}", "Such as https://api.example.com/*")
    if set(text) == {"*"}:
        _wrong(
            text, "would allow everything", "Name the hosts: https://api.example.com/*; https://* is every public host."
        )
    if set(text) & set("^\\|{}"):
        _wrong(
            text,
            "is no wildcard pattern",
            "Wildcards are * and **; a regular expression stands between slashes: /https://…/",
        )
    if "#" in text:
        _wrong(text, "has a fragment, which no request has", "Remove what follows the #.")
    match = _PATTERN.fullmatch(text)
    if match is None:
        _wrong(text, "does not start with a scheme", f"Write https://{text.lstrip('/:')[:60]}")
    return match


def _normalise_host_pattern(text: str, host: str) -> str:
    if "*" not in host:
        return normalise_host(host)
    host = _STARS.sub("*", host.removesuffix("."))
    if host == "*":
        return host
    if host.endswith("*"):
        _wrong(
            text,
            "ends its host in a wildcard, which covers hosts of anybody",
            f"Write https://{host.rstrip('*.-')}/* for one host, https://*.example.com/* for those below a domain.",
        )
    labels = [label if "*" in label or label.isascii() else normalise_host(label) for label in host.lower().split(".")]
    result = ".".join(labels)
    if not all(_HOST_PIECE.fullmatch(piece) for piece in result.split("*")) or "" in labels:
        raise ValueError("the host has characters that no host name has")
    return result


def _split_regex(text: str) -> tuple[list[str], list[str]]:
    """Split an expression at the first slash of the path, so that no part of it can match across the host."""
    if "(?" in text.replace("(?:", ""):
        _wrong(text, "uses (?…), which could reach across its parts", "Only (?:…) is allowed.")
    pieces = _pieces(text[1:-1])
    depth, slashes = 0, []
    for index, piece in enumerate(pieces):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            _wrong(
                text, "has a | outside of parentheses", "Put the alternatives into (?:…|…), or make them two patterns."
            )
        if piece in {"/", r"\/"}:
            slashes.append(index)
            if depth and len(slashes) <= _SLASHES_OF_ORIGIN + 1:
                _wrong(
                    text,
                    "has a slash in parentheses",
                    "Write scheme, host and the first slash of the path outside of them.",
                )
    if len(slashes) <= _SLASHES_OF_ORIGIN:
        _wrong(
            text,
            "has no host and path to match",
            r"Write the URL up to the first slash of its path: /https://api\.example\.com/.*/",
        )
    path = slashes[_SLASHES_OF_ORIGIN]
    return pieces[:path], pieces[path:]


def _pieces(expression: str) -> list[str]:
    """Return the pieces of an expression: escaped characters, classes, single characters."""
    pieces: list[str] = []
    inside: list[str] = []
    for piece in _ESCAPED.findall(expression):
        if not inside and piece != "[":
            pieces.append(piece)
            continue
        inside.append(piece)
        if piece == "]" and len(inside) > 1 + ("^" in inside[1:2]) + 1:  # a ] that comes first is one of the class
            pieces.append("".join(inside))
            inside.clear()
    return pieces + inside


def _steps(pieces: Sequence[str]) -> int:
    """Return about how large the compiled expression is: the size of its pieces, as often as they are repeated."""
    outer: list[int] = []
    total = last = 0
    rest = iter(pieces)
    for piece in rest:
        match piece:
            case "(":
                outer.append(total)
                total = last = 0
            case ")":
                last = total
                total += outer.pop() if outer else 0
            case "{":
                times = _REPEATED.fullmatch("".join(takewhile(lambda sign: sign != "}", rest)))
                most = max(int(times[1]), int(times[2] or 0)) if times else 1
                total += last * max(0, most - 1)
                last *= max(1, most)
            case _:
                last = _size(piece)
                total += last
    return total + sum(outer)


def _size(piece: str) -> int:
    """Return how many ranges of bytes a piece compiles to: what stands for characters beyond ASCII takes many."""
    properties = piece.count("\\p") + piece.count("\\P")
    if properties:
        return properties * _SIZE_OF_PROPERTY
    foreign = piece.startswith("[^") or piece in {"\\D", "\\S", "\\W"} or "\\x{" in piece or "[:^" in piece
    return _SIZE_OF_FOREIGN if foreign or (len(piece) > 1 and not piece.isascii()) else 1


def _plain_dots(pieces: Sequence[str]) -> str:
    """Return the expression with ``.`` as what it can be in a normalised URL: visible ASCII, which compiles to far less."""
    quoted = False
    written = []
    for piece in pieces:
        quoted = piece == r"\Q" or (quoted and piece != r"\E")
        written.append(_VISIBLE if piece == "." and not quoted else piece)
    return "".join(written)


def _wrong(text: str, problem: str, hint: str) -> NoReturn:
    raise ManifestError(f"{quote(text)} {problem}", hint=hint)
