"""A client that reads a live Directus: only GET and SEARCH, bounded in time, in bytes and in tries, and careful with the token.

The token stands in a header of requests to one origin, and nowhere else: redirects to another one are not followed, and it is
taken out of whatever the server says. Every answer is foreign: its size is bounded before it is kept, its values are counted before it
is decoded, its words are made visible before they stand in an error.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self, TypeVar
from urllib.parse import quote, urlencode, urljoin

import msgspec

from scopebox.chains.loop import LoopThread
from scopebox.directus import answers
from scopebox.directus.address import base_of, checked_token, is_loopback
from scopebox.directus.answers import MAX_DECODED, MIB
from scopebox.directus.failures import (
    RefusedError,
    UnreachableError,
    failure,
    no_directus,
    redirected,
)
from scopebox.directus.pull_options import SECONDS
from scopebox.errors import ExtensionError, PullError
from scopebox.network.outgoing import Outgoing
from scopebox.network.redaction import Redaction
from scopebox.network.response import Response
from scopebox.network.transport import Network
from scopebox.settings import Settings
from scopebox.urls.url import ParsedUrl, parse_url

if TYPE_CHECKING:
    from types import TracebackType

    import httpx

T = TypeVar("T")
Query = Mapping[str, object]

MAX_ANSWER: Final = 8 * MIB  # bytes of one answer, decompressed
MAX_SCHEMA: Final = 16 * MIB  # bytes of an answer that describes the schema
MAX_GET_CHARACTERS: Final = 4_000  # of a query in a URL; a longer one goes as the body of a SEARCH
MIN_REDACTED: Final = 8  # characters of a token that is taken out of data; a shorter one would be found in any text
LONGEST_PAUSE: Final = 60.0  # seconds that a server may ask to wait for
MAX_REDIRECTS: Final = 3
_TRIES: Final = {429: 5, 500: 2, 502: 3, 503: 3, 504: 3}  # requests in all, by the status that they end with
_TIMEOUT_TRIES: Final = 2
_CONNECTION_TRIES: Final = 2
CONNECTION_PAUSE: Final = 1.0  # seconds

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, each as JSON text, and how many there are in all (None where the server does not say)."""

    items: list[msgspec.Raw]
    total: int | None = None


class _Envelope(msgspec.Struct):
    data: object


class _TooLargeError(ExtensionError):
    """An answer with more bytes than were asked for."""


class TooLargeError(PullError):
    """An answer that is larger than what is kept; asking for less may help."""


class Client:
    """Reads the Directus at ``address`` with ``token``, which may be empty. ``say`` is told what takes its time.

    ``transport`` and ``pause`` replace the network and the waiting. A context manager; PullError for an address that is none.
    """

    def __init__(
        self,
        address: str,
        token: str = "",
        *,
        seconds: float = SECONDS,
        say: Say = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base_of(address)
        self._token = checked_token(token)
        self._seconds = seconds
        self._say = say
        self._pause = pause
        self._network = Network(Settings(request_seconds=seconds, request_bytes=2 * MAX_SCHEMA), transport)
        self._loop = LoopThread()
        self._redaction = Redaction({"token": self._token} if self._token else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.close()

    @property
    def address(self) -> str:
        """The address of the Directus, without anything secret."""
        return f"{self.base.origin}{self.base.path.rstrip('/')}"

    @property
    def exposed(self) -> bool:
        """Whether others on the way can read the token."""
        return bool(self._token) and self.base.scheme == "http" and not is_loopback(self.base.host)

    def identify(self) -> Mapping[str, object]:
        """Return what the Directus says of itself, nothing where it does not; PullError if there is none at this address.

        The first question goes out without the token: what is no Directus, or leads elsewhere, never sees it.
        """
        ping = self._send("/server/ping", {}, MAX_ANSWER, anonymous=True)
        if ping.body.strip() != b"pong" and not _speaks_directus(ping):
            other = self._send("/server/info", {}, MAX_ANSWER, anonymous=True)
            if not _speaks_directus(other):
                raise no_directus(self.address, ping if ping.status != HTTPStatus.NOT_FOUND else other)
        try:
            found = self.record("/server/info")
        except RefusedError:
            return {}
        return found if isinstance(found, dict) else {}

    def record(
        self, path: str, query: Query | None = None, *, most: int = MAX_ANSWER, decoded: int = MAX_DECODED
    ) -> object:
        """Return the ``data`` of the answer to ``path``, which has ``most`` bytes, and ``decoded`` about as many in memory.

        RefusedError for a missing right, PullError for anything else.
        """
        read = partial(answers.read, type_=_Envelope, most=decoded)
        return self._decoded(path, self._answered(path, query or {}, most), read).data

    def page(self, path: str, query: Query) -> Page:
        """Return the list that is the ``data`` of the answer to ``path``, its entries as JSON text."""
        items, total = self._decoded(path, self._answered(path, query, MAX_ANSWER), answers.read_list)
        return Page(items, total if isinstance(total, int) and not isinstance(total, bool) else None)

    def _answered(self, path: str, query: Query, most: int) -> bytes:
        answer = self._send(path, query, most)
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise failure(self.address, path, answer, self._redaction)
        if len(self._token) >= MIN_REDACTED:  # whatever comes back is kept
            return answer.body.replace(self._token.encode(), b"**********")
        return answer.body

    def _decoded(self, path: str, data: bytes, read: Callable[[bytes], T]) -> T:
        """Return what ``read`` makes of ``data``; PullError if it is no JSON, too much of it, or of another shape."""
        try:
            return read(data)
        except answers.TooMuchError as error:
            raise PullError(
                f"{self.address}{path} answers with too much: {error}",
                hint="The token of a user who may read fewer collections gets less.",
            ) from None
        except msgspec.ValidationError as error:
            raise PullError(
                f"{self.address}{path} answers in a shape that no Directus has: {str(error)[:200]}"
            ) from None
        except (ValueError, RecursionError) as error:
            raise PullError(
                f"{self.address}{path} answers with JSON that cannot be read: {str(error)[:200]}",
                hint="A proxy between here and the Directus may have cut or changed it.",
            ) from None

    def _send(self, path: str, query: Query, most: int, *, anonymous: bool = False) -> Response:
        """Return the answer to ``path``, whatever its status, after as many tries as it is worth."""
        tries = 0
        while True:
            tries += 1
            try:
                answer = self._once(self._outgoing(path, query, anonymous=anonymous), most)
            except TimeoutError:
                if tries < _TIMEOUT_TRIES:
                    self._say(f"{self.address} is slow, asked once more")
                    continue
                raise UnreachableError(
                    f"{self.address}{path} did not answer within {self._seconds:g} s, asked {tries} times",
                    hint="--timeout SECONDS waits longer.",
                ) from None
            except UnreachableError as error:
                if tries < _CONNECTION_TRIES:
                    self._say(f"{error.message}, asked once more in {CONNECTION_PAUSE:g} s")
                    self._pause(CONNECTION_PAUSE)
                    continue
                raise
            if tries >= _TRIES.get(answer.status, 1):
                return answer
            self._wait(answer, tries)

    def _wait(self, answer: Response, tries: int) -> None:
        asked = answer.header("retry-after").strip()[:10]
        seconds = float(asked) if asked.isascii() and asked.isdecimal() else float(2 ** (tries - 1))
        seconds = min(seconds, LONGEST_PAUSE)
        self._say(f"{self.address} answers {answer.status}, asked once more in {seconds:g} s")
        self._pause(seconds)

    def _once(self, outgoing: Outgoing, most: int) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._exchanged(outgoing, most)
            if not answer.location:
                return answer
            target = _joined(outgoing.url, answer.location)
            if target is None or target.origin != self.base.origin:
                raise redirected(self.address, target, self._redaction)
            outgoing = Outgoing(outgoing.method, target, outgoing.headers, outgoing.body)
        raise PullError(
            f"{self.address} redirects more than {MAX_REDIRECTS} times", hint="Give the address it ends at."
        )

    def _exchanged(self, outgoing: Outgoing, most: int) -> Response:
        left = most

        def take(size: int) -> None:
            nonlocal left
            left -= size
            if left < 0:
                raise _TooLargeError("too large")

        async def send() -> Response:
            async with asyncio.timeout(self._seconds):
                return await self._network.send(outgoing, outgoing.headers, (), take)

        try:
            return self._loop.run(send())
        except _TooLargeError:
            # The path may be one to which a server redirected.
            where = self._redaction.text(f"{self.base.origin}{outgoing.url.path}")
            raise TooLargeError(f"{where} answers with more than {most // MIB} MiB, which are the limit") from None
        except ExtensionError as error:
            raise UnreachableError(
                f"{self.base.origin} cannot be read: {self._redaction.text(error.message)}",
                hint=f"Is this the address of your Directus, and can this machine reach it? {error.hint}".strip(),
            ) from None

    def _outgoing(self, path: str, query: Query, *, anonymous: bool) -> Outgoing:
        headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "scopebox-pull"}
        if self._token and not anonymous:
            headers["authorization"] = f"Bearer {self._token}"
        place = f"{self.base.path.rstrip('/')}{path}"
        written = urlencode(
            {key: value if isinstance(value, str | int) else json.dumps(value) for key, value in query.items()},
            quote_via=quote,
        )
        if len(written) <= MAX_GET_CHARACTERS:
            return Outgoing("GET", _at(self.base, place, written), headers)
        headers["content-type"] = "application/json"
        return Outgoing("SEARCH", _at(self.base, place, ""), headers, msgspec.json.encode({"query": query}))


def _at(base: ParsedUrl, path: str, query: str) -> ParsedUrl:
    return ParsedUrl(base.scheme, base.host, base.port, path, query)


def _joined(url: ParsedUrl, location: str) -> ParsedUrl | None:
    """Return where ``location`` leads from ``url``, None if it cannot be read."""
    try:
        return parse_url(urljoin(str(url), location))
    except ValueError:
        return None


def _speaks_directus(answer: Response) -> bool:
    """Whether the body is an object with ``data`` or ``errors``, as every answer of a Directus is."""
    try:
        found = answers.read(answer.body, object)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (isinstance(found.get("data"), dict) or isinstance(found.get("errors"), list))
