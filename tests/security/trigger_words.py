"""What a trigger says: a request, an event or an operation, how often, and where a request goes in."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from scopebox.manifest.naming import _PATHS_OF_DIRECTUS

from tests.security.corpus import CorpusError

BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # methods whose requests have no body that is not JSON
TOGETHER: Final = r"at once|at the same time|in parallel|concurrently"
_TIMES: Final = rf" (?:[x\u00d7] ?(?P<times>\d+)|(?P<so_often>\d+) times)(?: (?P<together>{TOGETHER}))?"
_PLACE: Final = r" (?P<place>over box\.serve(?:, unread)?|in the panel's Try a request)"
_NAME: Final = r"[!#$%&'*+.^_`|~\w-]+"
_REQUEST: Final = re.compile(r"(?P<method>[A-Z]+) (?P<path>/\S*)(?P<rest>.*)", re.DOTALL)
_TAIL: Final = rf"(?:{_TIMES}|{_PLACE})*(?: with (?P<headers>(?:{_NAME}: ?|(?:Cookie|Authorization) ).*))?"
_AFTER_PATH: Final = re.compile(rf"(?: (?P<body>.+?))??{_TAIL}", re.DOTALL)
_AFTER_BODY: Final = re.compile(_TAIL, re.DOTALL)
_NEXT_HEADER: Final = re.compile(rf",? and (?={_NAME}: )|, (?={_NAME}: )")
_BARE_HEADER: Final = re.compile(r"(Cookie|Authorization) (.+?)(?=,? and |, |$)")
_EVENT: Final = re.compile(
    rf"(?P<verb>create|read|update|delete) (?P<collection>\w+)(?: (?P<data>[\[{{].*?))?(?:{_TIMES}| as (?P<role>\w+))*",
    re.DOTALL,
)
_PAIR: Final = re.compile(rf"run (\S+) and (\S+) (?:{TOGETHER})")
_OPERATION: Final = re.compile(rf"run (?P<name>[^\s{{\[]+)(?: (?P<data>.+?))??(?:{_TIMES})?", re.DOTALL)
_FILLED: Final[Mapping[str, Mapping[str, object]]] = {  # what is written where a trigger does not say it
    "articles": {"title": "triggered"},
    "users": {"email": "triggered-{}@example.com"},  # no two users have the same
    "secrets": {"value": "triggered"},
    "big": {"n": 1},
}


@dataclass(frozen=True)
class Sending:
    """A request of a trigger; ``place`` is where it goes in: nothing for the application itself."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    times: int = 1
    together: bool = False
    place: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happens to a collection; ``data`` is what is written, None for what the collection takes."""

    verb: str
    collection: str
    role: str = "admin"
    data: object = None
    times: int = 1
    together: bool = False

    def payload(self, number: int) -> object:
        """Return what is written the ``number``-th time."""
        if self.data is not None:
            return self.data
        usual = _FILLED.get(self.collection, {})
        return {name: value.format(number) if isinstance(value, str) else value for name, value in usual.items()}


@dataclass(frozen=True)
class Operations:
    """Operations that are run, each with the same data."""

    names: tuple[str, ...]
    data: object = None
    times: int = 1
    together: bool = False


Action = Sending | Event | Operations


@dataclass(frozen=True)
class Paths:
    """Where the path of a trigger begins: below the attack's own name, unless it says another extension's or one of Directus."""

    own: str
    others: Container[str] = ()
    code: str = ""
    root: bool = False  # whether the path / is that of the application

    def absolute(self, path: str) -> str:
        """Return the path as the application sees it."""
        first = re.split(r"[/?#]", path[1:], maxsplit=1)[0]
        known = first == self.own or first in self.others or (not first and self.root)
        directus = first in _PATHS_OF_DIRECTUS and not re.search(rf"['\"`]/{first}\b", self.code)
        return path if known or directus else f"/{self.own}{path}"


def read(text: str, paths: Paths) -> Action | None:
    """Return what ``text`` says to do, None if nobody knows it; CorpusError for headers or data that cannot be told apart."""
    if match := _REQUEST.fullmatch(text):
        return _sending(match, paths)
    if match := _PAIR.fullmatch(text):
        return Operations((match[1], match[2]), together=True)
    if match := _OPERATION.fullmatch(text):
        return Operations((match["name"],), _data(match["data"]), *_often(match))
    if match := _EVENT.fullmatch(text):
        data = _json(match["data"]) if match["data"] else None
        return Event(match["verb"], match["collection"], match["role"] or "admin", data, *_often(match))
    return None


def evaluated(value: object, paths: Paths) -> Action | None:
    """Return what the value of an expression says to do: text, or a tuple of method, path, headers and body."""
    if isinstance(value, str):
        return read(value, paths)
    if not isinstance(value, tuple | list) or not 2 <= len(value) <= 4:
        return None
    method, path, headers, body = (*value, None, None)[:4]
    fields = {str(name): str(content) for name, content in dict(headers or {}).items()}
    if isinstance(body, str):
        body = body.encode()
    elif isinstance(body, list | dict):
        body = json.dumps(body).encode()
        fields.setdefault("Content-Type", "application/json")
    return Sending(str(method), paths.absolute(str(path)), fields, body or b"")


def _sending(match: re.Match[str], paths: Paths) -> Sending | None:
    found = _after_path(match["method"], match["rest"])
    if found is None:
        return None
    body, tail = found
    headers = _headers(tail["headers"] or "")
    if body:
        kind = "application/json" if body[0] in '[{"' else "text/plain"
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
    times, together = _often(tail)
    return Sending(
        match["method"], paths.absolute(match["path"]), headers, body.encode(), times, together, tail["place"] or ""
    )


def _after_path(method: str, rest: str) -> tuple[str, re.Match[str]] | None:
    """Return the body of a request, and what is said after it: JSON as far as it goes, any other text as short as may be."""
    if rest[:2] in (" [", " {", ' "'):
        try:
            _, end = json.JSONDecoder().raw_decode(rest, 1)
        except (ValueError, RecursionError):
            pass
        else:
            if tail := _AFTER_BODY.fullmatch(rest, end):
                return rest[1:end], tail
    tail = _AFTER_PATH.fullmatch(rest)
    if tail is None:
        return None
    body = tail["body"] or ""
    return None if body and method in BODILESS and body[0] not in '[{"' else (body, tail)


def _headers(text: str) -> dict[str, str]:
    if bare := _BARE_HEADER.match(text):
        rest = text[bare.end() :]
        return {bare[1]: bare[2], **dict(_BARE_HEADER.findall(rest))}
    found = {}
    for word in _NEXT_HEADER.split(text) if text else ():
        name, _, value = word.partition(":")
        found[name] = value.strip()
    return found


def _often(match: re.Match[str]) -> tuple[int, bool]:
    return int(match["times"] or match["so_often"] or 1), bool(match["together"])


def _data(text: str | None) -> object:
    """Return the data of an operation: JSON, or a text where it is none and does not begin like any."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        if text[0] in '[{"' or text.startswith(("as ", "with ", "and ")) or "then " in text:
            raise CorpusError(f"the data {text[:80]!r} of an operation are no JSON") from None
        return text


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise CorpusError(f"what is written, {text[:80]!r}, is no JSON") from None
