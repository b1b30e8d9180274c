"""Hooks that write to the collection that they listen to: over REST each such write calls them again, without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.directus.export.shim import WRITES
from scopebox.errors import ExportError
from scopebox.journal.trace import first_text
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.directus.export.parts import Part
    from scopebox.extension.extension import Extension

_ITEMS: Final = "items."


def check_recursion(extension: Extension, part: Part, outline: Outline | None, *, allowed: bool) -> None:
    """Raise ExportError if a hook would write to what it listens to, as far as its text and its calls so far tell."""
    if allowed or outline is None or part.type != "hook":
        return
    written = {collection: line for collection, line in _written(extension, outline) if collection}
    for _, event in part.events:
        collection, found, _ = event.partition(f".{_ITEMS}")
        every = event.startswith(_ITEMS)
        for name, line in written.items():
            if every or (found and collection == name):
                where = f"line {line}: " if line else ""
                raise ExportError(
                    f"{where}the hook on {quote(event)} writes to {quote(name)}: over REST each write would call it again, without end",
                    hint="Write to another collection, or export it with --allow-recursion if something in it ends that.",
                )


def _written(extension: Extension, outline: Outline) -> Iterator[tuple[str, int]]:
    for call in outline.calls:
        if call.name in WRITES:
            yield call.about, call.line
    for record in extension.services.trace:
        if record.extension == extension.name and record.type in WRITES:
            first = first_text(record.arguments)
            if first is not None:
                yield first[0], record.line
