"""Filling a database: the tables of new collections, their items, and what a project says of the system."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scopebox.store.database import tables
from scopebox.store.sources import item_files, system_rows
from scopebox.store.sources.item_sources import Listed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from scopebox.store.access import Access
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.store.sources.project import Project


def new(present: Schema, schema: Schema) -> dict[str, Collection]:
    """Return the collections of ``schema`` that are not ``present``. SchemaError for a name that cannot be kept."""
    added = {name: entry for name, entry in schema.collections.items() if name not in present.collections}
    lowered = Counter(name.lower() for name in schema.collections)
    for name, collection in added.items():
        if lowered[name.lower()] > 1:
            tables.check_free(name, [other for other in schema.collections if other != name])
        tables.check_names(collection)
    return added


def create(
    session: Session, present: Schema, schema: Schema, added: Mapping[str, Collection]
) -> Generator[None, None, list[str]]:
    """Create empty tables for the collections that are ``added``, and those of the system as ``schema`` has them, in steps."""
    for collection in added.values():
        tables.create(session, collection)
        yield
    if schema.system != present.system:
        system_rows.prepare(session, schema)
    return []


def fill(
    session: Session,
    present: Schema,
    schema: Schema,
    added: Mapping[str, Collection],
    project: Project,
    *,
    access: Access,
) -> Generator[None, None, list[str]]:
    """Create tables for the collections that are ``added`` with the items of ``project``, in steps; return what there is to say of them.

    Where nothing is ``present``, :func:`add_keys` has to follow when this is committed.
    """
    begins = not present.system
    intake = item_files.Intake()
    of_files: set[str] = set()  # items that somebody wrote; those of the sample refer to what is there
    for name, collection in added.items():
        tables.create_table(session, collection, keyed=not begins)
        items = project.items.get(name, Listed(()))
        found = yield from item_files.fill(session, collection, items, intake)
        of_files |= {name} if found and items.source else set()
        yield
    if begins:
        system_rows.create(session, schema)
    elif schema.system != present.system:
        system_rows.prepare(session, schema)
    yield from system_rows.take_access(session, schema, access, new=begins)
    for name, items in project.system.items():
        yield from system_rows.take(session, schema, name, items, intake, new=begins)
    relations = [entry for entry in schema.relations if entry.many in added]
    lost = yield from item_files.unreached(session, schema, relations, of_files)
    return [*intake.notes.lines, *lost]


def add_keys(session: Session, added: Mapping[str, Collection]) -> Generator[None, None, None]:
    """Let the tables of all that was ``added`` take each key once, in steps."""
    for collection in added.values():
        tables.add_key(session, collection)
        yield
