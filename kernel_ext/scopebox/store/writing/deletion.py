"""Deleting rows: what their relations do to the rows that refer to them, and to those that refer to these."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store import errors
from scopebox.store.database.statements import quoted
from scopebox.store.schema.schema import NO_DEFAULT
from scopebox.store.writing.constraints import key_list

if TYPE_CHECKING:
    from scopebox.errors import DirectusError
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection, Relation, Schema
    from scopebox.store.writing.changes import Delete

MAX_CASCADE: Final = 100
MAX_DELETED: Final = 20_000  # rows that one statement deletes: to take keys out of their index is most of its work

Steps = Generator[None, None, None]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys of rows that go: how many, and how SQL lists them. Those of rows that go along stay in the database, which may find any number."""

    number: int
    listed: str
    parameters: tuple[object, ...] = ()


class Deletion:
    """Carries out the deletes of one call."""

    def __init__(self, session: Session, schema: Schema) -> None:
        self._session, self._schema = session, schema
        self._along = 0

    def delete(self, change: Delete) -> Steps:
        """Delete the rows with the keys of ``change``, and what goes with them."""
        if change.keys:
            listed, parameter = key_list(change.collection, change.keys)
            yield from self._delete(change, change.collection, _Keys(len(change.keys), listed, (parameter,)))

    def _delete(self, change: Delete, collection: Collection, keys: _Keys, depth: int = 0) -> Steps:
        """Delete the rows with ``keys`` after what their relations do to the rows that refer to them."""
        if depth > MAX_CASCADE:
            raise errors.internal_error(
                f'More than {MAX_CASCADE} deletes follow from one in collection "{collection.name}"'
            )
        session = self._session
        relations = [
            (relation, self._schema.all[relation.many])
            for relation in self._schema.relations
            if relation.one == collection.name and relation.many in self._schema.all
        ]
        for relation, many in relations:
            _release(session, relation, many, keys)
            yield
        along = []
        for number, (relation, many) in enumerate(relations):
            if relation.on_delete == "CASCADE" and (more := self._found(change, relation, many, keys)):
                found = f"temp.gone_{depth}_{number}"
                session.execute(
                    f"CREATE TEMP TABLE {found} AS SELECT {quoted(many.primary_key.name)} FROM {quoted(many.name)} "  # noqa: S608
                    f"WHERE {quoted(relation.field)} IN {keys.listed}",
                    keys.parameters,
                )
                along.append((many, found, more))
            yield
        yield from _delete_rows(session, collection, keys)
        for many, found, more in along:
            yield from self._delete(change, many, _Keys(more, f"(FROM {found})"), depth + 1)
            session.execute(f"DROP TABLE {found}")
        for relation, many in relations:
            if _referring(session, relation, many, keys, most=1):
                raise _still_referred(collection, relation)
            yield

    def _found(self, change: Delete, relation: Relation, many: Collection, keys: _Keys) -> int:
        """Return how many rows go along because of ``relation``; DirectusError where it makes them more than may."""
        most = change.most_along
        found = _referring(self._session, relation, many, keys, most=None if most is None else most - self._along + 1)
        self._along += found
        if most is not None and self._along > most:
            raise errors.invalid_payload(
                f'More than {most:,} items would be deleted with those of "{change.collection.name}", '
                f'of "{many.name}" for example; delete these first, in several calls'
            )
        return found


def _delete_rows(session: Session, collection: Collection, keys: _Keys) -> Steps:
    key = quoted(collection.primary_key.name)
    portions = 1 + keys.number // MAX_DELETED
    for portion in range(portions):
        some = f" AND hash({key}) % {portions} = {portion}" if portions > 1 else ""
        session.execute(
            f"DELETE FROM {quoted(collection.name)} WHERE {key} IN {keys.listed}{some}",  # noqa: S608
            keys.parameters,
        )
        yield


def _release(session: Session, relation: Relation, many: Collection, keys: _Keys) -> None:
    """Let go of the rows that refer to what is deleted, where the rule of the relation says so."""
    if relation.on_delete not in ("SET NULL", "SET DEFAULT"):
        return
    field = many.fields[relation.field]
    default = field.default if relation.on_delete == "SET DEFAULT" and field.default is not NO_DEFAULT else None
    if default is None and not field.nullable:
        raise errors.not_null(many.name, field.name)
    column = quoted(relation.field)
    session.execute(
        f"UPDATE {quoted(many.name)} SET {column} = ? WHERE {column} IN {keys.listed}",  # noqa: S608
        [default, *keys.parameters],
    )


def _referring(session: Session, relation: Relation, many: Collection, keys: _Keys, *, most: int | None) -> int:
    """Return how many rows refer to those with ``keys``; no more than ``most`` are counted."""
    some = "" if most is None else f" LIMIT {most}"
    [found] = session.row(
        f"SELECT count(*) FROM (SELECT 1 FROM {quoted(many.name)} "  # noqa: S608
        f"WHERE {quoted(relation.field)} IN {keys.listed}{some})",
        keys.parameters,
    ) or (0,)
    assert isinstance(found, int)
    return found


def _still_referred(collection: Collection, relation: Relation) -> DirectusError:
    return errors.internal_error(
        f'update or delete on table "{collection.name}" violates foreign key constraint '
        f'"{relation.many}_{relation.field}_foreign" on table "{relation.many}"'
    )
