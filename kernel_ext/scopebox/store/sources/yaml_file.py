"""YAML as a Directus writes it, as plain data: no aliases, tags or merged keys, and no more values than a schema has.

Built from the parser's events, one by one. The usual way makes a graph of nodes first, which takes many times the text, and
lets a text of a few hundred bytes stand for any number of values.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final, NoReturn

import yaml

from scopebox.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

MAX_DEPTH: Final = 32  # nested lists and objects
MAX_VALUES: Final = 1_500_000  # keys and values
MAX_CONTAINERS: Final = 150_000  # lists and objects
MAX_TEXTS: Final = 200_000  # different texts; the same one is kept once
MAX_TEXT: Final = 1_000_000  # characters of one text
MAX_KEPT: Final = 24 * 2**20  # bytes of memory that the different texts take
_EVENTS: Final = 500  # of the parser in one step
_MAX_PLAIN: Final = 100  # characters of a text without quotes that may be a number or a date

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is there almost everywhere
_TEXT: Final = "tag:yaml.org,2002:str"
_MERGE: Final = "tag:yaml.org,2002:merge"
_HINT: Final = "A snapshot of a Directus has none of these: write what it stands for in its place."
_NOTHING: Final = object()

Container = dict[object, object] | list[object]


def load(path: Path, data: bytes) -> Generator[None, None, object]:
    """Return the value in ``data``, the bytes of the file ``path``, read in steps. SchemaError names file and line of what is refused."""
    builder = _Builder(path)
    try:
        for at, event in enumerate(yaml.parse(data, _LOADER)):
            builder.take(event)
            if at % _EVENTS == 0:
                yield
    except yaml.YAMLError as error:
        raise SchemaError(f"The snapshot {path} cannot be read: {' '.join(str(error)[:300].split())}") from error
    return builder.found


class _Builder:
    """Puts values together; what is open stands on a stack, an object with the key whose value comes next."""

    def __init__(self, path: Path) -> None:
        self.found: object = None
        self._path = path
        self._open: list[tuple[Container, object]] = []
        self._values = 0
        self._containers = 0
        self._kept = 0
        self._documents = 0
        self._texts: dict[str, str] = {}
        self._scalars = yaml.SafeLoader("")
        self._plain: dict[str, object] = {}

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.NodeEvent):
            if event.anchor is not None:  # an alias has one, too
                self._refuse(event, "has an anchor or an alias")
            if getattr(event, "tag", None) is not None:
                self._refuse(event, "has a tag")
        match event:
            case yaml.ScalarEvent():
                self._add(event, self._scalar(event))
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._refuse(event, "has a second document")

    def _begin(self, event: yaml.Event, container: Container) -> None:
        self._containers += 1
        if self._containers > MAX_CONTAINERS:
            self._refuse(event, f"has more than {MAX_CONTAINERS:,} lists and objects, which are the limit")
        if len(self._open) == MAX_DEPTH:
            self._refuse(event, f"has more than {MAX_DEPTH} lists and objects in each other, which are the limit")
        self._add(event, container)
        self._open.append((container, _NOTHING))

    def _add(self, event: yaml.Event, value: object) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self._refuse(event, f"has more than {MAX_VALUES:,} values, which are the limit")
        if not self._open:
            self.found = value
            return
        container, key = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif key is not _NOTHING:
            container[key] = value
            self._open[-1] = container, _NOTHING
        elif isinstance(value, dict | list):
            self._refuse(event, "has a list or an object as a key")
        else:
            self._open[-1] = container, value

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        text: str = event.value
        if not event.implicit[0] or len(text) > _MAX_PLAIN:
            return self._text(event, text)
        value = self._plain.get(text, _NOTHING)
        if value is _NOTHING:
            value = self._of_plain(event)
            self._plain[text] = value
            if len(self._plain) > MAX_TEXTS:
                self._refuse(event, f"has more than {MAX_TEXTS:,} different texts, which are the limit")
        return value

    def _of_plain(self, event: yaml.ScalarEvent) -> object:
        """Return the value of a text without quotes: a number, a date, a text and so on."""
        text: str = event.value
        tag = self._scalars.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        if tag == _MERGE:
            self._refuse(event, "merges another object")
        if tag == _TEXT:
            return self._text(event, text)
        try:
            value: object = self._scalars.construct_object(yaml.ScalarNode(tag, text))
        except ValueError as error:
            self._refuse(event, f"has no value that there is: {str(error)[:100]}")
        self._scalars.constructed_objects.clear()  # it keeps each of them otherwise
        return value

    def _text(self, event: yaml.Event, text: str) -> str:
        if len(text) > MAX_TEXT:
            self._refuse(event, f"has a text of {len(text):,} characters, {MAX_TEXT:,} are the limit")
        known = self._texts.setdefault(text, text)
        if known is text:
            self._kept += getsizeof(text)
        if self._kept > MAX_KEPT:
            self._refuse(event, f"has texts that take more than {MAX_KEPT // 2**20} MiB of memory, which are the limit")
        if len(self._texts) > MAX_TEXTS:
            self._refuse(event, f"has more than {MAX_TEXTS:,} different texts, which are the limit")
        return known

    def _refuse(self, event: yaml.Event, what: str) -> NoReturn:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        raise SchemaError(f"The snapshot {self._path}: line {line} {what}", hint=_HINT)
