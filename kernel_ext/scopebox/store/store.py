"""The collection store: a DuckDB database that answers like a Directus 11.

The module is longer than the house rule because the class is the public face of the store: one method for each thing that can be done,
most of it what the method promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import duckdb

from scopebox.store.access.access import Access
from scopebox.store.access.records import AccessRule, Accountability, Policy, Role, User
from scopebox.store.access.sessions import Sessions
from scopebox.store.collections import Collections, CollectionView, count, overview
from scopebox.store.database import catalog, tables
from scopebox.store.database.database import Database
from scopebox.store.database.jobs import awaited
from scopebox.store.items import ItemsService
from scopebox.store.reading.reader import Reader
from scopebox.store.schema import data as schema_data
from scopebox.store.schema.schema import Collection, Field, Relation, Schema
from scopebox.store.schema.system import with_system
from scopebox.store.sources import dataframes, filling, system_rows
from scopebox.store.sources.by_hand import define
from scopebox.store.sources.opening import bare, created, opened
from scopebox.store.sources.project import Project, merged, read_project
from scopebox.store.sources.sample import SAMPLES
from scopebox.store.sources.snapshot import read_snapshot
from scopebox.store.sources.succession import reconcile
from scopebox.store.steps import in_one_step
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.writer import Writer
from scopebox.text.notes import Notes
from scopebox.text.visible import clean
from scopebox.views.parts import LINE, Line, View, Viewed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from types import TracebackType

    from scopebox.store.database.session import Session
    from scopebox.store.emitter import Emitter
    from scopebox.store.reading.request import Room

__all__ = [
    "Access", "AccessRule", "Accountability", "Collection", "Field", "Policy", "Relation", "Role", "Schema", "Store", "User",
]  # fmt: skip


class Store(Viewed):
    """Collections of items behind a schema and permissions: in memory, or durable in the file ``path``.

    ``schema`` and ``access`` are immutable and replaced as a whole; ``notes`` says what of a project or a table was skipped or
    changed, and ``layout`` which files a project was read from. Where no access says who there is, an administrator is made up, whose
    token is ``access.new_token``; ``sessions`` are of those who have logged in. A file keeps items and schema, with every write that was
    acknowledged, whatever ends the process; the access is given each time. It is open in one process at a time: SchemaError for a
    file that is taken or cannot be opened.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._begin(Database(path), created if path is None else opened)

    def _begin(self, database: Database, schema: Callable[[Session, Access], Schema]) -> None:
        access = Access().with_somebody()
        try:
            found = database.write_now(lambda session: schema(session, access))
        except BaseException:
            database.close()
            raise
        self._take(database, found, access)

    def _take(
        self, database: Database, schema: Schema, access: Access, notes: tuple[str, ...] = (), layout: str = ""
    ) -> None:
        self.database = database
        self.notes = notes
        self.layout = layout
        self.sessions = Sessions()
        self._change(schema, access)
        self._writer = Writer(self._current)

    @classmethod
    def sample(cls, name: str = "blog") -> Self:
        """Return a store in memory with a sample: ``blog``. KeyError for any other name."""
        sample = SAMPLES[name]()
        return cls._filled(sample, None)

    @classmethod
    def from_project(cls, folder: str | Path, path: str | Path | None = None) -> Self:
        """Return a store with the schema, the items and the access of a project folder: in memory, or durable in the file ``path``.

        The folder is one of ours, one that the template tool of Directus wrote, or one with what the API answers; ``layout`` says what
        was found. A file that is new is filled from the project, and keeps its changes from then on: opened again, its items stay, the
        project's are not read into it once more, and only collections that are new in the project are added with theirs. The
        access is always the project's. Users, roles and policies come from the access, files and folders from the project; where it
        brings none of these, any key is taken for one. Raises SchemaError, naming file and place, where the project cannot be read, and where
        the columns of the project are no longer those of the file; then the file is left as it was.
        """
        return cls._filled(awaited(read_project(folder)), path)

    @classmethod
    def _filled(cls, project: Project, path: str | Path | None) -> Self:
        store = cls.__new__(cls)
        store._begin(Database(path), bare if path is None else opened)  # noqa: SLF001 - one of us
        try:
            store.fill(project)
        except BaseException:
            store.close()
            raise
        return store

    def fill(self, project: Project) -> None:
        """Take over everything of ``project``, in one transaction; collections that are there already keep their items."""
        described = with_system(project.schema)
        schema, notes = reconcile(self.schema, described) if self.schema.collections else (described, ())
        self._grow(schema, project)
        self.layout = project.layout
        self._note(notes)

    def load_snapshot(self, path: str | Path) -> None:
        """Create the collections of a schema snapshot, YAML or JSON from any database of a Directus, without items.

        What is skipped stands in ``notes``. Raises SchemaError, naming file and place; then nothing was created.
        """
        notes = Notes()
        self._grow(merged(self.schema, awaited(read_snapshot(path, notes))))
        self._note(notes.lines)

    def create_collection(
        self,
        name: str,
        fields: Mapping[str, object] | Iterable[object] = (),
        *,
        singleton: bool = False,
        sort_field: str | None = None,
    ) -> CollectionView:
        """Create a collection. Raises SchemaError.

        ``fields`` are types by name (``{"title": "string", "views": {"type": "integer", "default": 0}}``) or a list of fields;
        ``references`` makes one a foreign key, with ``one_field`` for the list on the other side, ``sort_field`` for the order of
        that list, and ``on_delete``. A field ``id`` is the primary key if no other is; without one the collection gets it.
        A ``singleton`` has one item at most; where a query has no order of its own, items stand in that of ``sort_field``.
        """
        self._grow(define(self.schema, name, fields, singleton=singleton, sort_field=sort_field))
        return self.collections[name]

    def from_dataframe(self, name: str, frame: object, *, key: str | None = None) -> CollectionView:
        """Create a collection from a pandas DataFrame or an Arrow table, with its rows.

        ``key`` names the column of the primary key: whole numbers, texts or uuids, each once. Without one it is ``id``, which
        the collection gets, counted from 1, if the frame has none. What cannot be kept as it is stands in ``notes``: the index
        of a DataFrame, infinite numbers, types that become text. Raises SchemaError.
        """

        def work(session: Session) -> list[str]:
            with session.transaction():
                tables.check_free(name, self.schema.collections)
                collection, notes = dataframes.take(session, name, frame, key)
                schema = merged(self.schema, Schema({name: collection}))
                self._keep(session, schema)
            self._change(schema, self.access)
            return notes

        self._note(self.database.take_turn_now(in_one_step(work)))
        return self.collections[name]

    def _grow(self, schema: Schema, project: Project | None = None) -> None:
        """Become a store with ``schema``: create the tables of its new collections and fill them from ``project``.

        All of it or, with an error, nothing.
        """
        access = self.access if project is None else project.access.with_somebody()
        present, added = self.schema, filling.new(self.schema, schema)

        def work(session: Session) -> Generator[None, None, list[str]]:
            with session.transaction():
                if project is None:
                    told = yield from filling.create(session, present, schema, added)
                else:
                    told = yield from filling.fill(session, present, schema, added, project, access=access)
                self._keep(session, schema)
            session.keep_on()
            if not present.system:
                with session.transaction():
                    yield from filling.add_keys(session, added)
            self._change(schema, access)
            return told

        told = self.database.take_turn_now(work)
        self._note((*(() if project is None else project.notes), *told))

    def _note(self, lines: Iterable[str]) -> None:
        """Say ``lines`` in ``notes`` from now on; names of a project in them are somebody else's."""
        self.notes += tuple(clean(line, LINE) for line in lines)

    def _keep(self, session: Session, schema: Schema) -> None:
        """Keep ``schema`` for whoever opens the file; nobody opens a store in memory again."""
        if self.database.path is not None:
            catalog.save(session, "schema", schema_data.schema_data(schema))

    def _change(self, schema: Schema, access: Access) -> None:
        self._version = StoreVersion(self.database, schema, access)

    def _current(self) -> StoreVersion:
        return self._version

    @property
    def schema(self) -> Schema:
        """The collections, fields and relations."""
        return self._version.schema

    @property
    def access(self) -> Access:
        """Users, roles and policies; assign another to replace them."""
        return self._version.access

    @access.setter
    def access(self, access: Access) -> None:
        def work(session: Session) -> Generator[None, None, None]:
            with session.transaction():
                yield from system_rows.take_access(session, self.schema, access)
            self._change(self.schema, access)

        self.database.take_turn_now(work)

    def set_password(self, user: str, password: str) -> None:
        """Let ``user``, by name, id or email, log in with a password: plain text for trying, which no file of the store keeps.

        UnknownNameError for a user who is not there, ValueError for what is no password for trying. Who was suspended for too many
        wrong ones may try again.
        """
        found = self.access.find_user(user)
        self.access = self.access.with_password(found, password)
        self.sessions.reinstate(found)

    @property
    def collections(self) -> Collections:
        """The collections by name, with their fields and how many items they have."""
        return Collections(self._current)

    def count(self, collection: str) -> int:
        """Return how many items ``collection`` has."""
        return count(self._version, collection)

    def items(
        self,
        collection: str,
        *,
        accountability: Accountability | None,
        emitter: Emitter | None = None,
        cause: object = None,
        literal: bool = False,
        most: int | None = None,
        turn: AbstractAsyncContextManager[None] | None = None,
        room: Room | None = None,
        stores: Callable[[int], None] | None = None,
        held: int | None = None,
        by_extension: bool = False,
        system: bool = False,
        depth: int = 0,
    ) -> ItemsService:
        """Return the items of ``collection`` in somebody's name; ``None`` is the store itself, which may do everything.

        ``literal``: the wildcards ``%`` and ``_``, which a Directus leaves in patterns, stand for themselves. ``most``: bytes that
        an answer may have, in JSON; DirectusError 400 beyond. ``turn`` is
        entered while one is looked up, ``room`` awaited with ``most`` before a large one is made. ``stores`` is told how many bytes are about to be written, and refuses too many; without
        ``most`` what was given counts only by how much filters made it larger. ``held``: bytes that all that extensions have stored may
        take in memory, LimitError beyond; it is about what is written ``by_extension``, and what filters add to anything else.
        ``system``: a system collection can be read, too. ``depth``: how deep in its chain the call is.
        """
        return ItemsService(
            self._current,
            self._writer,
            collection,
            accountability,
            emitter=emitter,
            cause=cause,
            literal=literal,
            most=most,
            turn=turn,
            room=room,
            stores=stores,
            held=held,
            by_extension=by_extension,
            system=system,
            depth=depth,
        )

    @property
    def reader(self) -> Reader:
        """The reader of the present schema and access."""
        return self._version.reader

    def sql(self, text: str) -> duckdb.DuckDBPyRelation:
        """Run SQL of the host: what is there, as a DuckDB relation (``.df()``, ``.arrow()``, ``.fetchall()``).

        It sees everything, without roles and hooks, and raises ``duckdb.Error``. Never meant for text of an extension. How long texts are,
        which bounds the answers to extensions, is looked up anew behind it; what the relation writes later is not noticed.
        """
        cursor = self.database.cursor()
        changes = any(statement.type != duckdb.StatementType.SELECT for statement in cursor.extract_statements(text))
        try:
            return cursor.sql(text)
        finally:
            self.database.lengths.forget()
            if changes:
                self.database.wrote_otherwise()

    def fork(self) -> Store:
        """Return a store in memory with the same content, schema and access, to try something and throw it away.

        Nothing that is done to it is seen here. It is a context manager, too: ``with store.fork() as trial: …``.
        """
        copy = Store.__new__(Store)
        copy._take(self.database.fork(), self.schema, self.access, self.notes, self.layout)  # noqa: SLF001 - it is one of us
        return copy

    @property
    def place(self) -> str:
        """Where the items are kept, in words."""
        if self.database.closed:
            return "closed"
        return "in memory" if self.database.path is None else f"in {self.database.path}"

    def view(self) -> View:
        """Return where the items are kept, the collections, the roles, and what was skipped."""
        if self.database.closed:
            return View((Line("Store closed"),))
        return View(overview(self.place, self.collections, self.access, self.notes), self)

    def __repr__(self) -> str:
        return f"<Store {self.place}: {clean(', '.join(self.schema.collections)) or 'no collections'}>"

    def close(self) -> None:
        """End the threads of the store and close its database; idempotent."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
