"""What a live Directus says of its schema: its snapshot, or one that is put together from what the user may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.directus.answers import MAX_DECODED_SCHEMA, MIB
from scopebox.directus.client import MAX_SCHEMA
from scopebox.directus.failures import RefusedError
from scopebox.directus.links import Link, links
from scopebox.directus.withheld import withheld
from scopebox.errors import PullError, SchemaError
from scopebox.store.database.jobs import awaited
from scopebox.store.schema.schema import Schema, columns
from scopebox.store.sources.snapshot import snapshot_schema
from scopebox.text.notes import Notes

if TYPE_CHECKING:
    from scopebox.directus.client import Client
    from scopebox.store.sources.pulled import LeftOut

Record = dict[str, object]

SYSTEM: Final = "directus_"  # what the names of system collections begin with
USERS: Final = "directus_users"
FILES: Final = "directus_files"
FOLDERS: Final = "directus_folders"
FORM: Final = 1  # of a snapshot
# Bytes of memory that the parts of a schema may take: all of them are there at once, and most of it are fields.
_PARTS: Final = {"/fields": 20 * MIB, "/collections": 6 * MIB, "/relations": 6 * MIB}


@dataclass(frozen=True, slots=True)
class Table:
    """Where the items of a collection are read, and which fields of theirs."""

    name: str
    path: str
    key: str
    fields: tuple[str, ...]
    singleton: bool = False

    @property
    def system(self) -> bool:
        """Whether it is one of Directus's own."""
        return self.name.startswith(SYSTEM)


@dataclass(frozen=True, slots=True)
class Description:
    """The schema that the store makes of a snapshot, its relations as references, and what is said of fields in no other place.

    ``user_fields`` are those that the project itself gave to users, ``withheld`` those that hold secrets.
    """

    schema: Schema
    links: tuple[Link, ...]
    user_fields: tuple[str, ...]
    withheld: tuple[LeftOut, ...]

    def columns(self, collection: str) -> dict[str, bool]:
        """Return the fields of a collection that have values, and whether each is its key."""
        return {field.name: field.primary_key for field in columns(self.schema.collections[collection])}


def described(snapshot: object) -> Description:
    """Return what ``snapshot`` describes; PullError if it is none."""
    if not isinstance(snapshot, dict) or not isinstance(snapshot.get("collections"), list):
        raise PullError("/schema/snapshot answers with something else than a snapshot")
    try:
        schema = awaited(snapshot_schema(snapshot, Notes()))
    except SchemaError as error:
        raise PullError(f"The schema of the server cannot be read: {error.message}", hint=error.hint) from None
    known = {*schema.collections, USERS, FILES, FOLDERS}
    fields = [record for record in objects(snapshot.get("fields")) if record.get("collection") in known]
    of_users = (record for record in fields if record.get("collection") == USERS and record.get("type") != "alias")
    return Description(
        schema,
        tuple(links(objects(snapshot.get("relations")))),
        tuple(str(record["field"]) for record in of_users if isinstance(record["field"], str)),
        tuple(withheld(fields)),
    )


def read_snapshot(client: Client, version: str) -> tuple[Record, list[str]]:
    """Return the snapshot of the server, and what could not be read of it.

    Only administrators may read it. For others it is put together from ``/collections``, ``/fields`` and ``/relations``, which
    hold what they may see; PullError if that is nothing.
    """
    try:
        found = client.record("/schema/snapshot", most=MAX_SCHEMA, decoded=MAX_DECODED_SCHEMA)
    except RefusedError:
        return _put_together(client, version)
    if not isinstance(found, dict):
        raise PullError(f"{client.address}/schema/snapshot answers with something else than a snapshot")
    return found, []


def _put_together(client: Client, version: str) -> tuple[Record, list[str]]:
    notes = [
        "schema: only an administrator may read /schema/snapshot, so it is put together from /collections, /fields and /relations"
    ]
    fields = [record for record in _list(client, "/fields", notes) if not _of_system(record)]
    collections = [record for record in _list(client, "/collections", notes) if not _of_system(record)]
    relations = [record for record in _list(client, "/relations", notes) if not _of_system(record)]
    known = {record.get("collection") for record in collections}
    others = dict.fromkeys(str(record.get("collection")) for record in fields if record.get("collection") not in known)
    collections += [
        {"collection": name, "meta": {}, "schema": {"name": name}} for name in others if not name.startswith(SYSTEM)
    ]
    if not any(record.get("schema") is not None for record in collections) or not fields:
        raise PullError(
            f"The user of the token may see no collection of {client.address}",
            hint="A Directus shows its collections and fields to users with App Access alone, and to them those that they may read. "
            "Switch it on in one of their policies, or use the token of an administrator.",
        )
    snapshot: Record = {"version": FORM, "directus": version, "collections": collections, "fields": fields}
    return {**snapshot, "relations": relations, "systemFields": []}, notes


def _list(client: Client, path: str, notes: list[str]) -> list[Record]:
    try:
        return objects(client.record(path, most=MAX_SCHEMA, decoded=_PARTS[path]))
    except RefusedError as error:
        notes.append(f"schema: {error.message}")
        return []


def _of_system(record: Record) -> bool:
    """Whether a record describes what every Directus has; a project may give fields of its own to system collections."""
    meta = record.get("meta")
    if isinstance(meta, dict) and meta.get("system") is True:
        return True
    return "field" not in record and str(record.get("collection")).startswith(SYSTEM)


def objects(entries: object) -> list[Record]:
    """Return the entries of a list that are objects; none of what is no list."""
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
