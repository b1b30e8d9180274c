"""The words of the two documents and of Directus, each once, and the table of execution types.

Filter operators stand beside their SQL in ``scopebox.store.query.operators``, aggregate functions in
``scopebox.store.reading.aggregate_functions``. What answers an execution type stands under the same name in
``scopebox.execution_types.table``.

The module is longer than the house rule because a word that stands here stands nowhere else, and the tables refer to one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, get_args

from scopebox_guest import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTUS_URL: Final = "http://127.0.0.1:8055"  # where one answers that nobody has configured

# Requests and queries

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Each with what it says, in words for who writes one.
QUERY_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fields": "the fields of each item; dots lead through relations, as in author.name, and * is all of one level",
        "filter": "which items: conditions by field, as in status: {_eq: published}, joined by _and and _or",
        "search": "only items that hold this text in one of their fields of text",
        "sort": "the order of the items: fields, the first one counts most; - in front turns one round",
        "limit": "how many items at most; -1 is all of them",
        "offset": "how many items are skipped at the beginning",
        "page": "which page of limit items, counted from 1",
        "aggregate": "numbers in place of items, as in count: *",
        "groupBy": "the fields by which the numbers of aggregate are grouped",
        "deep": "a query of its own for the items of a relation, with _ in front of its keys",
        "alias": "other names for fields in the answer",
    }
)
LOGICAL: Final[Mapping[str, str]] = MappingProxyType(  # keys of a filter that join others
    {"_and": "all filters of the list hold", "_or": "at least one filter of the list holds"}
)
QUANTIFIERS: Final[Mapping[str, str]] = MappingProxyType(  # keys of a filter on a relation to many
    {"_some": "at least one related item fulfils the filter", "_none": "no related item fulfils the filter"}
)

# Extensions

Style = Literal["exec", "api"]  # the dialect of an extension: exec(…), or the functions of directus.api
Notation = Literal["toml", "json"]  # how a manifest is written
Type = Literal["hook", "endpoint", "operation"]  # what the default export of an extension is
TYPES: Final[tuple[Type, ...]] = get_args(Type)
HookKind = Literal["filter", "action"]
HOOK_KINDS: Final[tuple[HookKind, ...]] = get_args(HookKind)
# The events that this store fires by itself, each also in its scoped form (<collection>.<event>), with when that is.
ITEM_EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "items.query": "before items are read; the payload of a filter is the query",
        "items.read": "after items were read; the payload of a filter is the list of them",
        "items.create": "when an item is created; the payload is the item",
        "items.update": "when items are changed; the payload holds what changes",
        "items.delete": "when items are deleted; the payload is the list of their keys",
    }
)

# Log and trace

Level = Literal["info", "warn", "error"]
LOG_LEVELS: Final[tuple[Level, ...]] = get_args(Level)
API_PREFIX: Final = wire.API_PREFIX  # in front of the execution type of a call that was made with directus.api
HANDLER_PREFIX: Final = "handler:"  # in front of the type of a call of a handler by the host
FILTER_PREFIX: Final = "filter:"
ACTION_PREFIX: Final = "action:"  # in front of the event, in what a call of an action's handler is called

# States

CallState = Literal["running", "ok", "refused", "failed", "cancelled"]
GrantState = Literal["built-in", "required", "granted", "denied"]
StateTone = Literal["ok", "warn", "bad", "muted", "info"]


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is written: a sign and a word, so that it is told without colour, and the tone of its colour.

    ``sentence`` is the word where there is room for more.
    """

    sign: str
    word: str
    tone: StateTone
    sentence: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.sentence or self.word}"


CALL_STATES: Final[Mapping[CallState, StateWords]] = MappingProxyType(
    {
        "running": StateWords("…", "running", "info"),
        "ok": StateWords("✓", "ok", "ok"),
        "refused": StateWords("✕", "refused", "bad"),
        "failed": StateWords("✕", "failed", "bad"),
        "cancelled": StateWords("○", "cancelled", "warn"),
    }
)
GRANT_STATES: Final[Mapping[GrantState, StateWords]] = MappingProxyType(
    {
        "built-in": StateWords("✓", "built in", "muted"),
        "required": StateWords("✓", "required", "info", "required, granted by running it"),
        "granted": StateWords("✓", "granted", "ok", "optional, granted"),
        "denied": StateWords("✕", "denied", "bad", "optional, denied"),
    }
)
NOT_DECIDED: Final = StateWords(
    "·", "not decided", "muted", "optional, not decided"
)  # denied, as nobody said yes or no

# Execution types


@dataclass(frozen=True, slots=True)
class ExecutionType:
    """One execution type, as data. What it does is the function of the same name in ``scopebox.execution_types.table``.

    ``allows`` is what it lets an extension do, in words for the user who decides; ``{role}``, ``{methods}`` and ``{urls}``
    stand for what the permission says. ``arguments`` names what follows the type in a call; the keys of the options object
    at its end are ``options``. ``permission_keys`` are the keys of its entry in a manifest besides ``permission``,
    ``optional`` and ``reason``, and None for a type that is built in. ``scope_keys`` are the keys of its scope, and None for
    a type that only ``exec`` has.

    ``handler`` is what its handler is called in an error, empty for a type without one. ``immediate``: the host answers before
    the guest goes on. ``large``: a call may take more than an ordinary frame. ``items``: it carries items, so it may hold more
    values than other calls.
    """

    name: str
    allows: str
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    permission_keys: tuple[str, ...] | None = None
    scope_keys: tuple[str, ...] | None = None
    handler: str = ""
    immediate: bool = False
    large: bool = False
    items: bool = False

    @property
    def built_in(self) -> bool:
        """Whether every extension with a manifest of permissions has it."""
        return self.permission_keys is None

    @property
    def entry_keys(self) -> tuple[str, ...]:
        """The keys of its entry in a manifest besides those that every entry has."""
        return self.permission_keys or ()

    @property
    def calls(self) -> tuple[str, ...]:
        """How it stands in a frame: with ``exec``, and with ``directus.api`` where that has it."""
        return (self.name,) if self.scope_keys is None else (self.name, f"{API_PREFIX}{self.name}")

    @property
    def call(self) -> str:
        """How it is called, with the keys of its options."""
        keys = ", ".join(f'"{key}"' for key in self.options)
        parts = [f'"{self.name}"', *self.arguments, *([f"{{{keys}}}"] if keys else [])]
        return f"exec({', '.join(parts)})"


_TABLE: Final = (
    ExecutionType("log", "Write to the log", ("message",), scope_keys=(), immediate=True),
    ExecutionType("sleep", "Wait", ("milliseconds",), scope_keys=()),
    ExecutionType(
        "request",
        "Send {methods} to {urls}",
        ("url",),
        ("method", "headers", "body", "output"),
        permission_keys=("allowedUrls", "methods"),
        scope_keys=("methods", "urls"),
        large=True,
    ),
    ExecutionType(
        "create-items",
        "Create items as the role {role}",
        ("collection",),
        ("data",),
        permission_keys=("role",),
        large=True,
        items=True,
    ),
    ExecutionType(
        "read-items",
        "Read items as the role {role}",
        ("collection",),
        ("query",),
        permission_keys=("role",),
        large=True,
        items=True,
    ),
    ExecutionType(
        "update-items",
        "Change items as the role {role}",
        ("collection",),
        ("query", "data"),
        permission_keys=("role",),
        large=True,
        items=True,
    ),
    ExecutionType(
        "delete-items",
        "Delete items as the role {role}",
        ("collection",),
        ("query",),
        permission_keys=("role",),
        large=True,
        items=True,
    ),
    ExecutionType(
        "register-filter",
        "Register filters: see and change what is about to happen",
        options=("event", "handler"),
        handler="Filter handler",
    ),
    ExecutionType(
        "register-action",
        "Register actions: see what has happened",
        options=("event", "handler"),
        handler="Action handler",
    ),
    ExecutionType(
        "register-endpoint",
        "Register endpoints below its own name",
        options=("method", "path", "handler"),
        handler="Route handler",
    ),
    ExecutionType(
        "register-operation",
        "Register operations for flows",
        options=("id", "handler"),
        handler="Operation config handler",
    ),
)
EXECUTION_TYPES: Final[Mapping[str, ExecutionType]] = MappingProxyType({row.name: row for row in _TABLE})

# The same in groups, by name.
BUILT_IN: Final = tuple(row.name for row in _TABLE if row.built_in)  # in a manifest of permissions
REGISTRATIONS: Final = tuple(
    row.name for row in _TABLE if row.handler
)  # in a manifest of scopes, these alone are built in
PERMISSIONS: Final = tuple(row.name for row in _TABLE if not row.built_in)
ITEMS: Final = tuple(row.name for row in _TABLE if row.items)
SCOPES: Final = tuple(row.name for row in _TABLE if row.scope_keys is not None)

# The keys of manifests, each with what it says.
MANIFEST_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "permissions": "what the extension asks for with exec: a list of entries, one for each execution type",
        "requestedScopes": "what the extension asks for of directus:api: log, sleep and request, each with its options",
        "type": f"what the default export is: {', '.join(TYPES[:-1])} or {TYPES[-1]}",
    }
)
PERMISSION_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "permission": "the execution type; needed in every entry",
        "optional": "true: denied until the user grants it; false by default",
        "role": "id or name of the role whose rights the calls have; needed for items, not allowed elsewhere",
        "allowedUrls": "URLs with wildcards, or /regular expressions/; needed for request, not allowed elsewhere",
        "methods": "methods that request may use; GET, POST, PUT, PATCH and DELETE by default",
        "reason": "what the author tells the user, up to 300 characters; our addition",
    }
)
SCOPE_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "methods": "methods that request may use; needed",
        "urls": "URLs with wildcards that request may reach; needed",
    }
)

# The same for the guest, which imports nothing of the host.
CALL_TYPES: Final = wire.CallTypes(
    functions=SCOPES,
    bulk=frozenset(call for row in _TABLE if row.large for call in row.calls),
    items=frozenset(ITEMS),
    immediate=frozenset(call for row in _TABLE if row.immediate for call in row.calls),
    handlers={row.name: row.handler for row in _TABLE if row.handler},
)

# Levels of isolation

LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "seccomp+landlock": "The kernel refuses everything but calculating and talking to the sandbox, twice over.",
        "seccomp": "The kernel refuses everything but calculating and talking to the sandbox.",
        "landlock+rlimits": "Network not confined: the kernel refuses files, programs and processes, but not sockets.",
        "rlimits": "Language-level: a flaw in the language of the cells would open the files and the network of this user.",
        "language": "Language-level, without limits: a flaw in the language of the cells would give all that this user may do.",
    }
)
FULL: Final = "seccomp"  # the lowest level at which the kernel is a boundary of its own
