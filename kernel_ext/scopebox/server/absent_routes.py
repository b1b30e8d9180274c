"""Routes that a Directus has and scopebox has not, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.server.paths import mount_of, sent_path

if TYPE_CHECKING:
    from starlette.requests import Request


ABSENT: Final = {
    "activity": "activity", "admin": "pages of an app", "assets": "contents of files", "comments": "comments", "dashboards": "dashboards", "deployments": "deployments", "extensions": "extensions over HTTP",
    "flows": "flows", "graphql": "GraphQL",
    "metrics": "metrics", "notifications": "notifications", "operations": "flows", "panels": "dashboards",
    "permissions": "permissions over HTTP", "presets": "presets",
    "revisions": "revisions",
    "settings": "settings", "shares": "shares", "translations": "translations",
    "versions": "versions" }  # fmt: skip


def route_not_found(request: Request, path: str = "") -> DirectusError:
    """Return the answer to a path or a method that nothing answers; the path is told as it was sent."""
    path = path or sent_path(request)
    return DirectusError(404, "ROUTE_NOT_FOUND", f"Route {path} doesn't exist.", {"path": path})


def absent_route(request: Request) -> DirectusError:
    """Return the answer to a route that a Directus has, and that is not here."""
    path = sent_path(request)
    first, _ = mount_of(path)
    message = (
        f"Route {path} doesn't exist: there are no {ABSENT[first]} here, only items and the endpoints of extensions."
    )
    return DirectusError(404, "ROUTE_NOT_FOUND", message, {"path": path})
