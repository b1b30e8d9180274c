"""Opening the database of a store: one that was left by a store, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.errors import SchemaError
from scopebox.store.database import catalog
from scopebox.store.schema import data as schema_data
from scopebox.store.schema.schema import Schema
from scopebox.store.schema.system import with_system
from scopebox.store.sources import system_rows
from scopebox.store.steps import at_once
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from scopebox.store.access import Access
    from scopebox.store.database.session import Session


def opened(session: Session, access: Access) -> Schema:
    """Return the schema of a database, and see to it that its system collections are there; a new one gets those of ``access``."""
    data = catalog.load(session, "schema")
    if isinstance(data, dict):
        schema = schema_data.read_schema(data)
        system_rows.prepare(session, schema)
        return schema
    foreign = session.row("SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()")
    if foreign is not None:
        raise SchemaError(
            f"This database was not made by a store: it has a table {inline(foreign[0])} of somebody else",
            hint="A store takes a file of its own; from_dataframe brings tables in.",
        )
    schema = created(session, access)
    catalog.save(session, "schema", schema_data.schema_data(schema))
    return schema


def bare(_session: Session, _access: Access) -> Schema:
    """Return the schema of a database that has no table yet, because all of them come with a project."""
    return Schema()


def created(session: Session, access: Access) -> Schema:
    """Return the schema of a new database: the system collections, which say what ``access`` does, and no other."""
    schema = with_system(Schema())
    system_rows.create(session, schema)
    at_once(system_rows.take_access(session, schema, access, new=True))
    return schema
