"""Pages of other origins that were named may send and read, by the rules that a Directus has unless it is told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY: Final = "*"
METHODS: Final = "GET,POST,PATCH,DELETE"  # SEARCH is none of them there either
_ALWAYS: Final = {"access-control-allow-credentials": "true", "access-control-expose-headers": "Content-Range"}
_BEFORE: Final = {
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "Content-Type,Authorization",
    "access-control-max-age": "18000",
}


class Cors:
    """Answers what a browser asks before it sends, and tells it with each answer whether a page may read that."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = {**self._allowed(Headers(scope=scope).get("origin", "")), **_ALWAYS}
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={**told, **_BEFORE})(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in told.items():
                    if name != "vary" or "vary" not in headers:
                        headers[name] = value
            await send(message)

        await self._app(scope, receive, telling)

    def _allowed(self, origin: str) -> dict[str, str]:
        if ANY in self._origins:
            return {"access-control-allow-origin": ANY}
        named = {"access-control-allow-origin": origin} if origin in self._origins else {}
        return {**named, "vary": "Origin"}
