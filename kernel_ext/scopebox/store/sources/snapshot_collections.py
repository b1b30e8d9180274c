"""The collections of a schema snapshot, beside their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.database.tables import unkept
from scopebox.store.schema.schema import Archive, Collection
from scopebox.store.schema.system import COLLECTIONS
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.sources.snapshot_fields import Record, name_of, part, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.text.notes import Notes


def read_collections(records: Iterable[Record], notes: Notes) -> dict[str, Collection]:
    """Return the collections that ``records`` describe, without fields yet; what is none of a store's is noted."""
    found: dict[str, Collection] = {}
    folded: dict[str, str] = {}
    for record in records:
        name, meta = str(record["collection"]), part(record, "meta")
        if record.get("schema") is None:
            notes.count("folder of collections", "skipped, it has no items", name)
        elif name in COLLECTIONS:
            continue  # known, with or without fields of the project's own
        elif name.startswith(PREFIX):
            notes.count("system collection", "skipped", name)
        elif reason := "no Directus opens one with a blank in its name" if " " in name else unkept(name):
            notes.count("collection with a name that cannot be kept", f"{reason}, skipped", name)
        elif folded.setdefault(name.lower(), name) != name:
            notes.count(
                "collection whose name differs from another by case alone", "the database keeps one, skipped", name
            )
        else:
            found[name] = Collection(
                name,
                {},
                tracking=meta.get("accountability", "all") is not None,
                note=words(meta, "note"),
                singleton=bool(meta.get("singleton")),
                sort_field=name_of(meta.get("sort_field")),
                archive=_archive(meta),
            )
    return found


def _archive(meta: Record) -> Archive | None:
    field = name_of(meta.get("archive_field"))
    if field is None:
        return None
    value, unarchived = words(meta, "archive_value"), words(meta, "unarchive_value")
    return Archive(field, value or None, unarchived or None, bool(meta.get("archive_app_filter", True)))
