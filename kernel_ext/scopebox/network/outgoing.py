"""Outgoing requests: the arguments of ``request`` read strictly, before anything is sent.

Types and texts are those of Directus (a Directus 11 answers ``Request url has to be of type string`` and so on).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import urljoin

import msgspec

from scopebox.errors import ExtensionError
from scopebox.grants.refusal import RefusalError
from scopebox.network.secrets import refers
from scopebox.text.messages import quote, remedy
from scopebox.urls.url import MAX_URL_CHARACTERS, ParsedUrl, check_characters, parse_url
from scopebox.vocabulary import Style

if TYPE_CHECKING:
    from scopebox.network.redaction import Redaction

Output = Literal["text", "json", "response"]

MAX_HEADERS: Final = 64
MAX_HEADER_BYTES: Final = 16 * 1024  # names and values together
MAX_NAME_CHARACTERS: Final = 256  # of the name of one

_OPTIONS: Final = {"exec": ("method", "body", "headers", "output"), "api": ("method", "body", "headers")}
_TOKEN: Final = re.compile(rf"[A-Za-z0-9!#$%&'*+.^_`|~-]{{1,{MAX_NAME_CHARACTERS}}}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")

# What belongs to the connection and not to the request, or would say one method and mean another.
_REFUSED: Final = frozenset({
    "accept-encoding", "alt-used", "connection", "content-encoding", "content-length", "expect", "host", "http2-settings",
    "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "x-http-method", "x-http-method-override",
    "x-method-override",
})  # fmt: skip
_REFUSED_PREFIXES: Final = ("proxy-", ":")

# What goes along when a redirect leads to another origin: nothing that could tell who asks.
_KEPT_ACROSS_ORIGINS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})
_TO_GET: Final = {303: ("POST", "PUT", "PATCH", "DELETE"), 301: ("POST",), 302: ("POST",)}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request before it is sent. Headers have lower-case names, and references in place of secrets."""

    method: str
    url: ParsedUrl
    headers: Mapping[str, str]
    body: bytes | None = None


class Wanted(NamedTuple):
    """A request and the shape of its result: text, parsed JSON, or the response object of ``directus:api``."""

    outgoing: Outgoing
    output: Output


def read(url: object, options: object, style: Style) -> Wanted:
    """Return the request that the arguments of a call stand for; ``options`` is UNSET where it was left out.

    TypeError in Directus's words for a wrong type, ValueError for what no request can have, RefusalError for a text that is not a URL.
    """
    if not isinstance(url, str):
        raise TypeError("Request url has to be of type string")
    given = _read_options(options, style)
    method = given.get("method", "GET")
    if not isinstance(method, str):
        raise TypeError("Request method has to be of type string")
    body, content_type = _read_body(given)
    headers = _read_headers(given.get("headers", {}))
    if content_type:
        headers.setdefault("content-type", content_type)
    output: Output = "response" if style == "api" else _read_output(given.get("output", "text"))
    if refers(url[:MAX_URL_CHARACTERS]):
        raise ValueError("A secret can stand in the value of a header only, not in the url")
    try:
        parsed = parse_url(url)
    except ValueError as error:
        text = str(error)
        raise RefusalError(refused_url(url), "url", hint=f"{text[:1].upper()}{text[1:]}.") from None
    return Wanted(Outgoing(method, parsed, headers, body), output)


def refused_url(url: str) -> str:
    """Return Directus's words for a URL that is not allowed."""
    return f'No permission to request "{url[:2000].encode("utf-8", "backslashreplace").decode()}"'


def _read_options(options: object, style: Style) -> Mapping[str, object]:
    if options is msgspec.UNSET:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError("Request options has to be of type object")
    known = _OPTIONS[style]
    for key in options:
        if key not in known:
            raise ValueError(f"Request has no option {quote(key)}; {remedy(str(key), known)}")
    return options


def _read_body(given: Mapping[str, object]) -> tuple[bytes | None, str]:
    """Return the body and the content type that goes with it unless a header says another, as Directus's client sends it."""
    body = given.get("body", msgspec.UNSET)
    match body:
        case msgspec.UNSET:
            return None, ""
        case str():
            encoded, content_type = body.encode(), "application/x-www-form-urlencoded"
        case Mapping() | list():
            encoded, content_type = msgspec.json.encode(body), "application/json"
        case _:
            raise TypeError("Request body has to be of type string or object")
    if refers(encoded):
        raise ValueError("A secret can stand in the value of a header only, not in the body")
    return encoded, content_type


def _read_output(output: object) -> Output:
    if not isinstance(output, str):
        raise TypeError("Request output has to be of type string")
    if output not in {"text", "json"}:
        raise ValueError(f'Request output has to be "text" or "json", not {quote(output)}')
    return "json" if output == "json" else "text"


def _read_headers(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise TypeError("Request headers has to be of type object")
    if len(given) > MAX_HEADERS:
        raise ValueError(f"Request has {len(given)} headers, {MAX_HEADERS} are the limit")
    headers: dict[str, str] = {}
    size = 0
    for name, value in given.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ValueError(f"Request header {quote(name)} is not a valid header name")
        if not isinstance(value, str):
            raise TypeError(f"Request header {quote(name)} has to be of type string")
        size += len(name) + len(value)
        if size > MAX_HEADER_BYTES:
            raise ValueError(f"Request headers are larger than {MAX_HEADER_BYTES} bytes")
        lower = name.lower()
        if lower in _REFUSED or lower.startswith(_REFUSED_PREFIXES):
            raise ValueError(f"Request header {quote(name)} is set by the sandbox alone: remove it")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"Request header {quote(name)} has characters that no header can have")
        if lower in headers:
            raise ValueError(f"Request header {quote(name)} is there twice")
        headers[lower] = value.strip()
    return headers


def redirected(outgoing: Outgoing, status: int, location: str, redaction: Redaction) -> Outgoing:
    """Return the request that a redirect asks for; ExtensionError if it leads to what is no URL of a request.

    The method changes as in browsers. Another origin gets none of the headers that could tell who asks. What the error shows of
    ``location`` went through ``redaction`` as a whole: of a secret that was cut, a part would stay.
    """
    try:
        url = _target(outgoing.url, location)
    except ValueError:
        reason = _reason(outgoing.url, location if len(location) > MAX_URL_CHARACTERS else redaction.text(location))
        raise ExtensionError(
            f"Request was redirected to an address that is refused: {reason}", kind="RuntimeError"
        ) from None
    headers = dict(outgoing.headers)
    if url.origin != outgoing.url.origin:
        headers = {name: value for name, value in headers.items() if name in _KEPT_ACROSS_ORIGINS and not refers(value)}
    if outgoing.method in _TO_GET.get(status, ()):
        headers.pop("content-type", None)
        return Outgoing("GET", url, headers)
    return replace(outgoing, url=url, headers=headers)


def _target(url: ParsedUrl, location: str) -> ParsedUrl:
    """Return where ``location`` leads from ``url``; ValueError if that is no URL of a request."""
    check_characters(location, "the address")
    return parse_url(urljoin(str(url), location))


def _reason(url: ParsedUrl, location: str) -> str:
    """Return why a ``location`` is refused; without the secrets that it had there may be nothing wrong with it."""
    try:
        _target(url, location)
    except ValueError as error:
        return str(error)
    return "it is not a valid URL"
