"""Who may do what in a project: an access.json of ours, the lists that the API answers, or both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.access import Access
from scopebox.store.sources import files
from scopebox.store.sources.doubts import doubts
from scopebox.store.sources.item_sources import JsonItems
from scopebox.store.sources.layout import ACCESS
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    import msgspec

    from scopebox.store.schema.schema import Schema
    from scopebox.store.sources.item_sources import Items
    from scopebox.store.sources.layout import Layout
    from scopebox.text.notes import Notes

PREFIX: Final = "directus_"


def read_access(
    layout: Layout, exported: Mapping[str, tuple[Path, Items]], schema: Schema, notes: Notes
) -> Generator[None, None, Access]:
    """Return who may do what, read in steps, and note what of it has no effect here. Raises SchemaError, naming the file and the place.

    ``exported`` are system collections among the items, with the file of each.
    """
    parts: dict[str, object] = {}
    places: dict[str, Path] = {}
    whole: Path | None = None
    for name, source in _sources(layout, exported):
        path, content = source.path, layout.folder.kept_json(source.path, _answered(source.path, source.content()))
        yield
        if name == "access" and not isinstance(content, list):
            if not isinstance(content, dict):
                raise SchemaError(f"{path} has to hold an object or a list, not {inline(content)}")
            whole, found = path, content  # ours: an object of the other parts
        else:
            found = {name: content}
        for part, entries in found.items():
            parts[part] = entries if part not in parts else _joined(part, parts[part], entries, places[part], path)
            places[part] = path
    try:
        access = yield from Access.steps(parts)
    except SchemaError as error:
        named = next((places[part] for part in places if error.message.startswith(part)), whole)
        raise SchemaError(f"{named}: {error.message}" if named else error.message, hint=error.hint) from error
    for line in access.notes:
        notes.add(line)
    yield from doubts(access, schema, notes)
    return access


def _sources(layout: Layout, exported: Mapping[str, tuple[Path, Items]]) -> Iterator[tuple[str, JsonItems]]:
    """Yield each part that the project has, and where it stands. SchemaError for CSV, which has no lists."""
    for name, path in layout.lists.items():
        if name in ACCESS:
            yield name, JsonItems(path, partial(layout.folder.text_of_json, path))
    for collection, (path, items) in exported.items():
        name = collection.removeprefix(PREFIX)
        if name not in ACCESS:
            continue
        if not isinstance(items, JsonItems):
            raise SchemaError(f"{path}: who may do what is not read from CSV", hint=f"Export {collection} as JSON.")
        yield name, items


def _answered(path: Path, text: msgspec.Raw) -> msgspec.Raw:
    """Return ``text``, or the list under ``data`` in it where it is an answer of the API."""
    inner = files.unwrapped(path, text)
    return inner if files.first_sign(inner) == b"[" else text


def _joined(part: str, first: object, second: object, there: Path, here: Path) -> object:
    """Return the users of an access.json of ours with what an export of users says of the same ones; nothing else may stand twice."""
    ours, exported = (first, second) if isinstance(first, dict) else (second, first)
    if part != "users" or not isinstance(ours, dict) or not isinstance(exported, list):
        raise SchemaError(f"{there} and {here} both hold {part}", hint="Keep one of them.")
    names = {entry.get("id"): name for name, entry in ours.items() if isinstance(entry, dict) and entry.get("id")}
    joined = dict(ours)
    for at, record in enumerate(exported):
        if not isinstance(record, dict) or not isinstance(record.get("id"), str):
            raise SchemaError(f"{here}: users[{at}] has to be an object with an id, not {inline(record)}")
        name = names.get(record["id"], record["id"])
        joined[name] = {**record, **joined.get(name, {})}
    return joined
