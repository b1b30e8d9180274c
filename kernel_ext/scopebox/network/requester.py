"""``request``: HTTP requests to the URLs that the manifest allows (execution-types, "Request"; sandbox, "Request Scope").

Everything is checked again at each redirect: URL, method, address. Names are resolved once, and the connection goes to an
address that was checked, so a name cannot change its mind in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.chains.meter import charged
from scopebox.errors import ExtensionError, MockError
from scopebox.grants.refusal import Refusal
from scopebox.network.mocks import Mocks
from scopebox.network.outgoing import Outgoing, Style, read, redirected, refused_url
from scopebox.network.redaction import Redaction
from scopebox.network.response import REDIRECTS, Response, result
from scopebox.network.secrets import Filled, Secrets, refers
from scopebox.network.shares import Share, Shares
from scopebox.text.messages import quote
from scopebox.urls.hosts import is_local_name, is_own_machine, is_public, literal_address
from scopebox.urls.patterns import RegexPattern, UrlPattern, any_matches, in_groups
from scopebox.urls.re2 import Re2
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    import httpx

    from scopebox.manifest.permission import Permission
    from scopebox.network.response import Take
    from scopebox.network.transport import Network
    from scopebox.settings import Settings
    from scopebox.urls.url import ParsedUrl

Resolve = Callable[
    [str, int], Awaitable[Sequence[str]]
]  # host and port to addresses; raises OSError for an unknown name

_LOCAL_ADDRESSES: Final = ("127.0.0.1", "::1")
_SENT_ALWAYS: Final = {
    "accept": "application/json, text/plain, */*",
    "accept-encoding": "gzip, deflate",
    "user-agent": "scopebox",
}
_PRIVATE_HINT: Final = "Private addresses need their host and port in the manifest, without wildcards, and a sandbox with allow_private_network=True."


@dataclass(slots=True)
class Exchange:
    """A request with its redirects; ``redaction`` takes out the secrets that were sent so far."""

    permission: Permission
    style: Style
    share: Share
    redaction: Redaction = field(default_factory=Redaction)


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
        self._patterns: dict[tuple[str, ...], tuple[UrlPattern, ...]] = {}
        self._re2 = Re2()
        self._network: Network | None = None
        self._loading = asyncio.Lock()
        self._shares = Shares(settings.request_bytes)

    async def request(
        self,
        permission: Permission,
        url: object,
        options: object = msgspec.UNSET,
        *,
        style: Style,
        who: str = "",
        taken: Callable[[], Awaitable[None]] | None = None,
    ) -> msgspec.Raw:
        """Send the request that the arguments of a call stand for and return its result as JSON text.

        ``who`` is the extension: each has requests, bytes, look-ups and time of its own, and a request that waits for its turn
        has not begun. ``taken`` waits until whoever asks has room for the result. ``exec``: the text, or the JSON with
        ``output: "json"``. ``api``: ``{status, statusText, headers, data}``. Raises TypeError and ValueError for wrong
        arguments, Refusal for what ``permission`` does not cover, TimeoutError, and ExtensionError (with status and data) for
        any other failure.
        """
        outgoing, output = read(url, options, style)
        del options  # the body is bytes by now, and a server may be slow
        share = self._shares.share_of(who)
        exchange = Exchange(permission, style, share)
        await self._check_allowed(exchange, outgoing, str(url))
        seconds = self._settings.request_seconds
        async with share.requests:
            if not self._mocks:
                await self._loaded_network()
            with share.budget() as take:
                try:
                    async with asyncio.timeout(seconds):
                        answer = await self._follow(exchange, outgoing, take)
                except TimeoutError:
                    raise TimeoutError(f"Request timed out after {seconds:g} seconds") from None
                made = await result(answer, output, exchange.redaction, take)
                if taken is not None:
                    await taken()  # a guest that is slow to take its results holds up the next, not the memory
                return made

    async def close(self) -> None:
        """Free what matching took."""
        self._re2.close()

    async def _follow(self, exchange: Exchange, outgoing: Outgoing, take: Take) -> Response:
        """Send ``outgoing`` and follow redirects, each with all checks."""
        answer = await self._send(exchange, outgoing, take)
        for _ in range(self._settings.redirects):
            location = answer.header("location")
            if answer.status not in REDIRECTS or not location:
                return answer
            # From here on the texts of errors are the server's, too, and may hold what it was sent.
            try:
                outgoing = redirected(outgoing, answer.status, location)
                await self._check_allowed(exchange, outgoing, str(outgoing.url), redirect=True)
                answer = await self._send(exchange, outgoing, take)
            except (Refusal, ExtensionError) as error:
                raise _redacted(error, exchange.redaction) from None
        if answer.status not in REDIRECTS or not answer.header("location"):
            return answer
        raise ExtensionError(
            "Maximum number of redirects exceeded",
            kind="RuntimeError",
            hint=f"The limit is {self._settings.redirects} (redirects in the settings of the sandbox).",
        )

    async def _check_allowed(self, exchange: Exchange, outgoing: Outgoing, url: str, *, redirect: bool = False) -> None:
        """Raise Refusal unless the permission covers URL and method; ``url`` is the text for the message."""
        permission = exchange.permission
        if not await self._matches(exchange, outgoing.url):
            key = "urls" if exchange.style == "api" else "allowedUrls"
            advice = f'Add to {key} of the manifest: "{outgoing.url.origin}/*"'
            told = f"The request was redirected there. {advice}" if redirect else advice
            raise Refusal(refused_url(url), "url", hint=told)
        if outgoing.method not in permission.methods:
            raise _refused_method(outgoing.method, permission, redirect=redirect)

    async def _matches(self, exchange: Exchange, url: ParsedUrl) -> bool:
        """Whether a pattern of the permission matches ``url``: wildcards first, regular expressions off the loop."""
        patterns = self._patterns_of(exchange.permission)
        if any(pattern.matches(url) for pattern in patterns if not isinstance(pattern, RegexPattern)):
            return True
        expressions = [pattern for pattern in patterns if isinstance(pattern, RegexPattern)]
        for group in in_groups(expressions, url):
            async with exchange.share.matching:
                if await charged(partial(any_matches, group, url, self._re2)):
                    return True
        return False

    def _patterns_of(self, permission: Permission) -> tuple[UrlPattern, ...]:
        patterns = self._patterns.get(permission.allowed_urls)
        if patterns is None:
            patterns = tuple(UrlPattern.parse(text, self._re2, compiled=True) for text in permission.allowed_urls)
            self._patterns[permission.allowed_urls] = patterns
        return patterns

    async def _send(self, exchange: Exchange, outgoing: Outgoing, take: Take) -> Response:
        """Send one request that is allowed, to an address that is."""
        url = outgoing.url
        exact = any(entry.names_host() and entry.matches(url) for entry in self._patterns_of(exchange.permission))
        literal = literal_address(url.host)
        addresses: Sequence[str] = (str(literal),) if literal else _LOCAL_ADDRESSES if is_local_name(url.host) else ()
        self._check_addresses(url, addresses, exact=exact)
        filled = self._filled(outgoing, addresses, exact=exact)
        if self._mocks:
            answer = self._mocked(outgoing)
        else:
            if self._transport is None and not addresses:
                addresses = await self._lookup(url, exchange.share)
                self._check_addresses(url, addresses, exact=exact)
            network = await self._loaded_network()
            answer = await network.send(outgoing, {**_SENT_ALWAYS, **filled.headers}, addresses, take)
        exchange.redaction |= filled.redaction
        return answer

    async def _loaded_network(self) -> Network:
        """Return what sends; loading httpx and the certificates takes a moment, which the loop must not feel."""
        async with self._loading:  # the first requests may be many
            if self._network is None:
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

    def _check_addresses(self, url: ParsedUrl, addresses: Sequence[str], *, exact: bool) -> None:
        """Raise Refusal unless all ``addresses`` of the host may be reached.

        A name that leads to this machine is refused even where it is named exactly: whoever owns the name could turn it there.
        """
        named = literal_address(url.host) is None and not is_local_name(url.host)
        for text in addresses:
            address = ip_address(text.partition("%")[0])
            if is_public(address):
                continue
            if named and is_own_machine(address):
                hint = "The name leads to this machine: write localhost or the address instead."
            elif exact and self._allow_private_network:
                continue
            else:
                hint = _PRIVATE_HINT
            message = f'Requested domain "{url.host}" resolves to a denied IP address'
            raise Refusal(message, "address", hint=hint)

    def _filled(self, outgoing: Outgoing, addresses: Sequence[str], *, exact: bool) -> Filled:
        """Return the headers with the secrets in them, if they may go to that URL; ``addresses`` are those of a literal host."""
        if not any(refers(value) for value in outgoing.headers.values()):
            return Filled(dict(outgoing.headers), Redaction())
        filled = self._secrets.fill(outgoing.headers)
        private = any(not is_public(ip_address(text)) for text in addresses)
        if not exact or (outgoing.url.scheme != "https" and not private):
            raise Refusal(
                f'No permission to send a secret to "{outgoing.url.origin}"',
                "url",
                hint="A secret goes only over https, and only to a host that the manifest names without wildcards.",
            )
        return filled

    def _mocked(self, outgoing: Outgoing) -> Response:
        try:
            return self._mocks.answer(outgoing)
        except MockError as error:
            raise ExtensionError(error.message, kind="RuntimeError", hint=error.hint) from error


def _redacted(error: Refusal | ExtensionError, redaction: Redaction) -> Refusal | ExtensionError:
    """Return ``error`` without secrets in its texts."""
    message, hint = redaction.text(error.message), redaction.text(error.hint)
    if isinstance(error, Refusal):
        return Refusal(message, error.reason, hint=hint)
    return ExtensionError(message, kind=error.kind, status=error.status, data=error.data, hint=hint)


def _refused_method(method: str, permission: Permission, *, redirect: bool) -> Refusal:
    if redirect:
        hint = f"A redirect made it a {method} request. The manifest allows {', '.join(permission.methods) or 'none'}."
    elif method.strip().upper() in permission.methods:
        hint = f'Write "{method.strip().upper()}".'
    elif method in METHODS:
        hint = f'Add "{method}" to methods of the manifest.'
    else:
        hint = f"The methods are {', '.join(METHODS)}."
    text = quote(method)
    return Refusal(f"No permission to use request method {text}", "method", hint=hint)
