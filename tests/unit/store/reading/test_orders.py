"""The order of items that nobody asked for one: that of their sort field, as far as it may be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access
from scopebox.store.database.session import Row, Session
from scopebox.store.items import ItemsService
from scopebox.store.schema.schema import Archive
from scopebox.store.store import Store

from tests.reading import Json, read


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Menus with entries, both sorted by hand: menus by ``sort``, the entries of a menu by ``place``, entries alone by ``rank``."""
    with Store() as made:
        made.create_collection("menus", {"title": "string", "sort": "integer", "meta": "json"}, sort_field="sort")
        made.create_collection(
            "entries",
            {
                "title": "string", "place": "integer", "rank": "integer",
                "menu": {"references": "menus", "one_field": "entries", "sort_field": "place"},
                "parent": {"references": "entries", "one_field": "children", "sort_field": "place"},
            },
            sort_field="rank",
        )  # fmt: skip
        menus: list[object] = [
            {"id": 1, "title": "zeta", "sort": 3}, {"id": 2, "title": "alpha", "sort": 1}, {"id": 3, "title": "mid", "sort": 2},
            {"id": 4, "title": "beta", "sort": 8}, {"id": 5, "title": "omega", "sort": 2},
        ]  # fmt: skip
        entries: list[object] = [
            {"id": 1, "title": "C", "place": 3, "rank": 1, "menu": 1}, {"id": 2, "title": "A", "place": 1, "rank": 9, "menu": 1},
            {"id": 3, "title": "B", "place": 2, "rank": 5, "menu": 1}, {"id": 4, "title": "N", "place": None, "rank": 2, "menu": 1},
            {"id": 5, "title": "Y", "place": 2, "rank": 7, "menu": 2}, {"id": 6, "title": "X", "place": 1, "rank": 3, "menu": 2, "parent": 1},
            {"id": 7, "title": "W", "place": -4, "rank": 3, "parent": 1},
        ]  # fmt: skip
        for name, rows in (("menus", menus), ("entries", entries)):
            asyncio.run(made.items(name, accountability=None).create(rows))
        yield made


def access(*fields: str, entries: tuple[str, ...] = ()) -> Access:
    """Return an access whose role ``reader`` may read ``fields`` of the menus, and those of the ``entries``."""
    permissions = [{"collection": "menus", "action": "read", "fields": list(fields)}]
    permissions += [{"collection": "entries", "action": "read", "fields": list(entries)}] if entries else []
    return Access.read({"policies": {"p": {"permissions": permissions}}, "roles": {"reader": {"policies": ["p"]}}})


def ids(store: Store, query: Json | None = None, *, role: str = "admin", collection: str = "menus") -> list[object]:
    return [row["id"] for row in read(store, query, role=role, collection=collection)]


def entries_of(
    store: Store, menu: int, deep: Json | None = None, *, shown: str = "id", role: str = "admin"
) -> list[object]:
    query: Json = {"filter": {"id": {"_eq": menu}}, "fields": [f"entries.{shown}"], "deep": {"entries": deep or {}}}
    found = read(store, query, collection="menus")[0]["entries"]
    assert isinstance(found, list)
    return [row[shown] for row in found]


class TestCollections:
    def test_items_stand_in_the_order_of_the_sort_field_and_then_of_their_key(self, store: Store) -> None:
        assert ids(store) == [2, 3, 5, 1, 4]
        assert ids(store, {"limit": 2, "offset": 1}) == [3, 5]
        assert ids(store, {"filter": {"id": {"_gt": 2}}}) == [3, 5, 4]
        assert ids(store, {"search": "a"}) == [2, 5, 1, 4]

    @pytest.mark.parametrize("sort", ["id", ["id"], "-sort", "title"])
    def test_a_query_with_an_order_has_its_own(self, store: Store, sort: object) -> None:
        expected = {"-sort": [4, 1, 3, 5, 2], "title": [2, 4, 3, 5, 1]}
        assert ids(store, {"sort": sort}) == expected.get(str(sort), [1, 2, 3, 4, 5])

    def test_an_empty_sort_of_a_url_is_none(self, store: Store) -> None:
        assert ids(store, {"sort": ""}) == [2, 3, 5, 1, 4]

    def test_named_keys_come_in_the_same_order(self, store: Store) -> None:
        found = asyncio.run(store.reader.read("menus", {"fields": ["id"]}, keys=[1, 2, 3]))
        assert found.data == [{"id": 2}, {"id": 3}, {"id": 1}]

    def test_groups_are_sorted_by_the_group(self, store: Store) -> None:
        rows = read(store, {"groupBy": "title", "aggregate": {"count": "*"}}, collection="menus")
        assert [row["title"] for row in rows] == ["alpha", "beta", "mid", "omega", "zeta"]
        assert read(store, {"aggregate": {"max": "sort"}}, collection="menus") == [{"max": {"sort": 8}}]

    def test_an_update_and_a_delete_by_query_take_the_first_in_that_order(self, store: Store) -> None:
        with store.fork() as copy:
            menus = copy.items("menus", accountability=copy.access.for_role("admin"))
            assert asyncio.run(menus.update_by_query({"limit": 2}, {"title": "x"})) == [2, 3]
            assert asyncio.run(menus.delete_by_query({"limit": 1})) == [2]


class TestLists:
    def test_a_list_stands_in_the_order_of_its_relation(self, store: Store) -> None:
        assert entries_of(store, 1) == [2, 3, 1, 4]
        assert read(store, {"filter": {"id": {"_eq": 1}}, "fields": ["entries"]}, collection="menus") == [
            {"entries": [2, 3, 1, 4]}
        ]
        assert entries_of(store, 1, {"_filter": {"rank": {"_gt": 1}}}) == [2, 3, 4]
        assert entries_of(store, 1, {"_limit": 2}) == [2, 3]
        assert entries_of(store, 1, {"_limit": 2, "_page": 2}) == [1, 4]

    def test_a_list_of_the_same_collection_has_the_order_of_its_relation_too(self, store: Store) -> None:
        rows = read(store, {"fields": ["id", "children.id"], "limit": 1}, collection="entries")
        assert rows == [{"id": 1, "children": [{"id": 7}, {"id": 6}]}]

    def test_a_list_without_a_sort_field_of_its_relation_has_the_order_of_its_collection(self) -> None:
        with Store() as store:
            store.create_collection("a", {"x": "string"})
            fields = {"n": "integer", "a": {"references": "a", "one_field": "bs"}}
            store.create_collection("b", fields, sort_field="n")
            asyncio.run(store.items("a", accountability=None).create([{"bs": [{"n": 3}, {"n": 1}, {"n": 2}]}]))
            assert read(store, {"fields": ["bs"]}, collection="a") == [{"bs": [2, 3, 1]}]

    def test_a_deep_order_comes_first(self, store: Store) -> None:
        assert entries_of(store, 1, {"_sort": ["-rank"]}) == [2, 3, 4, 1]

    @pytest.mark.parametrize("shown", ["id", "place"])
    def test_downwards_by_the_sort_field_null_comes_last(self, store: Store, shown: str) -> None:
        expected = {"id": [1, 3, 2, 4], "place": [3, 2, 1, None]}
        assert entries_of(store, 1, {"_sort": ["-place"]}, shown=shown) == expected[shown]

    def test_a_list_sorted_downwards_by_items_that_are_shown_is_turned_round(self, store: Store) -> None:
        """A Directus compares the objects themselves, none of which is the smaller one."""
        for sort, expected in (("-menu", [4, 3, 2, 1]), ("menu", [1, 2, 3, 4])):
            query: Json = {
                "filter": {"id": {"_eq": 1}}, "fields": ["entries.id", "entries.menu.title"], "deep": {"entries": {"_sort": sort}},
            }  # fmt: skip
            (menu,) = read(store, query, collection="menus")
            assert isinstance(menu["entries"], list)
            assert [row["id"] for row in menu["entries"]] == expected

    def test_a_deep_order_of_nothing_is_a_500_as_there(self, store: Store) -> None:
        with pytest.raises(DirectusError, match="reading 'startsWith'") as caught:
            entries_of(store, 1, {"_sort": []})
        assert caught.value.status == 500


class TestRights:
    """A role that may not read the sort field has the first field that it may read instead, in the order of the permission."""

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (("*",), [2, 3, 5, 1, 4]), (("title", "sort"), [2, 3, 5, 1, 4]), (("title", "id"), [2, 4, 3, 5, 1]), (("id", "title"), [1, 2, 3, 4, 5]),
            (("ghost", "meta", "title"), [2, 4, 3, 5, 1]), ((), [1, 2, 3, 4, 5]),
        ],
    )  # fmt: skip
    def test_the_first_allowed_field_orders(
        self, store: Store, fields: tuple[str, ...], expected: list[object]
    ) -> None:
        with store.fork() as copy:
            copy.access = access(*fields)
            request = copy.items("menus", accountability=copy.access.for_role("reader"))
            titles = {row["title"]: row["id"] for row in read(copy, {}, collection="menus")}
            rows = asyncio.run(
                request.read({"fields": ["title"] if "title" in fields or "*" in fields else ["*"]})
            ).data
            assert isinstance(rows, list)
            assert [titles[row["title"]] if isinstance(row, dict) else row for row in rows] == expected

    def test_a_list_of_items_orders_by_the_smallest_of_their_keys(self, store: Store) -> None:
        with store.fork() as copy:
            copy.access = access("entries", "title", entries=("title", "menu"))
            rows = read(copy, {"fields": ["title", "entries.title"]}, role="reader", collection="menus")
            assert [row["title"] for row in rows] == ["zeta", "alpha", "mid", "beta", "omega"]
            assert rows[0]["entries"] == [{"title": title} for title in "ABCN"]

    def test_asking_for_the_sort_field_is_refused(self, store: Store) -> None:
        with store.fork() as copy:
            copy.access = access("title")
            with pytest.raises(DirectusError) as caught:
                read(copy, {"sort": "sort"}, role="reader", collection="menus")
            assert caught.value.status == 403

    @pytest.mark.parametrize("fields", [("id", "title"), ("*",)])
    def test_an_extension_learns_no_order_from_what_it_changes(self, store: Store, fields: tuple[str, ...]) -> None:
        """It is in the rights of the one who asks, also where nothing but keys is asked for."""
        permissions = [
            {"collection": "menus", "action": "read", "fields": list(fields)},
            {"collection": "menus", "action": "update", "fields": ["title"]},
        ]
        policies: Json = {"p": {"permissions": permissions}}
        with store.fork() as copy:
            copy.access = Access.read({"policies": policies, "roles": {"writer": {"policies": ["p"]}}})
            service = copy.items("menus", accountability=copy.access.for_role("writer"), literal=True)
            assert asyncio.run(service.keys({"limit": 2})) == ([2, 3] if "*" in fields else [1, 2])


def test_an_extension_learns_no_order_of_related_items_that_it_may_not_read(store: Store) -> None:
    with store.fork() as copy:
        for entries, expected in (
            ((), ["alpha", "beta", "mid", "omega", "zeta"]),
            (("id",), ["zeta", "alpha", "mid", "beta", "omega"]),
        ):
            copy.access = access("entries", "title", entries=entries)
            rows = read(copy, {"fields": ["title"]}, role="reader", collection="menus", literal=True)
            assert [row["title"] for row in rows] == expected


T = TypeVar("T")


class Statements:
    """A database that keeps the statements it was asked to run."""

    def __init__(self, store: Store) -> None:
        self.asked: list[str] = []
        self._database = store.database

    def _watched(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        def watched(session: Session) -> T:
            rows = session.rows

            def kept(sql: str, parameters: object = ()) -> list[Row]:
                self.asked.append(sql)
                return rows(sql, parameters)  # type: ignore[arg-type]

            session.rows = kept  # type: ignore[method-assign]
            return work(session)

        return watched

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        return await self._database.read(self._watched(work), short=short)

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        return await self._database.read_in_steps(self._watched(work))


def sql_of(store: Store, collection: str, query: Json) -> str:
    """Return the statement that answers ``query``."""
    reader = store.reader
    database = Statements(store)
    watched = type(reader)(database, reader.schema, reader.access)
    asyncio.run(watched.read(collection, query))
    return next(sql for sql in database.asked if not sql.startswith("SELECT count(*)"))


def test_one_item_by_its_key_is_asked_for_without_an_order(store: Store) -> None:
    assert "ORDER BY" not in sql_of(store, "menus", {"filter": {"id": {"_eq": 1}}})


def test_a_collection_without_a_sort_field_is_sorted_by_its_key_alone() -> None:
    with Store() as store:
        store.create_collection("a", {"x": "string"})
        statement = sql_of(store, "a", {})
        assert statement.count("ORDER BY") == 1
        assert 'ORDER BY t1."id" ASC NULLS LAST LIMIT' in statement


def test_archive_fields_change_no_answer(store: Store) -> None:
    """They are for the app; the API shows archived items among the others."""
    with store.fork() as copy:
        schema = copy.schema
        menus = replace(schema.collections["menus"], archive=Archive("title", "zeta", "alpha"))
        marked = replace(schema, collections={**schema.collections, "menus": menus})
        copy._change(marked, copy.access)
        queries: list[Json] = [
            {},
            {"filter": {"title": {"_eq": "zeta"}}},
            {"aggregate": {"count": "*"}},
            {"search": "zeta"},
        ]
        for query in queries:
            assert read(copy, query, collection="menus") == read(store, query, collection="menus")
        service: ItemsService = copy.items("menus", accountability=copy.access.for_role("admin"))
        assert asyncio.run(service.update_by_query({"filter": {"title": {"_eq": "zeta"}}}, {"sort": 30})) == [1]
