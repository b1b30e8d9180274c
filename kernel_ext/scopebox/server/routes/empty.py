"""Routes of system collections of which a store never has any item: the list is empty for who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.server.absent_routes import absent_route
from scopebox.server.routes.route import Asked, data_response
from scopebox.server.routes.sight import Sight
from scopebox.store.errors import forbidden
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.values.types import is_uuid

if TYPE_CHECKING:
    from starlette.responses import Response

NAMES: Final = (
    "comments", "dashboards", "deployments", "extensions", "flows", "notifications", "operations", "panels", "presets", "shares",
    "translations", "versions",
)  # fmt: skip
"""What the routes are called."""
ABSENT: Final = ("activity", "permissions", "revisions", "settings")
"""Those of which a Directus always has something, and a store nothing."""


async def nothing(asked: Asked) -> Response:
    """Answer with an empty list."""
    _check(asked)
    return data_response([])


async def absent(asked: Asked) -> Response:
    """Say that there is no such route here, to who could read what it has on a Directus."""
    _check(asked)
    raise absent_route(asked.request)


async def asset(asked: Asked) -> Response:
    """Refuse the content of a file: none is kept."""
    raise absent_route(asked.request) if is_uuid(asked.names[0]) else forbidden()


async def not_there(asked: Asked) -> Response:
    """Refuse an item by its key: there is none."""
    _check(asked)
    raise forbidden()


def _check(asked: Asked) -> None:
    collection = PREFIX + asked.request.scope["path"].strip("/").partition("/")[0].lower()
    Sight(asked.store, asked.who).check_lists(collection)
