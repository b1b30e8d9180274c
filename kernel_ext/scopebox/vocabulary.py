"""The words of the two documents and of Directus, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


QUERY_KEYS: Final = (
    "fields",
    "filter",
    "search",
    "sort",
    "limit",
    "offset",
    "page",
    "aggregate",
    "groupBy",
    "deep",
    "alias",
)


LOGICAL: Final = frozenset({"_and", "_or"})


# The events that this store fires by itself, each also in its scoped form (<collection>.<event>).
ITEM_EVENTS: Final = ("items.query", "items.read", "items.create", "items.update", "items.delete")


TYPES: Final = ("hook", "endpoint", "operation")


METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


ITEMS: Final = ("create-items", "read-items", "update-items", "delete-items")


REGISTRATIONS: Final = ("register-filter", "register-action", "register-endpoint", "register-operation")


BUILT_IN: Final = (
    "log",
    "sleep",
    *REGISTRATIONS,
)  # in a manifest of permissions; scopes have only REGISTRATIONS built in


PERMISSIONS: Final = ("request", *ITEMS)


EXECUTION_TYPES: Final = (*BUILT_IN, *PERMISSIONS)


SCOPES: Final = ("log", "sleep", "request")


LEVELS: Final[Mapping[str, str]] = {
    "seccomp+landlock": "The kernel refuses everything but calculating and talking to the sandbox, twice over.",
    "seccomp": "The kernel refuses everything but calculating and talking to the sandbox.",
    "landlock+rlimits": "Network not confined: the kernel refuses files, programs and processes, but not sockets.",
    "rlimits": "Language-level: a flaw in the language of the cells would open the files and the network of this user.",
    "language": "Language-level, without limits: a flaw in the language of the cells would give all that this user may do.",
}


FULL: Final = "seccomp"  # the lowest level at which the kernel is a boundary of its own
