"""URLs in one form.

A URL is parsed once, into one normalised form; checks, connections and redirects all use that form and never the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scopebox.urls.hosts import normalise_host

PORTS: Final = {"http": 80, "https": 443}
MAX_URL_CHARACTERS: Final = 8192
_MAX_PORT: Final = 65535
_PORT_DIGITS: Final = 5

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_PIECE: Final = re.compile(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9._~!$&'()*+,;=:@/-]+|[^\x00-\x7f]+|.", re.DOTALL)
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT: Final = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_HIDDEN_SLASH: Final = re.compile(r"/|%2F|%5C")
_DOTS: Final = re.compile(r"\.\.?(?:;.*)?")
_ESCAPES: Final = tuple(f"%{byte:02X}" for byte in range(256))


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """A URL in its one form. ``host`` is lower-case ASCII (IPv6 in brackets), ``port`` always a number.

    ``path`` starts with a slash and has no dot segments; ``query`` is empty where there is none.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def authority(self) -> str:
        """The host, with the port unless it is the default of the scheme: the value of a Host header."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{self.scheme}://{self.authority}"

    @property
    def target(self) -> str:
        """Path and query: what stands in a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def parse_url(text: str) -> ParsedUrl:
    """Return ``text`` normalised; ValueError says why it is refused.

    Refused are schemes other than http and https, user information, white space, control characters, backslashes, and dot
    segments behind an encoded slash, which servers read differently. A fragment is dropped.
    """
    check_characters(text, "the URL")
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("the URL has to be absolute, such as https://api.example.com/v1")
    scheme, authority, path, query = match[1].lower(), match[2], match[3], match[4] or ""
    if scheme not in PORTS:
        raise ValueError(f"the scheme has to be https or http, not {scheme[:20]}")
    host, port = split_authority(authority)
    number = PORTS[scheme] if port is None else parse_port(port)
    return ParsedUrl(scheme, normalise_host(host), number, normalise_path(path), normalise_part(query, "?"))


def check_characters(text: str, what: str) -> None:
    """Raise ValueError if ``text`` is too long or has characters that no URL has."""
    if len(text) > MAX_URL_CHARACTERS:
        raise ValueError(f"{what} has {len(text)} characters, {MAX_URL_CHARACTERS} are the limit")
    if text.isprintable() and not {" ", "\\"} & set(text):
        return
    for character in text:
        if character == "\\" or character.isspace() or not (character.isprintable() or character.isalnum()):
            raise ValueError(f"{what} has the character {character!a}: percent-encode it")


def split_authority(authority: str) -> tuple[str, str | None]:
    """Return host and port text (None where there is none); ValueError for user information."""
    if "@" in authority:
        raise ValueError("the URL has user information before an @: send it in a header")
    bracket = authority.rfind("]")
    colon = authority.find(":", bracket + 1)
    if bracket >= 0 and authority[bracket + 1 : bracket + 2] not in {"", ":"}:
        raise ValueError("the host is not a valid IPv6 address")
    return (authority, None) if colon < 0 else (authority[:colon], authority[colon + 1 :])


def parse_port(text: str) -> int:
    """Return the port number that ``text`` is, 1 to 65535."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _PORT_DIGITS and 1 <= int(text) <= _MAX_PORT):
        raise ValueError(f"the port has to be a number from 1 to {_MAX_PORT}, not {text[:20]!a}")
    return int(text)


def normalise_path(path: str) -> str:
    """Return ``path`` with one spelling for each character and without dot segments; ValueError if it hides some."""
    segments: list[str] = []
    parts = normalise_part(path, "").removeprefix("/").split("/")
    for index, part in enumerate(parts):
        if part == "..":
            del segments[-1:]
        if part not in {".", ".."}:
            segments.append(part)
        elif index == len(parts) - 1:
            segments.append("")
    result = "/" + "/".join(segments)
    if any(_DOTS.fullmatch(segment) for segment in _HIDDEN_SLASH.split(result)):
        raise ValueError("the path hides dot segments, which servers read differently: write it plainly")
    return result


def normalise_part(text: str, extra: str) -> str:
    """Return ``text`` percent-encoded in one way: unreserved characters plain, all others but delimiters in upper-case hex."""
    pieces = []
    for piece in _PIECE.findall(text):
        if piece[0] == "%" and piece != "%":
            plain = chr(int(piece[1:], 16))
            pieces.append(plain if plain in _UNRESERVED else piece.upper())
        elif piece[0] in _KEPT or piece in extra:
            pieces.append(piece)
        else:
            pieces.append("".join(map(_ESCAPES.__getitem__, piece.encode())))
    return "".join(pieces)
