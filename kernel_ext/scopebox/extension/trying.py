"""A line of the notebook for each thing that was registered, by which it can be tried: ready to paste, with values to write over."""

from __future__ import annotations

import json
import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.registry.event_names import matches
from scopebox.store.schema.schema import NO_DEFAULT, columns
from scopebox.text.messages import quote
from scopebox.vocabulary import ITEM_EVENTS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scopebox.store.schema.schema import Collection, Schema

MAX_FIELDS: Final = 4  # of the item that a line gives
MAX_COLLECTIONS: Final = 50  # whose fields are looked for in the source
READ_CHARACTERS: Final = 100_000  # characters of the source that are looked at
MAX_NAMES: Final = 2_000  # of events that a pattern is compared with
_ANY: Final = "*"
_KEY: Final = 1
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_PARAMETER: Final = re.compile(r":\w{1,100}\??")
_PLAIN_PATH: Final = re.compile(r"[\w@./~%,;=&!-]{1,1000}")
_LOOKED_UP: Final = r"""(?:\[["'](\w{1,40})["']\]|\.get\(["'](\w{1,40})["']|\.(\w{1,40})\b(?!\())"""
_OF_OPTIONS: Final = re.compile(rf"(?<![.\w])(?:options|data){_LOOKED_UP}")
_OF_BODY: Final = re.compile(rf"""\bbody["']?\]?{_LOOKED_UP}""")
_VALUES: Final[Mapping[str, object]] = {
    "integer": 1,
    "bigInteger": "1",
    "float": 1.5,
    "decimal": "1.5",
    "boolean": True,
    "date": "2026-01-01",
    "dateTime": "2026-01-01T12:00:00",
    "timestamp": "2026-01-01T12:00:00Z",
    "time": "12:00:00",
    "json": {},
    "csv": ["…"],
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class Trials:
    """The lines that try what one source registers; whatever they need of the source is looked for once.

    Of a collection that may be any, it is one whose fields the source names.
    """

    def __init__(self, schema: Schema, source: str = "") -> None:
        self._schema = schema
        self._source = source[:READ_CHARACTERS]

    def line(self, registered: str) -> str:
        """Return the line that tries ``registered``, as it stands in a result; empty where none can be told."""
        kind, _, name = registered.partition(" ")
        if kind in METHODS:
            return self._request(kind, name)
        if kind == "operation":
            return f"%sandbox run {name} {self._options}"
        return self._emit(kind, name)

    @cached_property
    def _options(self) -> str:
        return _named(_OF_OPTIONS.finditer(self._source))

    @cached_property
    def _body(self) -> str:
        return _named(_OF_BODY.finditer(self._source))

    @cached_property
    def _collection(self) -> Collection | None:
        """The collection whose fields the source names, else the first."""
        collections = list(self._schema.collections.values())
        known = ((entry, _item(entry)) for entry in collections[:MAX_COLLECTIONS])
        named = (entry for entry, item in known if item and all(name in self._source for name in item))
        return next(named, next(iter(collections), None))

    def _request(self, method: str, pattern: str) -> str:
        path = _PARAMETER.sub(str(_KEY), pattern).replace(_ANY, "any")
        if not _PLAIN_PATH.fullmatch(path):
            return ""
        return " ".join(["%sandbox request", method, path, *([self._body] if method in _WITH_BODY else [])])

    def _emit(self, kind: str, pattern: str) -> str:
        collection, event = self._fired(pattern)
        if not event:
            return "" if _ANY in pattern else f"%sandbox emit {kind} {pattern} {{}}"
        item = {} if collection is None else _item(collection)
        payload, meta = _payload(event, item), _meta(kind, event)
        scoped = collection is not None and not matches(pattern, event)
        name = f"{collection.name}.{event}" if scoped and collection is not None else event
        words = ["%sandbox emit", kind, name, json.dumps(payload, ensure_ascii=False)]
        if collection is not None and not scoped:
            words += [
                "--collection",
                collection.name if _PLAIN_PATH.fullmatch(collection.name) else quote(collection.name),
            ]
        words += ["--meta", json.dumps(meta)] if meta else []
        return " ".join(words)

    def _fired(self, pattern: str) -> tuple[Collection | None, str]:
        """Return of which collection an event is that ``pattern`` listens to, and which one; an empty name if no item fires any."""
        events = [event for event in ITEM_EVENTS if matches(pattern, event)]
        if events:
            return self._collection, _plainest(events)
        for collection in islice(self._schema.collections.values(), MAX_NAMES // len(ITEM_EVENTS)):
            events = [event for event in ITEM_EVENTS if matches(pattern, f"{collection.name}.{event}")]
            if events:
                return collection, _plainest(events)
        return None, ""


def _named(looked_up: Iterator[re.Match[str]]) -> str:
    """Return an object with the names that handlers look for, as far as their text shows it."""
    found = (match[1] or match[2] or match[3] for match in looked_up)
    return json.dumps(dict.fromkeys(islice(dict.fromkeys(found), MAX_FIELDS), "…"), ensure_ascii=False)


def _plainest(events: list[str]) -> str:
    return "items.create" if "items.create" in events else events[0]


def _payload(event: str, item: dict[str, object]) -> object:
    match event:
        case "items.delete":
            return [_KEY]
        case "items.read":
            return [{"id": _KEY, **item}]
        case "items.query":
            return {"limit": _KEY}
        case _:
            return item


def _meta(kind: str, event: str) -> dict[str, object]:
    """Return what handlers of an event look for beside its payload."""
    if event in ("items.update", "items.delete"):
        return {"keys": [_KEY]}
    return {"key": _KEY} if (kind, event) == ("action", "items.create") else {}


def _item(collection: Collection) -> dict[str, object]:
    """Return the fields that an item cannot do without, and a text: that is what most handlers look at."""
    own = [field for field in columns(collection) if not (field.primary_key or field.generated or field.kind)]
    needed = [field for field in own if not field.nullable and field.default is NO_DEFAULT][:MAX_FIELDS]
    texts = [field for field in (*needed, *own) if field.type in ("string", "text")][:1]
    chosen = {field.name for field in (*needed, *texts)}
    return {field.name: _VALUES.get(field.type, "…") for field in own if field.name in chosen}
