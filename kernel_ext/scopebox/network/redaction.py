"""Redaction: the secrets that a request carried, taken out of its answer in the spellings that servers usually give them.

Plain and in any case, percent-encoded, escaped for JSON and HTML (each once or twice), in hexadecimal, in base64 wherever it
begins, and in two bytes a character. A text is read in pieces, in time that grows with it and with the number of secrets alone,
however often they are found; what is kept meanwhile is what the longest spelling takes, as it stands in that text. It is a help
against servers that echo, no wall: whoever was sent a secret can spell it in ways that nobody lists.
"""

from __future__ import annotations

import base64
import re
from array import array
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MIN_SECRET_CHARACTERS: Final = 4  # characters; a shorter text would be found anywhere
PIECE_BYTES: Final = 8 * 1024  # of a text, in a step: it may be secrets from end to end

_ESCAPED_TIMES: Final = 2
_ESCAPE_SIGNS: Final = (b"%", b"\\", b"&")
_DIGITS: Final = 7  # of a character's number, which may be padded with zeros
_ESCAPE_BYTES: Final = len(b"&#;") + _DIGITS  # the longest
_CODE: Final = rb"(?:00|[2-7][0-9a-f])"  # visible ASCII, and what stands between it where characters have two bytes
_ESCAPE: Final = re.compile(
    rb"""(%%%b|\\(?:u00%b|x%b|["'/\\])"""
    rb"""|&(?:amp|lt|gt|quot|apos|\#[0-9]{1,%d}|\#x[0-9a-f]{1,%d});)""" % (_CODE, _CODE, _CODE, _DIGITS, _DIGITS - 1)
)
_BEGUN: Final = re.compile(rb"[%\\&][^%\\&]{0,16}\Z")  # an escape, for all that is known
_NAMED: Final = {b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'"}
_READ: Final = frozenset({0, *range(0x20, 0x7F)})  # the codes of those
_BASE64: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789+/-_")  # in lower case, as everything that is searched
_PADDING: Final = ord("=")
_BESIDE: Final = 3  # bytes behind a hit that go with it: a neighbour in base64, and padding


class _Needle(NamedTuple):
    """One spelling of a secret, in lower case. ``before`` and ``after``: the neighbours in base64 hold bits of it, too."""

    text: bytes
    name: str
    before: bool = False
    after: bool = False


class _Hit(NamedTuple):
    """Where secrets stand that touch one another, with the ``size`` and the ``name`` of the longest."""

    start: int
    end: int
    size: int
    name: str


class Redaction:
    """Takes the secrets ``values`` (name to value) out of texts, and puts their references in place. Without any it does nothing."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.needles = _apart(needle for name, value in (values or {}).items() for needle in _needles(name, value))

    def __bool__(self) -> bool:
        return bool(self.needles)

    def __or__(self, other: Redaction) -> Redaction:
        both = Redaction()
        both.needles = _apart((*self.needles, *other.needles))  # two of one name, where it was set anew meanwhile
        return both

    def text(self, text: str) -> str:
        """Return ``text`` without the secrets; a long one takes long, and is better given to a Redactor bit by bit."""
        if not self:
            return text
        redactor, data = Redactor(self), text.encode("utf-8", "surrogatepass")
        pieces = [redactor.feed(data[start : start + PIECE_BYTES]) for start in range(0, len(data), PIECE_BYTES)]
        return b"".join([*pieces, redactor.feed(b"", last=True)]).decode("utf-8", "surrogatepass")


class Redactor:
    """Redacts a long text that comes in pieces of UTF-8, best of PIECE_BYTES."""

    def __init__(self, redaction: Redaction) -> None:
        self._readings: list[_Reading] = []
        for _ in range(1 + _ESCAPED_TIMES if redaction else 0):
            self._readings.append(_Reading(redaction.needles, self._readings[-1] if self._readings else None))
        self._text = bytearray()  # that is not settled
        self._at = 0  # where it begins in the whole text
        self._hits: list[_Hit] = []  # that may still grow

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take the next piece, and return what is done with; the end of it is kept until more is known, or it is the ``last``."""
        if not self._readings:
            return data
        self._text += data
        hits, read = self._hits, data.lower()
        for reading in self._readings:
            read, found = reading.feed(read, last=last)
            hits += found
        settled = self._readings[-1].at
        for reading in reversed(self._readings):
            settled = reading.settled(settled)
        return self._cut(_joined(hits), self._at + len(self._text) if last else settled)

    def _cut(self, hits: list[_Hit], settled: int) -> bytes:
        """Return the text up to ``settled`` without ``hits``; of one that may grow, what stands before it."""
        done = [hit for hit in hits if hit.end <= settled]
        self._hits = hits[len(done) :]
        pieces: list[bytes] = []
        place = 0
        for hit in done:
            pieces += [bytes(self._text[place : max(0, hit.start - self._at)]), b"{{secret.%s}}" % hit.name.encode()]
            place = hit.end - self._at
        end = min([settled, *(hit.start for hit in self._hits[:1])]) - self._at
        pieces.append(bytes(self._text[place : max(0, end)]))
        del self._text[: settled - self._at]
        self._at = settled
        return b"".join(pieces)


class _Reading:
    """A reading of the text, in lower case: as it is, or as the one ``before`` it with its escapes resolved."""

    def __init__(self, needles: tuple[_Needle, ...], before: _Reading | None = None) -> None:
        self._needles = needles
        self._before = before
        self._escapes = _Escapes()
        self._kept = max(len(needle.text) for needle in needles) + _BESIDE
        self._text = b""
        self.at = 0  # where that begins in the whole reading
        self._next = 0  # where the next hit may begin in it

    def feed(self, data: bytes, *, last: bool) -> tuple[bytes, list[_Hit]]:
        """Take the next piece; return what is read of it, and the secrets that are whole by now, at their places in the text."""
        if self._before is not None:
            data = self._escapes.resolved(data, last=last)
        self._text += data
        end = self.at + len(self._text)
        until = end if last else max(self._next, end - self._kept)
        found: list[_Hit] = []
        if self._before is None or self._escapes.end > self.at:  # else it reads as the one before
            found = [hit._replace(start=self.origin(hit.start), end=self.origin(hit.end)) for hit in self._hits(until)]
        begin = max(self.at, until - 1)  # a neighbour in base64 stands before a hit
        self._text = self._text[begin - self.at :]
        self.at, self._next = begin, until
        return data, found

    def settled(self, place: int) -> int:
        """Return where in the reading before this no hit begins any more, if none does before ``place`` in those behind it."""
        place = min(place, self.at)
        back = self._escapes.back(place)
        self._escapes.forget(place)
        return back

    def origin(self, place: int) -> int:
        """Return where in the text that stands which begins or ends here at ``place``."""
        return place if self._before is None else self._before.origin(self._escapes.back(place))

    def _hits(self, until: int) -> list[_Hit]:
        """Return the hits that begin before ``until``, those that overlap made one."""
        at, text = self.at, self._text
        found: list[tuple[int, int, int, str]] = []
        for needle in self._needles:
            size, name, beside = len(needle.text), needle.name, needle.before or needle.after
            for start, end in _places(text, needle.text, self._next - at, until - at):
                first, last = _widened(text, start, end, needle) if beside else (start, end)
                found.append((at + first, at + last, size, name))
        return _joined(found)


class _Escapes:
    """Resolves the escapes of a text in lower case that comes in pieces, and knows the way back."""

    def __init__(self) -> None:
        self._rest = b""  # the beginning of an escape, for all that is known
        self._taken = self._given = 0  # bytes
        # Where escapes end when they are resolved, and how much further on that was before: for what is not forgotten.
        self._ends, self._shifts = array("q", [0]), array("q", [0])

    @property
    def end(self) -> int:
        """Where the last escape ends when it is resolved."""
        return self._ends[-1]

    def resolved(self, data: bytes, *, last: bool) -> bytes:
        """Take the next piece, and return what it reads; an escape that may go on is kept, unless it is the ``last`` piece."""
        data = self._rest + data
        pieces = [data]  # every second one is an escape
        if any(sign in data for sign in _ESCAPE_SIGNS):
            pieces = _ESCAPE.split(data)
        begun = None if last else _BEGUN.search(pieces[-1][1 - _ESCAPE_BYTES :])
        self._rest = begun[0] if begun else b""
        pieces[-1] = pieces[-1][: len(pieces[-1]) - len(self._rest)]
        plain = pieces.copy()
        plain[1::2] = map(_plain, pieces[1::2])
        taken = list(accumulate(map(len, pieces), initial=self._taken))
        given = list(accumulate(map(len, plain), initial=self._given))
        self._taken, self._given = taken[-1], given[-1]
        self._ends.extend(given[2::2])
        self._shifts.extend(map(sub, taken[2::2], given[2::2]))
        return b"".join(plain)

    def back(self, place: int) -> int:
        """Return where that stood before which is at ``place`` when it is resolved: between two characters, so in no escape."""
        return place + self._shifts[bisect_right(self._ends, place) - 1]

    def forget(self, place: int) -> None:
        """Forget the way back from what stands before ``place``."""
        passed = bisect_right(self._ends, place) - 1
        del self._ends[:passed], self._shifts[:passed]


def _places(text: bytes, needle: bytes, start: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield where ``needle`` stands in ``text``, if it begins from ``start`` to ``until``; those that overlap as one.

    Of those that overlap one, the last is looked for: there may be one at each character.
    """
    size = len(needle)
    start = text.find(needle, start, until + size - 1)
    while start >= 0:
        begun, end = start, start + size
        while (begun := text.rfind(needle, begun + 1, min(end, until) + size - 1)) >= 0:
            end = begun + size
        yield start, end
        start = text.find(needle, end, until + size - 1)


def _widened(text: bytes, start: int, end: int, needle: _Needle) -> tuple[int, int]:
    """Take along the neighbours in base64 that hold bits of the secret, and the padding."""
    if needle.before and start and text[start - 1] in _BASE64:
        start -= 1
    if needle.after:
        furthest = min(len(text), end + _BESIDE)
        if end < furthest and text[end] in _BASE64:
            end += 1
        while end < furthest and text[end] == _PADDING:
            end += 1
    return start, end


def _joined(hits: Iterable[tuple[int, int, int, str]]) -> list[_Hit]:
    """Return ``hits`` in order; of those that overlap one, with the name of the longest."""
    joined: list[_Hit] = []
    begin = until = -1
    longest = (0, "")
    for start, end, size, name in sorted(hits):
        if start < until:
            until, longest = max(until, end), max(longest, (size, name))
            continue
        joined.append(_Hit(begin, until, *longest))
        begin, until, longest = start, end, (size, name)
    return [*joined[1:], _Hit(begin, until, *longest)] if until >= 0 else []


@lru_cache(4096)
def _plain(escape: bytes) -> bytes:
    """Return the character that ``escape`` stands for, in lower case; itself where that is none of ``_READ``."""
    if escape in _NAMED:
        return _NAMED[escape]
    body = escape.strip(b"%\\&;")
    match body[:1]:
        case b"#":
            code = int(b"0" + body[1:], 16 if body[1:2] == b"x" else 10)
        case b"u" | b"x":
            code = int(body[1:], 16)
        case _ if escape.startswith(b"%"):
            code = int(body, 16)
        case _:
            return escape[1:]
    return bytes([code]).lower() if code in _READ else escape


def _needles(name: str, value: str) -> Iterator[_Needle]:
    data = value.encode()
    lower = data.lower()
    once = _resolved(lower)  # a value that looks like escapes is looked for in both readings
    for text in (lower, lower.replace(b" ", b"+"), once, _resolved(once)):
        if len(text) >= MIN_SECRET_CHARACTERS:
            yield _Needle(text, name)
    yield _Needle(data.hex().encode(), name)
    yield _Needle(b"\0".join(lower[place : place + 1] for place in range(len(lower))), name)  # UTF-16 that nobody named
    for lead in range(3):  # bytes that stand before it in its group of three
        bits = 8 * (lead + len(data))
        first, last = -(-8 * lead // 6), bits // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(bytes(lead) + data)[first:last].lower()
            yield _Needle(inner, name, before=lead > 0, after=bits % 6 > 0)


def _apart(needles: Iterable[_Needle]) -> tuple[_Needle, ...]:
    """Return each of the ``needles`` once, whatever it is called."""
    return tuple({(needle.text, needle.before, needle.after): needle for needle in needles}.values())


def _resolved(text: bytes) -> bytes:
    return _Escapes().resolved(text, last=True)
