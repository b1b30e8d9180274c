"""A server behind a JupyterHub or a Binder: its public address, and what of a request belongs to the hub and to nobody behind it.

There a browser reaches a port of this machine by ``jupyter-server-proxy``, below ``/user/NAME/proxy/PORT/`` of the public host. The hub lets in
whom it knows, by its own cookies, by ``Authorization`` or by ``token`` in the query, and the proxy sends all of that on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

from scopebox.server.cookies import REFRESH, SESSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX: Final = "JUPYTERHUB_SERVICE_PREFIX"  # /user/NAME/
PUBLIC: Final = "JUPYTERHUB_PUBLIC_URL"  # of this user's server, from JupyterHub 5 on
BINDER: Final = "BINDER_LAUNCH_HOST"  # https://mybinder.org/, whose hubs are below that name
# Of whoever sits at the notebook: an extension that reads one of these could act as that user of the hub.
KEPT_BACK: Final = frozenset({b"authorization", b"referer", b"x-xsrftoken"})
OWN_COOKIES: Final = frozenset({SESSION.encode(), REFRESH.encode()})
TOKENS: Final = (
    "The hub keeps Authorization for itself: the token of a user of the store goes into access_token, in the query."
)
UNNAMED: Final = f"The hub does not say its public host, so requests to it are refused: set {PUBLIC} to the address of your server, and serve again."
_PARAMETER: Final = b"token"
_COOKIE_PATH: Final = "; Path=/;"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PREFIX: Final = re.compile(r"(?:/[\w.~@%+-]{1,200}){1,10}/?", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a notebook is served: below ``prefix`` at ``origin``, which is empty where the hub does not name it.

    A Binder does not: its hubs are hosts below ``domain``.
    """

    prefix: str
    origin: str = ""
    domain: str = ""

    def address(self, port: int) -> str:
        """Return where a port of this machine is reached: a URL, or its path where nobody says on which host."""
        return f"{self.origin}{self.prefix}proxy/{port}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever serves has to know."""
        told = [TOKENS]
        if find_spec("jupyter_server_proxy") is None:
            told.append("The address is there once jupyter-server-proxy is installed where Jupyter runs.")
        if not self.origin and not self.domain:
            told.append(UNNAMED)
        return tuple(told)

    def origin_of(self, host: bytes) -> bytes | None:
        """Return the origin of pages at the public ``host``, as a Host header names it; None for any other host."""
        name = host.decode("latin-1").lower()
        if self.origin and name == urlsplit(self.origin).netloc:
            return self.origin.encode()
        if self.domain and _NAME.fullmatch(name) and (name == self.domain or name.endswith(f".{self.domain}")):
            return b"https://" + name.encode()
        return None


def hub_of(environment: Mapping[str, str]) -> Hub | None:
    """Return the hub that this process runs behind, as its environment tells; None without one."""
    prefix = environment.get(PREFIX, "")
    if not _PREFIX.fullmatch(prefix):
        return None
    launched = _origin(environment.get(BINDER, ""))
    domain = urlsplit(launched).hostname if launched.startswith("https:") else None
    return Hub(f"{prefix.rstrip('/')}/", _origin(environment.get(PUBLIC, "")), domain or "")


def _origin(url: str) -> str:
    """Return the origin of a URL as a browser writes it; empty for what is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or host is None or not _NAME.fullmatch(host):
        return ""
    return f"{parts.scheme}://{host}{'' if port in (None, _DEFAULT_PORTS[parts.scheme]) else f':{port}'}"


class BehindHub:
    """Passes requests at the public host of ``hub`` on to ``app`` without what belongs to the hub; cookies are kept below ``path``."""

    def __init__(self, app: ASGIApp, hub: Hub, path: str) -> None:
        self._app = app
        self._hub = hub
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or not self._is_public(scope["headers"]):
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*map(self._answered, message.get("headers", []))]}
            await send(message)

        headers = [*_headers(scope["headers"])]
        await self._app({**scope, "headers": headers, "query_string": _query(scope["query_string"])}, receive, sending)

    def _is_public(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return any(name == b"host" and self._hub.origin_of(value) is not None for name, value in headers)

    def _answered(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """Return a header of an answer: a cookie is for what lies below this server, and for nothing else of the hub."""
        name, value = header
        if name.lower() != b"set-cookie":
            return header
        return name, value.decode("latin-1").replace(_COOKIE_PATH, f"; Path={self._path}/;", 1).encode("latin-1")


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        if name == b"cookie":
            pairs = (pair.strip() for pair in value.split(b";"))
            own = [pair for pair in pairs if pair.partition(b"=")[0] in OWN_COOKIES]
            if own:
                yield name, b"; ".join(own)
        elif name not in KEPT_BACK:
            yield name, value


def _query(query: bytes) -> bytes:
    """Return a query string without the token of the hub, however its name is written."""
    parts = query.split(b"&")
    return b"&".join(part for part in parts if unquote_to_bytes(part.partition(b"=")[0]) != _PARAMETER)
