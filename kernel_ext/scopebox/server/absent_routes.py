"""Routes that a Directus has and scopebox has not, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.server.paths import mount_of, parts_of, sent_path
from scopebox.store.errors import forbidden
from scopebox.store.values.types import is_uuid

if TYPE_CHECKING:
    from collections.abc import Container

    from starlette.requests import Request


ABSENT: Final = {
    "activity": "record of activity", "admin": "pages of an app", "assets": "contents of files", "comments": "comments",
    "dashboards": "dashboards", "deployments": "deployments", "extensions": "extensions over HTTP", "flows": "flows", "graphql": "GraphQL",
    "notifications": "notifications", "operations": "flows", "panels": "dashboards", "permissions": "permissions over HTTP",
    "presets": "presets", "revisions": "revisions", "settings": "settings", "shares": "shares", "translations": "translations",
    "versions": "versions",
}  # fmt: skip
"""What of a Directus the routes below a first part are about; other routes are only said not to be here."""
_WHOLE: Final = ("admin", "graphql")  # first parts below which it answers everything
_FLOW: Final = ("flows", "trigger")  # there are these routes there, and no flow behind them


def route_not_found(request: Request, path: str = "") -> DirectusError:
    """Return the answer to a path or a method that nothing answers; the path is told as it was sent."""
    path = path or sent_path(request)
    return DirectusError(404, "ROUTE_NOT_FOUND", f"Route {path} doesn't exist.", {"path": path})


def missing_route(request: Request, methods: Container[str]) -> DirectusError:
    """Return the answer where nothing here answers; ``methods`` are those that a Directus answers at the path.

    Where it does not answer either, what is said is what it says.
    """
    mount, below = mount_of(sent_path(request))
    first, *rest = parts_of(below) or [""]
    if (mount, first.lower()) == _FLOW and request.method in methods:
        return forbidden() if is_uuid(rest[0]) else route_not_found(request)
    there = mount in _WHOLE or request.method in methods
    return absent_route(request) if there else route_not_found(request)


def absent_route(request: Request) -> DirectusError:
    """Return the answer to a route that a Directus has, and that is not here."""
    path = sent_path(request)
    first, _ = mount_of(path)
    what = ABSENT.get(first, "such route")
    message = f"Route {path} doesn't exist: scopebox has no {what}, only items and the endpoints of extensions."
    return DirectusError(404, "ROUTE_NOT_FOUND", message, {"path": path})
