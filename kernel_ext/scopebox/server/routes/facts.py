"""``/server``: that it is there, what it is, and how it is."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

from scopebox.server.answers import KEPT
from scopebox.server.routes.route import Asked, data_response
from scopebox.server.version import DIRECTUS
from scopebox.store.errors import forbidden

_HEALTH: Final = "application/health+json; charset=utf-8"
PROJECT: Final = "scopebox"
_PROJECT: Final = {
    "project_name": PROJECT, "project_descriptor": "scopebox, which answers like a Directus", "project_logo": None, "project_color": "#6644FF",
    "default_appearance": "auto", "default_theme_light": None, "default_theme_dark": None, "theme_light_overrides": None,
    "theme_dark_overrides": None, "default_language": "en-US", "public_foreground": None, "public_favicon": None, "public_note": None,
    "custom_css": None, "public_registration": False, "public_registration_verify_email": True, "public_background": None,
}  # fmt: skip
_FOR_USERS: Final = {
    "mcp_enabled": False, "ai_enabled": False, "files": {"mimeTypeAllowList": ["*/*"]}, "rateLimit": False, "rateLimitGlobal": False,
    "extensions": {"limit": None}, "queryLimit": {"default": 100, "max": -1}, "websocket": False, "version": DIRECTUS,
}  # fmt: skip


async def info(asked: Asked) -> Response:
    """Answer what the server is; who is known hears which version it answers as."""
    known = _FOR_USERS if asked.who.user is not None else {}
    return data_response({"project": _PROJECT, "setupCompleted": True, **known})


async def health(asked: Asked) -> Response:
    """Answer that all is well."""
    told: dict[str, object] = {"status": "ok"}
    if asked.who.admin:
        server = asked.request.url
        told |= {"releaseId": DIRECTUS, "serviceId": f"{server.scheme}://{server.netloc}", "checks": {}}
    return Response(msgspec.json.encode(told), media_type=_HEALTH, headers=KEPT)


async def mcp(_: Asked) -> Response:
    """Refuse tools of language models, as a Directus does that was told nothing else."""
    raise forbidden("MCP must be enabled")
