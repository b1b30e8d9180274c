from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from weakref import ref

import duckdb
import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session, StoppedError
from scopebox.store.emitter import EventContext
from scopebox.store.items import ItemsService
from scopebox.store.store import Store
from scopebox.store.writing.changes import Event, Insert
from scopebox.store.writing.planner import Planner
from scopebox.store.writing.writer import ForgivenError

from tests.stores import Listener, Row, code, content, items, recorded_copy, rows

NESTED: Row = {
    "title": "T",
    "author": {"name": "New"},
    "category": {"name": "C", "parent": {"name": "P"}},
    "comments": [{"text": "one"}, 1],
    "labels": {"create": [{"labels_id": {"name": "brand new"}}], "update": [], "delete": []},
}


store = recorded_copy


def test_keys_come_from_the_sequence_in_order(store: Store) -> None:
    keys = asyncio.run(items(store, "articles").create([{"title": "a"}, {"title": "b"}, {"title": "c"}]))
    assert keys == [61, 62, 63]


def test_an_explicit_key_moves_the_sequence_upwards_only(store: Store) -> None:
    articles = items(store, "articles")

    async def work() -> list[object]:
        first = await articles.create([{"id": 1000, "title": "a"}, {"title": "b"}])
        second = await articles.create([{"id": 70, "title": "c"}])
        return [*first, *second, await articles.create_one({"title": "d"})]

    assert asyncio.run(work()) == [1000, 1001, 70, 1002]


def test_a_smaller_explicit_key_never_moves_the_sequence_back(store: Store) -> None:
    for key in (1000, 70):
        asyncio.run(items(store, "articles").create([{"id": key, "title": "a"}]))
    assert asyncio.run(items(store, "articles").create([{"title": "b"}])) == [1001]


def test_a_key_is_never_used_twice(store: Store) -> None:
    articles = items(store, "articles")

    async def work() -> list[object]:
        key = await articles.create_one({"title": "a"})
        await articles.delete_many([key])
        return [key, await articles.create_one({"title": "b"})]

    assert asyncio.run(work()) == [61, 62]


class Data(dict[str, object]):
    """An item that can be watched."""


def test_an_update_holds_nothing_of_what_it_was_given_while_its_statement_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [Data(title="new")]
    watched, held, execute = ref(given[0]), [], Session.execute

    def executed(session: Session, sql: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        if sql.startswith("UPDATE"):
            held.append(watched() is not None)
        return execute(session, sql, parameters)

    monkeypatch.setattr(Session, "execute", executed)
    asyncio.run(items(store, "articles").update_many([1], given.pop()))
    assert held == [False]
    assert rows(store, "SELECT title FROM articles WHERE id = 1") == [("new",)]


@pytest.mark.parametrize("changed", [True, False])
def test_what_a_filter_was_given_and_made_of_it_is_not_held_as_data_while_it_is_written(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, changed: bool
) -> None:
    given, listener, execute = [Data(title="new")], Listener(), Session.execute
    watched, held = [ref(given[0])], list[bool]()

    async def change(payload: object, _meta: Row) -> object:
        made = Data(title="newer") if changed else payload
        watched.append(ref(made))  # type: ignore[arg-type] # both can be watched
        return made

    def executed(session: Session, sql: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        if sql.startswith("UPDATE"):
            listener.told.clear()
            held[:] = [each() is not None for each in watched]  # the last one writes; those before try it out
        return execute(session, sql, parameters)

    listener.filters["articles.items.update"] = change
    monkeypatch.setattr(Session, "execute", executed)
    asyncio.run(items(store, "articles", emitter=listener).update_many([1], given.pop()))
    assert held == [False, False]
    assert rows(store, "SELECT title FROM articles WHERE id = 1") == [("newer" if changed else "new",)]


def test_a_write_that_a_constraint_refuses_holds_nothing_while_filters_are_asked_about_its_error(store: Store) -> None:
    listener, held = Listener(), list[Planner]()

    async def leave(payload: object, _meta: Row) -> object:
        gc.collect()
        held.extend(each for each in gc.get_objects() if isinstance(each, Planner))
        return payload

    listener.filters["database.error"] = leave
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "articles", emitter=listener).create([{"title": "a", "slug": "slug-1"}]))
    assert caught.value.code == "RECORD_NOT_UNIQUE"
    assert held == []


def test_a_refused_item_refuses_the_whole_list(store: Store) -> None:
    before = content(store)
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "articles").create([{"title": "a"}, {"title": "b", "slug": "slug-1"}]))
    assert caught.value.code == "RECORD_NOT_UNIQUE"
    assert content(store) == before


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"title": "a", "slug": "new"}, {"title": "b", "slug": "new"}], "RECORD_NOT_UNIQUE"),
        ([{"title": "a", "id": 500}, {"title": "b", "id": 500}], "RECORD_NOT_UNIQUE"),
        ([{"title": "a", "author": 999}], "INVALID_FOREIGN_KEY"),
        ([{"title": "x" * 256}], "VALUE_TOO_LONG"),
        ([{"title": "a", "views": 2**31}], "VALUE_OUT_OF_RANGE"),
        ([{"title": "a", "views": "many"}], "INTERNAL_SERVER_ERROR"),
        ([{"title": "a", "meta": "{"}], "INTERNAL_SERVER_ERROR"),
        ([{"title": "a", "published_on": "2020-02-30"}], "INVALID_PAYLOAD"),
        ([{"title": None}], "FAILED_VALIDATION"),
        ([{}], "FAILED_VALIDATION"),
    ],
)
def test_what_a_column_does_not_take_is_refused(store: Store, data: list[object], expected: str) -> None:
    before = content(store)
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "articles").create(data))
    assert caught.value.code == expected
    assert content(store) == before


def test_an_item_may_refer_to_an_item_of_the_same_list(store: Store) -> None:
    data: list[object] = [{"id": 300, "name": "up"}, {"name": "down", "parent": 300}]
    assert asyncio.run(items(store, "categories").create(data)) == [300, 301]


@pytest.mark.parametrize("heard", [False, True])
def test_an_item_may_refer_to_the_key_that_an_earlier_one_of_the_list_will_draw(store: Store, heard: bool) -> None:
    listener = Listener()
    if heard:
        listener.filters["items.create"] = _unchanged
    categories = items(store, "categories", listener)
    first = asyncio.run(categories.create_one({"name": "0"}))
    assert isinstance(first, int)
    data: list[object] = [{"name": str(at), "parent": first + at - 1} for at in (1, 2, 3)]
    assert asyncio.run(categories.create(data)) == [first + 1, first + 2, first + 3]
    with pytest.raises(DirectusError, match="Invalid foreign key"):
        asyncio.run(categories.create([{"name": "4", "parent": first + 5}, {"name": "5"}]))
    assert asyncio.run(categories.create_one({"name": "6"})) == first + 4


async def _unchanged(payload: object, meta: Row) -> object:
    return payload


def test_an_item_may_not_refer_to_a_later_one(store: Store) -> None:
    data: list[object] = [{"title": "a", "author": 500}, {"title": "b", "author": {"id": 500, "name": "late"}}]
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "articles").create(data))
    assert caught.value.code == "INVALID_FOREIGN_KEY"


def test_an_item_may_refer_to_itself(store: Store) -> None:
    assert asyncio.run(items(store, "categories").create_one({"id": 300, "name": "loop", "parent": 300})) == 300


def test_of_several_errors_the_first_in_order_is_told(store: Store) -> None:
    data: list[object] = [{"title": "a", "comments": [{"text": "t", "id": 1}, 2]}, {"title": "b", "slug": "slug-1"}]
    data[0] = {"title": "a", "comments": {"create": [{"text": "t", "id": 1}], "update": [], "delete": []}}
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "articles").create(data))
    assert caught.value.extensions["collection"] == "comments"


def test_one_value_for_several_items_is_not_unique(store: Store) -> None:
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "labels").update_many([1, 2], {"name": "same"}))
    assert code(caught.value)[:2] == (400, "RECORD_NOT_UNIQUE")


def test_a_batch_may_hand_a_unique_value_on(store: Store) -> None:
    data: list[object] = [{"id": 3, "name": "was green"}, {"id": 1, "name": "green"}]
    asyncio.run(items(store, "labels").update_batch(data))
    assert rows(store, "select name from labels where id in (1, 3) order by id") == [("green",), ("was green",)]


def test_a_batch_may_change_a_thousand_items_each_in_its_own_way(store: Store) -> None:
    labels = items(store, "labels")

    async def twice_at_once() -> list[object]:
        keys = await labels.create([{"name": f"label {number}"} for number in range(1_000)])
        batches = [[{"id": key, "weight": place + at} for at, key in enumerate(keys)] for place in (10_000, 20_000)]
        assert await asyncio.gather(*map(labels.update_batch, batches)) == [keys, keys]
        return keys

    keys = asyncio.run(twice_at_once())
    found = rows(store, "select weight from labels where name like 'label %' order by id")
    assert [weight for (weight,) in found] in ([*range(10_000, 11_000)], [*range(20_000, 21_000)])
    asyncio.run(labels.delete_many(keys))


def test_a_batch_that_takes_a_unique_value_too_early_changes_nothing(store: Store) -> None:
    before = content(store)
    with pytest.raises(DirectusError):
        asyncio.run(items(store, "labels").update_batch([{"id": 1, "name": "green"}, {"id": 3, "name": "was green"}]))
    assert content(store) == before


def test_the_primary_key_in_an_update_is_left_alone(store: Store) -> None:
    asyncio.run(items(store, "articles").update_many([1], {"id": 2, "title": "x"}))
    assert rows(store, "select count(*) from articles where id in (1, 2)") == [(2,)]


def test_the_store_itself_is_told_by_the_database_what_is_missing(store: Store) -> None:
    with pytest.raises(DirectusError) as caught:
        asyncio.run(store.items("articles", accountability=None).create_one({}))
    assert caught.value.code == "NOT_NULL_VIOLATION"


def test_updates_that_write_the_same_are_one_statement_where_nothing_stands_between_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    run = Session.execute

    def counting(session: Session, sql: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        found.append(sql)
        return run(session, sql, parameters)

    monkeypatch.setattr(Session, "execute", counting)
    data: Row = {"name": "N", "articles": [1, 2, {"id": 3, "title": "T"}, 4, {"id": 5, "price": -0.0}, 1]}
    key = asyncio.run(items(store, "authors").create_one(data))
    assert len([sql for sql in found if sql.startswith("UPDATE")]) == 5
    assert rows(store, f"select id, title = 'T' from articles where author = {key} order by id") == [
        (at, at == 3) for at in range(1, 6)
    ]


@pytest.mark.parametrize("email", ["one@example.com", None])
def test_a_unique_value_that_several_updates_write_stands_once(store: Store, email: object) -> None:
    data = [{"id": key, "email": email} for key in (1, 2)]
    if email is None:
        asyncio.run(items(store, "authors").update_batch(data))
        return
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "authors").update_batch(data))
    assert caught.value.code == "RECORD_NOT_UNIQUE"


class TestDeleting:
    def test_rows_that_refer_to_it_follow_their_relation(self, store: Store) -> None:
        asyncio.run(items(store, "articles").delete_many([1]))
        assert rows(store, "select count(*) from comments where article = 1") == [(0,)]
        asyncio.run(items(store, "authors").delete_many([2]))
        assert rows(store, "select count(*) from articles where author = 2") == [(0,)]
        assert rows(store, "select count(*) from articles") == [(59,)]

    def test_a_row_that_may_not_lose_its_referrers_stays(self, store: Store) -> None:
        before = content(store)
        with pytest.raises(DirectusError) as caught:
            asyncio.run(items(store, "categories").delete_many([2, 5]))
        assert caught.value.status == 500
        assert 'constraint "products_category_foreign"' in caught.value.message
        assert content(store) == before

    def test_a_tree_may_refer_to_itself(self, store: Store) -> None:
        asyncio.run(items(store, "categories").update_many([21], {"parent": 21}))
        asyncio.run(items(store, "categories").delete_many([21]))
        assert rows(store, "select count(*) from categories where id = 21") == [(0,)]


class Marked(dict[str, object]):
    """A payload that says when nothing holds it any more."""


@pytest.mark.parametrize(
    ("collection", "data"),
    [
        ("labels", {"name": "n" * 1_000}),
        ("authors", {"id": 1, "name": "N"}),
        ("articles", {"title": "T", "author": 999_999}),
        ("articles", {"title": "T", "comments": ["no key"]}),
        ("articles", {"title": "T", "comments": {"update": [{"id": "no key"}]}}),
        ("articles", {"title": "T", "author": {"id": "no key"}}),
    ],
)
def test_a_refused_payload_is_held_by_nothing_once_its_error_is_gone(store: Store, collection: str, data: Row) -> None:
    payload = Marked(data)
    gone = ref(payload)
    waiting = [payload]
    del payload

    async def work() -> None:
        with suppress(DirectusError):
            await items(store, collection).create([waiting.pop(), {"title": "U", "name": "U"}])

    gc.disable()
    try:
        asyncio.run(work())
        assert gone() is None
    finally:
        gc.enable()


class TestInterrupted:
    @pytest.mark.parametrize("data", [NESTED, {"title": "plain", "author": 1}])
    def test_at_any_statement_nothing_is_left(
        self, recorded: Store, data: Row, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain, count = Session.execute, 0
        limit = 10_000

        def counted(self: Session, sql: str, parameters: object = (), **more: int) -> duckdb.DuckDBPyConnection:
            nonlocal count
            count += 1
            if count > limit:
                raise StoppedError
            return plain(self, sql, parameters, **more)  # type: ignore[arg-type]

        with recorded.fork() as store:
            monkeypatch.setattr(Session, "execute", counted)
            asyncio.run(items(store, "articles").create_one(data))
            statements = count
        for allowed in range(statements):
            monkeypatch.setattr(Session, "execute", plain)
            with recorded.fork() as store:
                before = content(store)
                count, limit = 0, allowed
                monkeypatch.setattr(Session, "execute", counted)
                with pytest.raises(StoppedError):
                    asyncio.run(items(store, "articles").create_one(data))
                monkeypatch.setattr(Session, "execute", plain)
                assert content(store) == before, f"after {allowed} statements"

    def test_a_cancelled_write_stands_as_a_whole_or_not_at_all(self, recorded: Store) -> None:
        many: list[object] = [{"title": f"t{number}", "author": 1} for number in range(3000)]

        async def cancelled(store: Store, delay: float) -> None:
            task = asyncio.ensure_future(items(store, "articles").create(many))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        for delay in (0.0, 0.01, 0.02, 0.03, 0.05):
            with recorded.fork() as store:
                asyncio.run(cancelled(store, delay))
                assert rows(store, "select count(*) from articles") in ([(60,)], [(3060,)])

    def test_the_next_write_goes_on_after_it(self, store: Store) -> None:
        async def work() -> object:
            many: list[object] = [{"title": "t"}] * 3000
            task = asyncio.ensure_future(items(store, "articles").create(many))
            await asyncio.sleep(0.03)
            task.cancel()
            return await items(store, "labels").create_one({"name": "after"})

        assert asyncio.run(work()) == 21


class TestHooks:
    def test_a_filter_that_raises_leaves_nothing(self, store: Store) -> None:
        listener, before = Listener(), content(store)

        async def refuse(payload: object, meta: Row) -> object:
            raise DirectusError(500, "INTERNAL_SERVER_ERROR", "boom")

        listener.filters["comments.items.create"] = refuse
        with pytest.raises(DirectusError, match="boom"):
            asyncio.run(items(store, "articles", listener).create_one(NESTED))
        assert content(store) == before
        assert not [told for told in listener.told if told[0] == "action" and "create" in told[1]]

    def test_what_a_filter_does_by_itself_is_committed_and_stays(self, store: Store) -> None:
        listener = Listener()

        async def write_and_refuse(payload: object, meta: Row) -> object:
            await items(store, "labels").create_one({"name": "by the filter"})
            raise DirectusError(500, "INTERNAL_SERVER_ERROR", "boom")

        listener.filters["items.create"] = write_and_refuse
        with pytest.raises(DirectusError):
            asyncio.run(items(store, "articles", listener).create_one({"title": "T"}))
        assert rows(store, "select count(*) from labels where name = 'by the filter'") == [(1,)]
        assert rows(store, "select count(*) from articles") == [(60,)]

    def test_actions_come_after_the_commit_the_outer_one_first(self, store: Store) -> None:
        listener = Listener()
        key = asyncio.run(items(store, "articles", listener).create_one({"title": "T", "author": {"name": "N"}}))
        told = [what for what in listener.heard("action", "items.create") if isinstance(what, dict)]
        assert [(what["collection"], what["key"]) for what in told] == [("articles", key), ("authors", 21)]

    def test_a_refused_insert_passes_the_filters_of_database_error(self, store: Store) -> None:
        listener = Listener()

        async def forgive(payload: object, meta: Row) -> object:
            assert isinstance(payload, dict)
            assert payload["code"] == "RECORD_NOT_UNIQUE"
            return {}

        listener.filters["database.error"] = forgive
        with pytest.raises(ForgivenError):
            asyncio.run(items(store, "labels", listener).create_one({"name": "red"}))
        assert rows(store, "select count(*) from labels") == [(20,)]

    def test_a_filter_is_not_asked_about_an_item_behind_one_that_is_refused(self, store: Store) -> None:
        listener = Listener()

        async def nothing(payload: object, meta: Row) -> object:
            return payload

        listener.filters["labels.items.create"] = nothing
        with pytest.raises(DirectusError):
            asyncio.run(items(store, "labels", listener).create([{"name": "red"}, {"name": "never asked"}]))
        assert listener.heard("filter", "labels.items.create") == [{"name": "red"}]

    def test_a_filter_has_no_more_items_deleted_than_a_call_may_or_than_it_was_asked_about(self, store: Store) -> None:
        listener, more = Listener(), 1

        async def add(keys: list[object], meta: Row) -> list[object]:
            del meta
            return [*keys, *range(1_000_000, 1_000_000 + more)]

        listener.filters["articles.items.delete"] = add
        before, keys = content(store), list(range(2_000_000, 2_010_000))
        with pytest.raises(DirectusError) as caught:
            asyncio.run(items(store, "articles", listener).delete_many(keys))
        reason = 'A filter of deletions in "articles" returned 10,001 keys, 10,000 are the limit'
        assert (caught.value.status, caught.value.extensions) == (400, {"reason": reason})
        assert content(store) == before
        more = 0
        asyncio.run(items(store, "articles", listener).delete_many([1, *keys]))
        assert rows(store, "select count(*) from articles where id = 1") == [(0,)]


class TestAmongOthers:
    def test_writers_do_not_lose_each_other(self, store: Store) -> None:
        async def work() -> list[object]:
            services: list[ItemsService] = [items(store, "articles", role="editor") for _ in range(8)]
            return await asyncio.gather(
                *(service.update_many([2], {"comments": [{"text": str(at)}]}) for at, service in enumerate(services))
            )

        assert asyncio.run(work()) == [[2]] * 8
        assert rows(store, "select count(*) from comments where article = 2") == [(1,)]

    def test_a_plan_that_no_longer_holds_is_made_again_without_asking_the_hooks_again(self, store: Store) -> None:
        listener = Listener()

        async def meanwhile(payload: object, meta: Row) -> object:
            await items(store, "comments").update_many([3], {"article": 1})
            return {"title": "filtered", "comments": []}

        listener.filters["articles.items.update"] = meanwhile
        asyncio.run(items(store, "articles", listener).update_many([1], {"title": "x", "comments": []}))
        assert len(listener.heard("filter", "articles.items.update")) == 1
        assert rows(store, "select count(*) from comments where article = 1") == [(0,)]
        assert rows(store, "select title from articles where id = 1") == [("filtered",)]

    def test_an_item_that_left_the_rule_meanwhile_is_not_changed(self, store: Store) -> None:
        listener = Listener()

        async def archive(payload: object, meta: Row) -> object:
            if not listener.heard("filter", "comments.items.create")[1:]:
                await items(store, "articles").update_many([1], {"status": "archived"})
            return payload

        listener.filters["comments.items.create"] = archive
        data = {"views": 5, "comments": {"create": [{"text": "n"}], "update": [], "delete": []}}
        with pytest.raises(DirectusError) as caught:
            asyncio.run(items(store, "articles", listener, role="editor").update_many([1], data))
        assert caught.value.code == "FORBIDDEN"
        assert rows(store, "select views from articles where id = 1") == [(0,)]

    def test_a_hook_that_would_have_to_be_asked_again_fails_the_write(self, store: Store) -> None:
        listener, asked = Listener(), []
        loose = "select count(*) from comments where article is null"
        before = rows(store, loose)

        async def grow(payload: object, meta: Row) -> object:
            asked.append(meta["keys"])
            await items(store, "comments").create_one({"text": "late", "article": 1})
            return payload

        listener.filters["comments.items.update"] = grow
        with pytest.raises(DirectusError, match="hooks cannot be asked again"):
            asyncio.run(items(store, "articles", listener).update_many([1], {"comments": []}))
        assert len(asked) == 1
        assert rows(store, loose) == before


class TestKeys:
    def test_a_drawn_key_may_meet_an_explicit_one(self, store: Store) -> None:
        before = content(store)
        with pytest.raises(DirectusError) as caught:
            asyncio.run(items(store, "articles").create([{"title": "a"}, {"id": 61, "title": "b"}]))
        assert code(caught.value)[1:] == (
            "RECORD_NOT_UNIQUE",
            'Value "61" for field "id" in collection "articles" has to be unique.',
        )
        assert content(store) == before

    @pytest.mark.parametrize("key", [None, "", 0, False])
    def test_a_uuid_that_is_not_given_is_generated(self, store: Store, key: object) -> None:
        found = asyncio.run(items(store, "events").create_one({"id": key, "name": "n"}))
        assert rows(store, f"select name from events where id = '{found}'") == [("n",)]

    @pytest.mark.parametrize("keys", [["abc"], [1.5], [[1]], [{}]])
    def test_keys_of_another_type_are_forbidden(self, store: Store, keys: list[object]) -> None:
        for work in (items(store, "articles").delete_many(keys), items(store, "articles").update_many(keys, {})):
            with pytest.raises(DirectusError) as caught:
                asyncio.run(work)
            assert caught.value.status == 403

    def test_zero_is_taken_for_the_highest_key(self, store: Store) -> None:
        assert asyncio.run(items(store, "articles").create_one({"id": 0, "title": "T"})) == 60
        assert rows(store, "select title from articles where id = 0") == [("T",)]


def test_what_was_planned_of_an_event_goes_before_the_next_is_told(store: Store) -> None:
    class Counting(Listener):
        def __init__(self) -> None:
            super().__init__()
            self.left: list[int] = []
            self.names: list[tuple[str, ...]] = []

        def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
            super().action(names, meta, context)
            if names[0] == "items.create":
                gc.collect()
                self.left.append(sum(isinstance(entry, Event | Insert) for entry in gc.get_objects()))
                self.names.append(names)

    listener = Counting()
    service = store.items("authors", accountability=None, emitter=listener)
    asyncio.run(service.create([{"name": f"n{number}", "articles": [{"title": "T"}]} for number in range(3)]))
    assert len(listener.left) == 6
    assert all(first > then for first, then in pairwise(listener.left)), listener.left
    assert listener.left[-1] == 1 + 3, "the event that is told, and the items whose keys are returned"
    assert len({id(names) for names in listener.names}) == 2
