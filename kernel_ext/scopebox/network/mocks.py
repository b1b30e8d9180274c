"""Mocks: answers that stand in for the network. With any of them set, no request leaves the sandbox."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Chain
from scopebox.errors import ManifestError, MockError
from scopebox.network.replay import read_answers
from scopebox.network.response import Response, reason_of
from scopebox.store.database.clock import CURRENT
from scopebox.text.literals import inline, record_text
from scopebox.text.messages import hint, quote
from scopebox.text.visible import clean, shorten
from scopebox.urls.patterns import RegexPattern, UrlPattern, check_expressions
from scopebox.urls.re2 import Re2
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.network.outgoing import Outgoing

MAX_SHOWN_CHARACTERS: Final = 300  # characters of a request that no mock answers
MAX_CALLS: Final = 1_000  # calls that all mocks of a sandbox keep together; the oldest go first
MAX_CALL_BYTES: Final = 8 * 2**20  # that those calls may have together
MAX_PASTED_CHARACTERS: Final = 200  # characters of a URL in the line that would answer it
_QUOTED: Final = frozenset("'\"\\ ")
_STATUS: Final = range(100, 600)

Content = bytes | Callable[["MockCall"], object]


@dataclass(frozen=True, slots=True)
class MockCall:
    """A request that a mock answered. Headers have lower-case names; secrets stand in them as references."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    __repr__ = record_text

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.url) + headers + len(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> object:
        """Return the body parsed as JSON; ValueError if it is none."""
        data: object = wire.decode_json(self.body)
        return data


@dataclass(slots=True, eq=False, repr=False)
class Mock:
    """One mock and the calls that it answered."""

    method: str
    url: str
    pattern: UrlPattern
    status: int
    headers: tuple[tuple[str, str], ...]
    content: Content
    content_type: str = ""
    recorded: tuple[Response, ...] = ()  # given in their order, the last one again and again
    given: int = 0  # of them
    calls: list[MockCall] = field(default_factory=list)

    @property
    def called(self) -> int:
        """How many of its calls are kept."""
        return len(self.calls)

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    def __repr__(self) -> str:
        return f"<Mock of {clean(self)}: {self.status}, called {self.called} times>"

    def answer(self, call: MockCall) -> Response:
        """Return the answer to ``call``; MockError if the function that makes it fails."""
        if self.recorded:
            answer = self.recorded[min(self.given, len(self.recorded) - 1)]
            self.given += 1
            return answer
        if isinstance(self.content, bytes):
            body, content_type = self.content, self.content_type
        else:
            body, content_type = _encode(self._made(self.content, call))
        headers = self.headers
        if content_type and not any(name == "content-type" for name, _ in headers):
            headers = (*headers, ("content-type", content_type))
        return Response(self.status, reason_of(self.status), headers, body)

    def _made(self, function: Callable[[MockCall], object], call: MockCall) -> object:
        chain = CURRENT.get()
        try:
            # What it prints belongs to the cell that started all this, and variables of the context tell which that is.
            return chain.context.copy().run(function, call) if isinstance(chain, Chain) else function(call)
        except Exception as error:
            raise MockError(f"The mock of {self} failed: {type(error).__name__}: {error}") from error


class MockOptions(TypedDict, total=False):
    """The keyword arguments of :meth:`Mocks.add`."""

    status: int
    json: object
    text: str | None
    headers: Mapping[str, str] | None
    content: Content | None


@dataclass(frozen=True, slots=True)
class Replay:
    """The mocks that were made of a trace, and what of it could not become one."""

    mocks: tuple[Mock, ...]
    notes: tuple[str, ...]


class Mocks:
    """The mocks of a sandbox, the newest first. May be changed from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mocks: tuple[Mock, ...] = ()
        self._re2 = Re2()
        self._kept: deque[tuple[Mock, MockCall]] = deque()
        self._kept_bytes = 0

    def add(
        self,
        method: str,
        url: str,
        *,
        status: int = 200,
        json: object = msgspec.UNSET,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: Content | None = None,
    ) -> Mock:
        """Answer requests of ``method`` to ``url`` (a pattern as in ``allowedUrls``) from now on, and return the mock.

        One of ``json``, ``text`` and ``content`` is the body; ``content`` is bytes, or a function that gets the
        :class:`MockCall` and returns bytes, text or JSON data. The newest mock that matches answers; one for the same method
        and URL replaces the one before. MockError for arguments that make no mock.
        """
        pattern = self._pattern(method, url, status)
        pairs = tuple((name.lower(), value) for name, value in (headers or {}).items())
        return self._added(Mock(method, url, pattern, status, pairs, *_content(json, text, content)))

    def load(self, path: str | Path) -> Replay:
        """Answer requests as they were answered in the runs of an exported trace (``box.trace.export(path)``), from now on.

        Several answers to one method and URL are given in their order, the last one again and again. MockError for a file that
        is not a trace; what of it makes no mock is counted and named.
        """
        recorded, notes = read_answers(Path(path))
        mocks = []
        for (method, url), answers in recorded.items():
            try:
                pattern = self._pattern(method, url, answers[0].status)
            except MockError as error:
                notes.append(error.message)
                continue
            mocks.append(Mock(method, url, pattern, answers[0].status, (), b"", recorded=tuple(answers)))
        return Replay(tuple(map(self._added, mocks)), tuple(notes))

    def _pattern(self, method: str, url: str, status: int) -> UrlPattern:
        """Return what the mocked URLs are; MockError for what makes no mock."""
        if method not in METHODS:
            raise MockError(
                f"{quote(method)} is not a request method",
                hint=hint(str(method), METHODS),
            )
        if status not in _STATUS:
            raise MockError(f"{inline(status)} is not an HTTP status", hint="It lies between 100 and 599.")
        try:
            pattern = UrlPattern.parse(url)
            if isinstance(pattern, RegexPattern):
                check_expressions([pattern], self._re2)
        except ManifestError as error:
            raise MockError(error.message, hint=error.hint) from None
        return pattern

    def _added(self, mock: Mock) -> Mock:
        with self._lock:
            self._mocks = (mock, *(other for other in self._mocks if str(other) != str(mock)))
        return mock

    def clear(self) -> None:
        """Forget all mocks: requests go to the network again."""
        with self._lock:
            self._mocks = ()

    def __iter__(self) -> Iterator[Mock]:
        return iter(self._mocks)

    def __len__(self) -> int:
        return len(self._mocks)

    def __repr__(self) -> str:
        return f"<Mocks: {clean(', '.join(map(str, self._mocks))) or 'none, requests go to the network'}>"

    def answer(self, outgoing: Outgoing) -> Response:
        """Return the answer to ``outgoing``; MockError, naming the nearest mock, if none matches."""
        for mock in self._mocks:
            if mock.method == outgoing.method and mock.pattern.matches(outgoing.url, self._re2):
                call = MockCall(outgoing.method, str(outgoing.url), dict(outgoing.headers), outgoing.body or b"")
                self._keep(mock, call)
                return mock.answer(call)
        url = str(outgoing.url)
        nearest = max(
            self._mocks,
            key=lambda mock: (_in_common(url, mock.url), mock.method == outgoing.method),
            default=None,
        )
        advice = "" if nearest is None else f"The nearest mock is {shorten(str(nearest), MAX_SHOWN_CHARACTERS)}. "
        raise MockError(
            f"No mock answers {shorten(f'{outgoing.method} {url}', MAX_SHOWN_CHARACTERS)}",
            hint=f"{advice}Answer it here: {mock_line(outgoing.method, url)}",
        )

    def _keep(self, mock: Mock, call: MockCall) -> None:
        """Keep a call; for one too many, in number or in bytes, the oldest go, whatever mock answered them."""
        with self._lock:
            mock.calls.append(call)
            self._kept.append((mock, call))
            self._kept_bytes += call.size
            while len(self._kept) > MAX_CALLS or (len(self._kept) > 1 and self._kept_bytes > MAX_CALL_BYTES):
                other, oldest = self._kept.popleft()
                self._kept_bytes -= oldest.size
                if other.calls and other.calls[0] is oldest:  # else its user took it away
                    del other.calls[0]


def mock_line(method: str, url: str) -> str:
    """Return the line of a notebook that answers a request; the end of a long URL becomes a wildcard."""
    pattern = url if len(url) <= MAX_PASTED_CHARACTERS else f"{url[:MAX_PASTED_CHARACTERS]}*"
    return f"%sandbox mock {method} {quote(pattern) if _QUOTED & set(pattern) else pattern} {{}}"


def _in_common(one: str, other: str) -> int:
    """Return with how many characters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _content(json: object, text: str | None, content: Content | None) -> tuple[Content, str]:
    """Return the body that was given, and the content type that it has by itself."""
    if (json is not msgspec.UNSET) + (text is not None) + (content is not None) > 1:
        raise MockError("A mock has one body", hint="Give one of json, text and content.")
    if json is not msgspec.UNSET:
        return _as_json(json)
    if text is not None:
        return _encode(text)
    return (b"" if content is None else content), ""


def _encode(content: object) -> tuple[bytes, str]:
    match content:
        case bytes():
            return content, ""
        case str():
            return content.encode(), "text/plain; charset=utf-8"
        case _:
            return _as_json(content)


def _as_json(data: object) -> tuple[bytes, str]:
    try:
        return msgspec.json.encode(data), "application/json"
    except TypeError as error:
        raise MockError(
            f"The body of a mock is not JSON-serialisable: {error}", hint="It is bytes, text or JSON data."
        ) from None
