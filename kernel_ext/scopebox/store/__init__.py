"""The collection store: a DuckDB database that answers like a Directus 11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scopebox.store import catalog, tables
from scopebox.store.access import Access, Accountability, Permission, Policy, Role, User
from scopebox.store.database import Database
from scopebox.store.items import ItemsService
from scopebox.store.project import Notes, Project, read_project, read_snapshot
from scopebox.store.reader import Reader
from scopebox.store.schema import Collection, Field, Relation, Schema
from scopebox.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    import duckdb

    from scopebox.store.database import Session
    from scopebox.store.emitting import Emitter

__all__ = [
    "Access", "Accountability", "Collection", "Field", "Permission", "Policy", "Relation", "Role", "Schema", "Store", "User",
]  # fmt: skip


class Store:
    """Collections of items behind a schema and permissions: in memory, or durable in the file ``path``.

    ``schema`` and ``access`` are immutable and replaced as a whole; ``notes`` says what of a project was skipped.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._begin(Database(path))

    def _begin(self, database: Database, notes: Sequence[str] = ()) -> None:
        self.database = database
        self.notes = tuple(notes)
        self.schema, self.access = database.read_now(_load)
        self.writer = Writer(self)

    @classmethod
    def from_project(cls, folder: str | Path) -> Self:
        """Return a store in memory with the schema, the items and the access of a project folder. Raises SchemaError."""
        project = read_project(folder)
        store = cls()
        store.fill(project)
        return store

    def fill(self, project: Project) -> None:
        """Take over everything of ``project``, in one transaction; its collections must be new."""
        self.change(project.schema, project.items, project.access)
        self.notes += project.notes

    def load_snapshot(self, path: str | Path) -> None:
        """Create the collections of a schema snapshot, without items. Raises SchemaError."""
        notes = Notes()
        self.change(read_snapshot(path, notes), {})
        self.notes += tuple(notes.lines)

    def change(self, added: Schema, items: Mapping[str, list[dict[str, object]]], access: Access | None = None) -> None:
        """Create the collections of ``added`` and fill them with ``items``; ``access`` replaces what there is."""
        for collection in added.collections.values():
            tables.check_names(collection, self.schema.collections)
        schema = Schema({**self.schema.collections, **added.collections}, (*self.schema.relations, *added.relations))
        access = access or self.access

        def work(session: Session) -> None:
            for collection in added.collections.values():
                tables.create(session, collection)
                tables.fill(session, collection, items.get(collection.name, []))
            catalog.save(session, "schema", catalog.schema_data(schema))

        self.database.write_now(work)
        self.schema, self.access = schema, access

    def items(
        self,
        collection: str,
        *,
        accountability: Accountability | None,
        emitter: Emitter | None = None,
        cause: object = None,
    ) -> ItemsService:
        """Return the items of ``collection`` in somebody's name; ``None`` is the store itself, which may do everything."""
        return ItemsService(self, collection, accountability, emitter, cause)

    @property
    def reader(self) -> Reader:
        """The reader of the present schema and access."""
        return Reader(self.database, self.schema, self.access)

    def sql(self, text: str) -> duckdb.DuckDBPyRelation:
        """Run SQL of the host: what is there, as a DuckDB relation. Never meant for text of an extension."""
        return self.database.cursor().sql(text)

    def fork(self) -> Store:
        """Return a store in memory with the same content, independent of this one."""
        copy = Store.__new__(Store)
        copy._begin(self.database.fork(), self.notes)  # noqa: SLF001 - it is one of us
        copy.access = self.access
        return copy

    def close(self) -> None:
        """End the threads of the store and close its database; idempotent."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _load(session: Session) -> tuple[Schema, Access]:
    data = catalog.load(session, "schema")
    schema = catalog.read_schema(data) if isinstance(data, dict) else Schema()
    return schema, Access()
