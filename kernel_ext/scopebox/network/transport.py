"""The network side of ``request``: one connection for each request, to an address that was checked, and to no other.

httpx is imported here and nowhere else on the way of a request, so it is loaded at the first one. No client is involved: there
are no cookies, no proxies, no credentials from the environment, no redirects and no connection that two requests share.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx

from scopebox.errors import ExtensionError
from scopebox.network.response import PIECE_BYTES, BodyReader, Response, untaken
from scopebox.urls.hosts import literal_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from scopebox.network.outgoing import Outgoing
    from scopebox.network.response import Take
    from scopebox.settings import Settings

CHUNKS_A_TURN: Final = 64  # pieces of a body that are read before others have their turn
_NO_SHARING: Final = httpx.Limits(max_connections=1, max_keepalive_connections=0)


class Network:
    """Sends requests, over the network or over a ``transport`` that replaces it."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._tls = None if transport is not None else httpx.create_ssl_context(trust_env=False)

    async def send(
        self, outgoing: Outgoing, headers: Mapping[str, str], addresses: Sequence[str], take: Take = untaken
    ) -> Response:
        """Send ``outgoing`` with ``headers`` to the first of ``addresses`` that takes the connection, and read the response.

        The body is ``take``n from a budget. Raises TimeoutError, or ExtensionError with a message that holds nothing of the
        headers.
        """
        *others, last = addresses or [outgoing.url.host]  # a transport of the user's own takes names
        for address in others:
            try:
                return await self._connect(outgoing, headers, address, len(addresses), take)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent yet
        try:
            return await self._connect(outgoing, headers, last, max(1, len(addresses)), take)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _no_connection(outgoing, error) from None

    async def _connect(
        self, outgoing: Outgoing, headers: Mapping[str, str], address: str, shares: int, take: Take
    ) -> Response:
        """Send ``outgoing`` to ``address``; raises httpx's errors of connecting as they are."""
        if self._transport is not None:
            return await self._exchange(self._transport, outgoing, headers, outgoing.url.host, take=take)
        assert self._tls is not None
        transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, http2=False, limits=_NO_SHARING)
        async with transport:
            return await self._exchange(transport, outgoing, headers, address, shares=shares, take=take)

    async def _exchange(
        self,
        transport: httpx.AsyncBaseTransport,
        outgoing: Outgoing,
        headers: Mapping[str, str],
        address: str,
        *,
        shares: int = 1,
        take: Take,
    ) -> Response:
        seconds = self._settings.request_seconds
        url = outgoing.url
        extensions: dict[str, object] = {
            "timeout": {"connect": seconds / shares, "read": seconds, "write": seconds, "pool": seconds}
        }
        if literal_address(url.host) is None:
            extensions["sni_hostname"] = url.host  # the certificate has to be that of the name, whatever the address
        sent = {"host": url.authority, "connection": "close", **headers}
        body: bytes | AsyncIterator[bytes] | None = outgoing.body
        if outgoing.body is not None and self._transport is None:
            sent["content-length"] = str(len(outgoing.body))
            body = _pieces(outgoing.body)
        request = httpx.Request(
            outgoing.method,
            httpx.URL(scheme=url.scheme, host=address, port=url.port, raw_path=url.target.encode()),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
            content=body,
            extensions=extensions,
        )
        try:
            response = await transport.handle_async_request(request)
            try:
                return await self._read(response, take)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, ExtensionError):
            raise
        except (httpx.TimeoutException, TimeoutError):
            raise TimeoutError from None
        except Exception as error:  # noqa: BLE001 - a transport may be anybody's, and an error may show headers
            raise ExtensionError(
                f"Request failed: {url.authority} sent an invalid HTTP response, or closed the connection",
                kind="RuntimeError",
                hint=f"It ended with {type(error).__name__}.",
            ) from None

    async def _read(self, response: httpx.Response, take: Take) -> Response:
        headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        answer = Response(response.status_code, response.reason_phrase, headers, b"")
        if answer.location:  # its body is not asked for: what comes next may let it wait for long
            return answer
        reader = BodyReader(response.headers.get("content-encoding", ""), self._settings.request_bytes, take)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        turn = 0
        async for chunk in response.stream:
            await reader.feed(chunk)
            turn += 1 + CHUNKS_A_TURN * len(chunk) // PIECE_BYTES
            if turn >= CHUNKS_A_TURN:  # a server may cut its body into bytes, and they are all there at once
                turn = 0
                await asyncio.sleep(0)
        return replace(answer, body=reader.body())


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """Give ``body`` in pieces: what a server does not take is kept by the connection, and it has to be kept once."""
    for start in range(0, len(body), PIECE_BYTES):
        yield body[start : start + PIECE_BYTES]


def _no_connection(outgoing: Outgoing, error: Exception) -> Exception:
    """Return the error for a connection that did not come about, in the words of Directus's client where it has them."""
    if isinstance(error, httpx.ConnectTimeout):
        return TimeoutError()
    place = f"{outgoing.url.host}:{outgoing.url.port}"
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            message = f"The certificate of {outgoing.url.host} is not valid: {cause.verify_message}"
            return ExtensionError(message, kind="RuntimeError")
        code = "" if isinstance(cause, ssl.SSLError) else errno.errorcode.get(getattr(cause, "errno", None) or 0, "")
        if code:
            return ExtensionError(f"connect {code} {place}", kind="RuntimeError")
    return ExtensionError(f"connect failed {place}", kind="RuntimeError")


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
