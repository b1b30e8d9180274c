"""What planning asks of a collection is found without going through all relations of a schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scopebox.store.schema.schema import Relation
from scopebox.store.store import Store
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.changes import Delete
from scopebox.store.writing.constraints import checks_of
from scopebox.store.writing.execution import is_one_statement

from tests.stores import recorded_copy

store = recorded_copy


class Counted(tuple[Relation, ...]):
    """Relations that tell how often they are gone through."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[Relation]:
        Counted.times += 1
        return super().__iter__()


def test_relations_are_found_from_both_sides(store: Store) -> None:
    schema = store.schema
    for name in schema.all:
        assert [*schema.relations_from(name)] == [entry for entry in schema.relations if entry.many == name]
        assert [*schema.relations_to(name)] == [entry for entry in schema.relations if entry.one == name]
    assert not schema.relations_from("nothing")


def test_the_shapes_of_all_collections_do_not_go_through_all_relations(store: Store) -> None:
    schema = replace(store.schema, relations=Counted(store.schema.relations))
    version, before = StoreVersion(store.database, schema, store.access), Counted.times
    for collection in schema.all.values():
        shape = version.shape(collection)
        assert shape.checked == {check.name for check in checks_of(schema, collection)}
        is_one_statement(schema, [Delete(collection, [1])])
    assert Counted.times == before
