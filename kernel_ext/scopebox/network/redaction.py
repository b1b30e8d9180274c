"""Redaction: the secrets that a request carried, taken out of its answer in the spellings that servers usually give them.

Plain and in any case, percent-encoded, escaped for JSON and HTML (each once or twice), in hexadecimal, and in base64 wherever it
begins. It works on a window of the text at a time, in time that grows with the text and the number of secrets alone. It is a help
against servers that echo, no wall: whoever was sent a secret can spell it in ways that nobody lists.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MIN_SECRET_CHARACTERS: Final = 4  # characters; a shorter text would be found anywhere

_SPELLED_CHARACTERS: Final = 12  # that one character of a secret is spelled with at most
_ESCAPED_TIMES: Final = 2
_ESCAPE_SIGNS: Final = (b"%", b"\\", b"&")
_ESCAPE: Final = re.compile(
    rb"""(%[2-7][0-9A-Fa-f]|\\(?:u00[2-7][0-9A-Fa-f]|x[2-7][0-9A-Fa-f]|["'/\\&])"""
    rb"""|&(?:amp|lt|gt|quot|apos|\#[0-9]{2,7}|\#[xX][0-9A-Fa-f]{2,6});)"""
)
_NAMED: Final = {b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'"}
_VISIBLE: Final = range(0x20, 0x7F)
_BASE64: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_PADDING: Final = ord("=")


class _Hit(NamedTuple):
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Needle:
    """One spelling of a secret. ``before`` and ``after``: the neighbours in base64 hold bits of it, too."""

    text: bytes
    name: str
    any_case: bool = True
    before: bool = False
    after: bool = False


class Redaction:
    """Takes the secrets ``values`` (name to value) out of texts, and puts their references in place. Without any it does nothing."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})
        self._needles = tuple(
            {needle.text: needle for name, value in self.values.items() for needle in _needles(name, value)}.values()
        )
        self.reach = max((len(value) for value in self.values.values()), default=0) * _SPELLED_CHARACTERS

    def __bool__(self) -> bool:
        return bool(self.values)

    def __or__(self, other: Redaction) -> Redaction:
        return Redaction({**self.values, **other.values}) if other else self

    def text(self, text: str) -> str:
        """Return a short text without the secrets."""
        if not self:
            return text
        cleaned = Redactor(self).feed(text.encode("utf-8", "surrogatepass"), last=True)
        return cleaned.decode("utf-8", "surrogatepass")

    def hits(self, data: bytes) -> list[_Hit]:
        """Return where secrets stand in ``data``, in order, those that overlap made one."""
        found = list(self._found(data))
        view, trails = data, []
        for _ in range(_ESCAPED_TIMES):
            if not any(sign in view for sign in _ESCAPE_SIGNS):
                break
            trail = _Trail(view)
            view = trail.resolved
            trails.append(trail)
            found += [_back(hit, trails) for hit in self._found(view)]
        return _joined(found)

    def _found(self, view: bytes) -> Iterator[_Hit]:
        lower = view.lower()
        for needle in self._needles:
            text = lower if needle.any_case else view
            start = text.find(needle.text)
            while start >= 0:
                end = start + len(needle.text)
                yield _Hit(*_widened(view, start, end, needle), needle.name)
                start = text.find(needle.text, end)


class Redactor:
    """Redacts a long text that comes in pieces of UTF-8."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._rest = b""

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take the next piece, and return what is done with; the end of it is kept until more is known, or it is the ``last``."""
        if not self._redaction:
            return data
        window = self._rest + data
        settled = len(window) if last else max(0, len(window) - self._redaction.reach)
        pieces, done = [], 0
        for hit in self._redaction.hits(window):
            if hit.start >= settled:
                break
            pieces += [window[done : hit.start], b"{{secret.%s}}" % hit.name.encode()]
            done = hit.end
        cut = max(done, settled)
        self._rest = window[cut:]
        return b"".join([*pieces, window[done:cut]])


class _Trail:
    """A text with its escapes resolved, and the way back."""

    def __init__(self, view: bytes) -> None:
        self._pieces = _ESCAPE.split(view)  # every second one is an escape
        self._plain = self._pieces.copy()
        self._plain[1::2] = map(_plain, self._pieces[1::2])
        self.resolved = b"".join(self._plain)
        self._ends: list[int] = []
        self._ends_before: list[int] = []

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where the piece from ``start`` to ``end`` stood before the escapes were resolved."""
        if not self._ends:
            self._ends = list(accumulate(map(len, self._plain)))
            self._ends_before = list(accumulate(map(len, self._pieces)))
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, place: int) -> tuple[int, int]:
        index = bisect_right(self._ends, place)
        piece_end, end_before = self._ends[index], self._ends_before[index]
        if index % 2:
            return end_before - len(self._pieces[index]), end_before
        start = end_before - (piece_end - place)
        return start, start + 1


def _back(hit: _Hit, trails: list[_Trail]) -> _Hit:
    start, end = hit.start, hit.end
    for trail in reversed(trails):
        start, end = trail.back(start, end)
    return _Hit(start, end, hit.name)


def _joined(hits: list[_Hit]) -> list[_Hit]:
    """Return ``hits`` in order; of those that overlap one, with the name of the longest."""
    joined: list[_Hit] = []
    longest = 0
    for hit in sorted(hits):
        size = hit.end - hit.start
        if not joined or hit.start >= joined[-1].end:
            joined.append(hit)
            longest = size
            continue
        before = joined[-1]
        name = hit.name if size > longest else before.name
        longest = max(longest, size)
        joined[-1] = _Hit(before.start, max(before.end, hit.end), name)
    return joined


def _widened(view: bytes, start: int, end: int, needle: _Needle) -> tuple[int, int]:
    """Take along the neighbours in base64 that hold bits of the secret, and the padding."""
    if needle.any_case:
        return start, end
    if needle.before and start and view[start - 1] in _BASE64:
        start -= 1
    if needle.after and end < len(view) and view[end] in _BASE64:
        end += 1
    while end < len(view) and view[end] == _PADDING:
        end += 1
    return start, end


@lru_cache(4096)
def _plain(escape: bytes) -> bytes:
    """Return the character that ``escape`` stands for; itself where that is none of visible ASCII."""
    if escape in _NAMED:
        return _NAMED[escape]
    body = escape.strip(b"%\\&;")
    match body[:1]:
        case b"#":
            code = int(b"0" + body[1:], 16 if body[1:2] in b"xX" else 10)
        case b"u" | b"x":
            code = int(body[1:], 16)
        case _ if escape.startswith(b"%"):
            code = int(body, 16)
        case _:
            return escape[1:]
    return bytes([code]) if code in _VISIBLE else escape


def _needles(name: str, value: str) -> Iterator[_Needle]:
    data = value.encode()
    once = _Trail(data).resolved  # a value that looks like escapes is looked for in both readings
    for text in (data, data.replace(b" ", b"+"), once, _Trail(once).resolved):
        if len(text) >= MIN_SECRET_CHARACTERS:
            yield _Needle(text.lower(), name)
    yield _Needle(data.hex().encode(), name)
    for lead in range(3):  # bytes that stand before it in its group of three
        bits = 8 * (lead + len(data))
        first, last = -(-8 * lead // 6), bits // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(bytes(lead) + data)[first:last]
            yield _Needle(inner, name, any_case=False, before=lead > 0, after=bits % 6 > 0)
