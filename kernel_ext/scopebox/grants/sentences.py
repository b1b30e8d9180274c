"""What a permission allows, in sentences for the person who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.manifest.permission import Permission
from scopebox.vocabulary import ITEMS, METHODS

if TYPE_CHECKING:
    from collections.abc import Collection


_VERBS: Final = {"create-items": "Create", "read-items": "Read", "update-items": "Change", "delete-items": "Delete"}


_BUILT_IN_SENTENCES: Final = {
    "log": "Write to the log",
    "sleep": "Wait",
    "register-filter": "Register filters: see and change what is about to happen",
    "register-action": "Register actions: see what has happened",
    "register-endpoint": "Register endpoints below its own name",
    "register-operation": "Register operations for flows",
}


def describe(permission: Permission) -> str:
    """Return the plain sentence for people: what the entry lets an extension do."""
    name = permission.permission
    if name in ITEMS:
        return f"{_VERBS[name]} items as the role {permission.role}"
    if name in _BUILT_IN_SENTENCES:
        return _BUILT_IN_SENTENCES[name]
    if not permission.methods or not permission.allowed_urls:
        return "Send no requests: no method or no URL is listed"
    every = set(permission.methods) == set(METHODS)
    methods = "any requests" if every else f"{_listed(permission.methods)} requests"
    return f"Send {methods} to {_listed([_place(url) for url in permission.allowed_urls])}"


def _place(url: str) -> str:
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
