"""``/collections``, ``/fields``, ``/relations`` and ``/schema/snapshot``: what there is, as far as somebody may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from scopebox.server import answers
from scopebox.server.routes.route import Asked, data_response, listed, room_for
from scopebox.server.routes.sight import COLLECTIONS, FIELDS, RELATIONS, Sight
from scopebox.server.version import DIRECTUS
from scopebox.store.errors import forbidden
from scopebox.store.schema import description
from scopebox.store.schema.system_metas import METAS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.store.schema.schema import Schema

_INDEXED: Final = (
    ("directus_activity", "timestamp"),
    ("directus_revisions", "activity"),
    ("directus_revisions", "parent"),
)


async def collections(asked: Asked) -> Response:
    """Answer with all collections, or those whose names a SEARCH gives as keys."""
    await room_for(asked, len(asked.store.schema.all))
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    keys = asked.given.get("keys")
    wanted = {str(key) for key in keys} if isinstance(keys, list) else None
    for name in wanted or ():
        sight.check_reads(name)
    sight.check_lists(COLLECTIONS)
    shown = _names(schema) if asked.who.admin else _shown(schema, sight)
    names = [name for name in _names(schema) if name in shown and (wanted is None or name in wanted)]
    return answers.data_response(await listed(description.collection_record(schema, name) for name in names))


async def collection(asked: Asked) -> Response:
    """Answer with one collection."""
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    (name,) = asked.names
    sight.check_reads(name)
    sight.check_lists(COLLECTIONS)
    if name not in _names(schema):
        raise forbidden()
    return data_response(description.collection_record(schema, name))


def _names(schema: Schema) -> list[str]:
    return [*description.collections(schema), *METAS]


def _shown(schema: Schema, sight: Sight) -> set[str]:
    """Return the collections that may be read, and the folders that they stand in."""
    found: set[str] = set()
    for name in (name for name in (*schema.collections, *METAS) if sight.reads(name)):
        above: object = name
        while isinstance(above, str) and above not in found:
            found.add(above)
            meta = schema.records.find("collections", above).get("meta")
            above = meta.get("group") if isinstance(meta, dict) else None
    return found


async def fields(asked: Asked) -> Response:
    """Answer with all fields."""
    await room_for(asked, _number_of_fields(asked.store.schema))
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    sight.check_reads(FIELDS)
    return answers.data_response(await listed(_fields(schema, sight, (*schema.system, *schema.collections))))


async def fields_of(asked: Asked) -> Response:
    """Answer with the fields of one collection."""
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    (name,) = asked.names
    sight.check_exists(name)
    await room_for(asked, len(schema.all[name].fields))
    sight.check_reads(FIELDS)
    if not sight.reads(name):
        raise forbidden()
    return answers.data_response(await listed(_fields(schema, sight, (name,))))


def _number_of_fields(schema: Schema) -> int:
    return sum(len(collection.fields) for collection in schema.all.values())


def _fields(schema: Schema, sight: Sight, names: Iterable[str]) -> Iterable[object]:
    ids = description.field_numbers(schema)
    for name in names:
        for field in description.fields(schema, name):
            if sight.reads_field(name, field):
                yield description.numbered(description.field_record(schema, name, field), ids)


async def field(asked: Asked) -> Response:
    """Answer with one field."""
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    name, of = asked.names
    sight.check_exists(name)
    sight.check_reads(name)
    if not sight.reads_field(name, of) or of not in description.fields(schema, name):
        raise forbidden()
    ids = description.field_numbers(schema)
    return data_response(description.numbered(description.field_record(schema, name, of), ids))


async def relations(asked: Asked) -> Response:
    """Answer with all relations."""
    await room_for(asked, _number_of_relations(asked.store.schema))
    sight = Sight(asked.store, asked.who)
    sight.check_reads(RELATIONS)
    return await _relations(asked.store.schema, sight)


async def relations_of(asked: Asked) -> Response:
    """Answer with the relations that the fields of one collection make."""
    await room_for(asked, _number_of_relations(asked.store.schema))
    sight = Sight(asked.store, asked.who)
    (name,) = asked.names
    sight.check_exists(name)
    sight.check_reads(RELATIONS)
    return await _relations(asked.store.schema, sight, name)


def _number_of_relations(schema: Schema) -> int:
    return len(description.relations(schema, system=True))


async def _relations(schema: Schema, sight: Sight, many: str = "") -> Response:
    numbers = description.relation_numbers(schema)
    seen = (
        entry
        for entry in description.relations(schema, system=True)
        if many in ("", entry.many) and sight.reads_relation(entry)
    )
    records = (description.relation_record(schema, entry) for entry in seen)
    return answers.data_response(await listed(description.numbered(record, numbers) for record in records))


async def relation(asked: Asked) -> Response:
    """Answer with the relation that one field makes."""
    schema, sight = asked.store.schema, Sight(asked.store, asked.who)
    place = name, _ = asked.names
    sight.check_exists(name)
    sight.check_reads(RELATIONS)
    found = [entry for entry in description.relations(schema, system=True) if (entry.many, entry.field) == place]
    if not found or not sight.reads_relation(found[0]):
        raise forbidden()
    record = description.relation_record(schema, found[0])
    return data_response(description.numbered(record, description.relation_numbers(schema)))


async def snapshot(asked: Asked) -> Response:
    """Answer with the whole schema, as a snapshot holds it: to administrators alone."""
    if not asked.who.admin:
        raise forbidden()
    schema = asked.store.schema
    await room_for(asked, len(schema.all) + _number_of_fields(schema) + _number_of_relations(schema))
    parts: dict[str, Iterable[description.Described]] = {
        "collections": (description.collection_record(schema, name) for name in description.collections(schema)),
        "fields": (description.field_record(schema, *place) for place in description.added_fields(schema)),
        "systemFields": (
            {"collection": name, "field": field, "schema": {"is_indexed": True}} for name, field in _INDEXED
        ),
        "relations": (
            description.relation_record(schema, entry) for entry in description.relations(schema, system=False)
        ),
    }
    head = {"version": 1, "directus": DIRECTUS, "vendor": schema.records.vendor or description.VENDOR}
    pieces = [msgspec.json.encode(head)[:-1]]
    for name, records in parts.items():
        pieces.append(b',"%s":' % name.encode())
        pieces += await listed(description.told(record) for record in records)
    return answers.data_response([*pieces, b"}"])
