"""What a permission allows, in sentences for the person who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.manifest.permission import Permission
from scopebox.urls.patterns import UrlPattern
from scopebox.vocabulary import EXECUTION_TYPES, METHODS

if TYPE_CHECKING:
    from collections.abc import Collection


def describe(permission: Permission) -> str:
    """Return the plain sentence for people: what the entry lets an extension do."""
    row = EXECUTION_TYPES[permission.permission]
    if "allowedUrls" not in row.entry_keys:
        return row.allows.format(role=permission.role)
    if not permission.methods or not permission.allowed_urls:
        return "Send no requests: no method or no URL is listed"
    every = set(permission.methods) == set(METHODS)
    methods = "any requests" if every else f"{_listed(permission.methods)} requests"
    return row.allows.format(methods=methods, urls=_listed([_place(url) for url in permission.allowed_urls]))


def shown_url(url: str) -> str:
    """Return a URL pattern for people: before one with a host that is not plain ASCII stands what the host really is."""
    plain = _in_ascii(url)
    return url if plain == url else f"{plain} (written {url})"


def _in_ascii(url: str) -> str:
    return url if url.isascii() else UrlPattern.parse(url).in_ascii()


def _place(url: str) -> str:
    plain = _in_ascii(url)
    return _reached(url) if plain == url else f"{_reached(plain)} (written {url})"


def _reached(url: str) -> str:
    if url.startswith("/"):
        return f"URLs that match {url}"
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    anywhere = not path.strip("*") and bool(path or not slash)
    if not host.strip("*") and anywhere:
        return "every public host" if scheme == "https" else f"every public host over {scheme}"
    place = host if anywhere and path else rest
    place = place if scheme == "https" else f"{scheme}://{place}"
    return f"any host that matches {place}" if "*" in host else place


def _listed(words: Collection[str]) -> str:
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last
