"""Who may send to a served sandbox: clients on this machine, pages of the origins that were named, and those of the hub that it runs behind.

A browser says by ``Sec-Fetch-Site`` where a request comes from (Fetch Metadata, W3C), older ones by ``Origin`` alone; programs
such as curl and the SDK of Directus send neither. The Host header is checked because a name of somebody else's may lead here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.server.cors import ANY
from scopebox.server.error_shapes import error_response
from scopebox.store.errors import forbidden, invalid_payload

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from scopebox.errors import DirectusError
    from scopebox.server.hub import Hub

NAMES: Final = frozenset({b"127.0.0.1", b"localhost"})
OWN_SITES: Final = (b"same-origin", b"none")
BEFORE: Final = b"access-control-request-method"  # no page can send this, only its browser by itself
NAVIGATION: Final = {b"sec-fetch-mode": b"navigate", b"sec-fetch-dest": b"document", b"sec-fetch-user": b"?1"}
_TELLING: Final = frozenset({b"host", b"origin", b"sec-fetch-site", BEFORE, *NAVIGATION})
"""The headers that are looked at."""


class Guard:
    """Passes on to ``app`` what may be sent; ``cors`` is the origins whose pages may. Anything else is answered here.

    The public host of ``hub`` is one more name of this server, and its pages are own ones.
    """

    def __init__(self, app: ASGIApp, cors: tuple[str, ...] = (), hub: Hub | None = None) -> None:
        self._app = app
        self._hub = hub
        self._any = ANY in cors
        self._origins = frozenset(origin.encode() for origin in cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and (error := self._refusal(scope)) is not None:
            await error_response(error, admin=False)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> DirectusError | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            if name in _TELLING:
                headers.setdefault(name, []).append(value)
        host = b", ".join(headers.get(b"host", ())).lower()
        public = None if self._hub is None else self._hub.origin_of(host)
        if public is None and host.partition(b":")[0] not in NAMES:
            return invalid_payload("The Host header has to name 127.0.0.1 or localhost")
        origins, sites = headers.get(b"origin", []), headers.get(b"sec-fetch-site", [])
        named = self._any or (len(origins) == 1 and origins[0] in self._origins)
        own = [public or b"http://" + host]
        allowed = sites[0] in OWN_SITES and len(sites) == 1 if sites else not origins or origins == own
        if named or allowed or _grants_nothing(scope["method"], headers):
            return None
        return forbidden(
            "Pages of other origins may not send to this server. Serve it with --cors ORIGIN, or box.serve(cors=(ORIGIN,)), to allow one"
        )


def _grants_nothing(method: str, headers: dict[bytes, list[bytes]]) -> bool:
    """Whether a page gets nothing out of a request: a link that somebody follows, or the question before a request.

    That question is answered as by a Directus without CORS: no header allows anything, so the browser sends nothing after it.
    """
    return BEFORE in headers if method == "OPTIONS" else method == "GET" and _is_navigation(headers)


def _is_navigation(headers: dict[bytes, list[bytes]]) -> bool:
    """Whether a person opens an address in a tab, by a link of whatever page."""
    return all(headers.get(name) == [value] for name, value in NAVIGATION.items())
