"""``request``: HTTP requests to the URLs that the manifest allows (execution-types, "Request"; sandbox, "Request Scope").

Everything is checked again at each redirect: URL, method, address. Names are resolved once, and the connection goes to an
address that was checked, so a name cannot change its mind in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import ExtensionError, MockError
from scopebox.grants.refusal import RefusalError
from scopebox.network.addresses import check_addresses, is_any_private, known_addresses
from scopebox.network.allowed import Allowed
from scopebox.network.credentials import answer_to
from scopebox.network.mocks import Mocks
from scopebox.network.outgoing import Outgoing, read, redirected
from scopebox.network.redaction import Redaction
from scopebox.network.response import Response
from scopebox.network.results import result
from scopebox.network.secrets import Filled, Secrets, refers
from scopebox.network.shares import Share, Shares
from scopebox.store.database.allocator import keep_large_apart

if TYPE_CHECKING:
    import httpx

    from scopebox.journal.records import Answered
    from scopebox.manifest.permission import Permission
    from scopebox.network.response import Take
    from scopebox.network.transport import Network
    from scopebox.settings import Settings
    from scopebox.urls.url import ParsedUrl
    from scopebox.vocabulary import Style

Resolve = Callable[
    [str, int], Awaitable[Sequence[str]]
]  # host and port to addresses; raises OSError for an unknown name

_SENT_ALWAYS: Final = {
    "accept": "application/json, text/plain, */*",
    "accept-encoding": "gzip, deflate",
    "user-agent": "scopebox",
}


@dataclass(slots=True)
class Exchange:
    """A request with its redirects; unless it is ``live``, mocks alone answer it. ``redaction`` takes out the secrets that were sent so far."""

    permission: Permission
    style: Style
    share: Share
    live: bool = True
    answered: Callable[[Answered], None] | None = None
    redaction: Redaction = field(default_factory=Redaction)


SECRET_PLACE: Final = "A secret goes only over https, and only to a host that the manifest names without wildcards."  # noqa: S105 - a sentence


class Requester:
    """Sends requests for all extensions of a sandbox; the requests of one delay those of no other.

    ``transport`` is an httpx transport that replaces the network (names are not resolved then), but none of the checks.
    ``allow_private_network`` lets requests reach private addresses that a manifest names exactly. ``resolve`` replaces the
    system's resolver.
    """

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        allow_private_network: bool = False,
        mocks: Mocks | None = None,
        secrets: Secrets | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._allow_private_network = allow_private_network
        self._mocks = Mocks() if mocks is None else mocks
        self._secrets = Secrets() if secrets is None else secrets
        self._resolve = resolve
        self._allowed = Allowed()
        self._network: Network | None = None
        self._loading = asyncio.Lock()
        self._shares = Shares(settings.request_bytes)

    @property
    def secret_names(self) -> list[str]:
        """The names of the secrets that requests may refer to."""
        return list(self._secrets)

    async def request(
        self,
        permission: Permission,
        url: object,
        options: object = msgspec.UNSET,
        *,
        style: Style,
        who: str = "",
        live: bool = True,
        taken: Callable[[], Awaitable[None]] | None = None,
        answered: Callable[[Answered], None] | None = None,
    ) -> msgspec.Raw:
        """Send the request that the arguments of a call stand for and return its result as JSON text.

        ``who`` is the extension: each has requests, bytes, look-ups and time of its own, and a request that waits for its turn
        has not begun. Unless it is ``live``, mocks alone answer it. ``taken`` waits until whoever asks has room for the result, ``answered`` is told what is kept of each answer. ``exec``: the text, or the JSON with
        ``output: "json"``. ``api``: ``{status, statusText, headers, data}``. Raises TypeError and ValueError for wrong
        arguments, RefusalError for what ``permission`` does not cover, TimeoutError, and ExtensionError (with status and data) for
        any other failure.
        """
        outgoing, output = read(url, options, style)
        del options  # the body is bytes by now, and a server may be slow
        share = self._shares.share_of(who)
        exchange = Exchange(permission, style, share, live, answered)
        await self._check(exchange, outgoing, str(url))
        with share.budget() as take:
            take(len(outgoing.body or b""))
            async with share.requests:
                if live and not self._mocks:
                    await self._loaded_network()
                made = await result(await self._answer(exchange, outgoing, take), output, exchange.redaction, take)
                if taken is not None:
                    await taken()  # a guest that is slow to take its results holds up the next, not the memory
                return made

    async def close(self) -> None:
        """Free what matching took."""
        self._allowed.close()

    async def _answer(self, exchange: Exchange, outgoing: Outgoing, take: Take) -> Response:
        """Send ``outgoing`` and return what it is answered with in the end; TimeoutError where that takes too long."""
        seconds = self._settings.request_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(exchange, outgoing, take)
        except TimeoutError:
            raise TimeoutError(f"Request timed out after {seconds:g} seconds") from None

    async def _follow(self, exchange: Exchange, outgoing: Outgoing, take: Take) -> Response:
        """Send ``outgoing`` and follow redirects, each with all checks."""
        answer = await self._send(exchange, outgoing, take)
        for _ in range(self._settings.redirects):
            if not answer.location:
                return answer
            # From here on the texts of errors are the server's, too, and may hold what it was sent.
            try:
                outgoing = redirected(outgoing, answer.status, answer.location, exchange.redaction)
                shown = exchange.redaction.text(str(outgoing.url))  # as a whole: the error shows the beginning
                await self._check(exchange, outgoing, shown, redirect=True)
                answer = await self._send(exchange, outgoing, take)
            except (RefusalError, ExtensionError) as error:
                raise _redacted(error, exchange.redaction) from None
        if not answer.location:
            return answer
        raise ExtensionError(
            "Maximum number of redirects exceeded",
            kind="RuntimeError",
            hint=f"The limit is {self._settings.redirects} (redirects in the settings of the sandbox).",
        )

    async def _check(self, exchange: Exchange, outgoing: Outgoing, url: str, *, redirect: bool = False) -> None:
        matching = exchange.share.matching
        await self._allowed.check(
            exchange.permission, outgoing, url, style=exchange.style, matching=matching, redirect=redirect
        )

    async def _send(self, exchange: Exchange, outgoing: Outgoing, take: Take) -> Response:
        """Send one request that is allowed, to an address that is."""
        url = outgoing.url
        exact = self._allowed.names_exactly(exchange.permission, url)
        private = exact and self._allow_private_network
        addresses = known_addresses(url)
        check_addresses(url, addresses, private=private)
        filled = self._filled(outgoing, addresses, exact=exact)
        if self._mocks or not exchange.live:
            answer = self._mocked(outgoing)
            take(len(answer.body))
        else:
            if self._transport is None and not addresses:
                addresses = await self._lookup(url, exchange.share)
                check_addresses(url, addresses, private=private)
            network = await self._loaded_network()
            answer = await network.send(outgoing, {**_SENT_ALWAYS, **filled.headers}, addresses, take)
        exchange.redaction |= filled.redaction
        if exchange.answered is not None:
            exchange.answered(await answer_to(outgoing, answer, exchange.redaction))
        return answer

    async def _loaded_network(self) -> Network:
        """Return what sends; loading httpx and the certificates takes a moment, which the loop must not feel."""
        async with self._loading:  # the first requests may be many
            if self._network is None:
                keep_large_apart()  # bodies are large, and go as fast as they come
                module = await asyncio.to_thread(import_module, "scopebox.network.transport")
                network: Network = await asyncio.to_thread(module.Network, self._settings, self._transport)
                self._network = network
        return self._network

    async def _lookup(self, url: ParsedUrl, share: Share) -> Sequence[str]:
        try:
            addresses = await (self._resolve or share.resolve)(url.host, url.port)
        except OSError:
            addresses = ()
        if not addresses:
            raise ExtensionError(f"getaddrinfo ENOTFOUND {url.host}", kind="RuntimeError")
        return addresses

    def _filled(self, outgoing: Outgoing, addresses: Sequence[str], *, exact: bool) -> Filled:
        """Return the headers with the secrets in them, if they may go to that URL; ``addresses`` are those of a literal host."""
        if not any(refers(value) for value in outgoing.headers.values()):
            return Filled(dict(outgoing.headers), Redaction())
        if not exact or (outgoing.url.scheme != "https" and not is_any_private(addresses)):
            raise RefusalError(
                f'No permission to send a secret to "{outgoing.url.origin}"',
                "url",
                hint=SECRET_PLACE,
                wanted=f"{outgoing.url.origin}/*" if outgoing.url.scheme == "https" else "",
            )
        return self._secrets.fill(outgoing.headers)  # which says of a name whether there is such a secret

    def _mocked(self, outgoing: Outgoing) -> Response:
        try:
            return self._mocks.answer(outgoing)
        except MockError as error:
            raise ExtensionError(error.message, kind="RuntimeError", hint=error.hint) from error


def _redacted(error: RefusalError | ExtensionError, redaction: Redaction) -> RefusalError | ExtensionError:
    """Return ``error`` without secrets in its texts."""
    message, hint = redaction.text(error.message), redaction.text(error.hint)
    if isinstance(error, RefusalError):
        return RefusalError(message, error.reason, hint=hint)
    return ExtensionError(message, kind=error.kind, status=error.status, data=error.data, hint=hint)
