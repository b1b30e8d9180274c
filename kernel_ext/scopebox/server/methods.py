"""The routes of a Directus that are here, and the methods of each in the order in which an OPTIONS names them."""

from __future__ import annotations

from typing import Final

from scopebox.server.paths import parameter, parts_of

_ITEMS: Final = "POST,GET,HEAD,SEARCH,PATCH,DELETE"
_ITEM: Final = "GET,HEAD,PATCH,DELETE"
_READ: Final = "GET,HEAD"
_RECORDS: Final = {"/": _ITEMS, "/:pk": _ITEM}
ROUTES: Final[dict[str, dict[str, str]]] = {
    "access": _RECORDS,
    "activity": {"/": "SEARCH,GET,HEAD", "/:pk": _READ},
    "assets": {"/folder/:pk": "POST", "/files": "POST", "/:pk": _READ, "/:pk/:filename": _READ},
    "auth": {"/": _READ, "/login": "POST", "/refresh": "POST", "/logout": "POST", "/password/request": "POST", "/password/reset": "POST"},
    "collections": {"/": "POST,GET,HEAD,SEARCH,PATCH", "/:collection": _ITEM},
    "comments": _RECORDS,
    "dashboards": _RECORDS,
    "deployments": {"/": "POST,GET,HEAD,SEARCH", "/:provider": _ITEM},
    "extensions": {"/": _READ, "/:pk": "PATCH,DELETE"},
    "fields": {"/": _READ, "/:collection": "GET,HEAD,POST,PATCH", "/:collection/:field": _ITEM},
    "files": {"/": _ITEMS, "/import": "POST", "/:pk": _ITEM},
    "flows": {"/trigger/:pk": "GET,HEAD,POST", **_RECORDS},
    "folders": _RECORDS,
    "items": {"/:collection": "POST,SEARCH,GET,HEAD,PATCH,DELETE", "/:collection/:pk": _ITEM},
    "mcp": {"/": "GET,HEAD,POST"},
    "notifications": _RECORDS,
    "operations": _RECORDS,
    "panels": _RECORDS,
    "permissions": {"/": _ITEMS, "/me": _READ, "/:pk": _ITEM, "/me/:collection": _READ, "/me/:collection/:pk": _READ},
    "policies": {"/": _ITEMS, "/me/globals": _READ, "/:pk": _ITEM},
    "presets": _RECORDS,
    "relations": {"/": "GET,HEAD,POST", "/:collection": _READ, "/:collection/:field": _ITEM},
    "revisions": {"/": "GET,HEAD,SEARCH", "/:pk": _READ},
    "roles": {"/": _ITEMS, "/me": _READ, "/:pk": _ITEM},
    "schema": {"/snapshot": _READ, "/diff": "POST", "/apply": "POST"},
    "server": {"/specs/oas": _READ, "/specs/graphql": _READ, "/specs/graphql/:scope": _READ, "/info": _READ, "/health": _READ, "/setup": "POST"},
    "settings": {"/": "GET,HEAD,PATCH", "/owner": "POST"},
    "shares": {"/auth": "POST", "/invite": "POST", "/info/:pk": _READ, **_RECORDS},
    "translations": _RECORDS,
    "users": {
        "/": _ITEMS, "/me": "GET,HEAD,PATCH", "/:pk": _ITEM, "/me/track/page": "PATCH", "/invite": "POST", "/invite/accept": "POST",
        "/register": "POST", "/register/verify-email": _READ, "/me/tfa/generate": "POST", "/me/tfa/enable": "POST", "/me/tfa/disable": "POST",
        "/:pk/tfa/disable": "POST",
    },
    "utils": {
        "/hash/generate": "POST", "/hash/verify": "POST", "/sort/:collection": "POST", "/revert/:revision": "POST", "/import/:collection": "POST",
        "/export/:collection": "POST", "/translations/generate": "POST", "/cache/clear": "POST", "/resolve-redirect": "POST", "/random/string": _READ,
    },
    "versions": _RECORDS,
}  # fmt: skip
"""By the first part of a path and the pattern of the rest."""
# By the first part and the number of the others.
_PATTERNS: Final[dict[tuple[str, int], list[tuple[list[str], list[str]]]]] = {}
for _mount, _routes in ROUTES.items():
    for _pattern, _methods in _routes.items():
        _parts = parts_of(_pattern)
        _PATTERNS.setdefault((_mount, len(_parts)), []).append((_parts, _methods.split(",")))


def methods_of(mount: str, below: str) -> list[str]:
    """Return the methods that are answered at the path ``below`` a first part; none where there is no such route.

    DirectusError 500 for a parameter whose encoding is broken, as in a Directus, whatever the method is.
    """
    parts = parts_of(below)
    found: dict[str, None] = {}
    for pattern, methods in _PATTERNS.get((mount, len(parts)), ()):
        if _covers(pattern, parts):
            found.update(dict.fromkeys(methods))
    return list(found)


def _covers(pattern: list[str], parts: list[str]) -> bool:
    pairs = list(zip(pattern, parts, strict=True))
    if not all(part if name.startswith(":") else part.lower() == name for name, part in pairs):
        return False
    for name, part in pairs:
        if name.startswith(":"):
            parameter(part)
    return True
