"""Writes of one statement: they say and keep what writes of several do, whatever happens around them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Generator
from dataclasses import replace

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session, StoppedError
from scopebox.store.items import ItemsService, Made
from scopebox.store.reading.request import Rows
from scopebox.store.store import AccessRule, Store
from scopebox.vocabulary import HookKind

from tests.state import eventually
from tests.stores import Listener, Row, content, items, recorded_copy, rows

store = recorded_copy

ITEMS: dict[str, Row] = {
    "articles": {"title": "T", "views": 3, "price": 1.5, "tags": ["a", {"b": 1.0}], "published_on": "2024-05-06T07:08:09.010Z", "author": 1},
    "authors": {"name": 'N "quoted" \u0130\u00df\u2028'},
    "categories": {"name": "C", "parent": None},
    "labels": {"name": "new"},
    "comments": {"text": "x" * 5_000, "article": 1},
}  # fmt: skip
QUERIES: dict[str, Row] = {
    "nothing": {}, "key": {"fields": ["id"]}, "fields": {"fields": ["id", "*"]}, "alias": {"fields": ["id", "other"], "alias": {"other": "id"}},
    "related": {"fields": ["*.*"]}, "unknown": {"fields": ["nope"]}, "function": {"fields": ["id", "count(tags)", "year(published_on)"]},
    "filter": {"filter": {"id": {"_gt": 10_000}}}, "limit": {"limit": 0}, "invalid": {"limit": -7}, "meta": {"meta": "*"}, "search": {"search": "T"},
    "version": {"version": "draft"}, "sort": {"sort": ["-id"]},
}  # fmt: skip


async def outcome(read: Awaitable[Rows]) -> object:
    """Return what is read, or the error of it."""
    try:
        return (await read).data
    except DirectusError as error:
        return error.status, error.code, error.message


async def made(service: ItemsService, data: object, query: Row) -> Made:
    return await service.create_and_show(data, query)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("role", ["admin", "editor", "reader", "writer"])
def test_a_create_shows_what_a_read_of_the_item_shows(store: Store, role: str, query: Row) -> None:
    async def work() -> None:
        before = content(store)
        for name, data in ITEMS.items():
            service = items(store, name, role=role)
            try:
                found = await made(service, data, query)
            except DirectusError:
                assert content(store) == before
                continue
            before |= content(store, name)
            assert await outcome(service.show(found, query)) == await outcome(service.read_one(found.key, query))

    asyncio.run(work())


def test_what_is_shown_comes_from_the_statement_that_writes(store: Store) -> None:
    texts = {
        (name, role): asyncio.run(made(items(store, name, role=role), {"name": role}, {"fields": ["name", "id"]})).text
        for name in ("authors", "labels")
        for role in ("admin",)
    }
    assert texts == {
        ("authors", "admin"): b'{"name":"admin","id":21}',
        ("labels", "admin"): b'{"name":"admin","id":21}',
    }


def test_a_role_without_rules_for_items_is_shown_it_as_well(store: Store) -> None:
    found = asyncio.run(made(items(store, "comments", role="editor"), {"text": "t", "article": 1}, {}))
    assert found.text is not None
    assert found.text.startswith(b'{"id":')


RULES: dict[str, tuple[Row, bool]] = {
    "shown": ({"name": {"_neq": "hidden"}}, True), "number": ({"id": {"_gt": 3}}, True), "list": ({"name": {"_in": ["n", "m", "o"]}}, True),
    "either": ({"_or": [{"id": {"_lt": 3}}, {"name": {"_nnull": True}}]}, True), "hidden": ({"name": {"_eq": "hidden"}}, False),
    "none": ({"name": {"_null": True}}, False), "quotes": ({"name": {"_neq": "' OR 1 = 1 --"}}, False), "odd": ({"name": {"_neq": "\u0130"}}, False),
    "pattern": ({"name": {"_contains": "n"}}, False), "related": ({"articles": {"labels_id": {"_null": True}}}, False),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "told"), RULES.values(), ids=RULES)
def test_a_rule_for_items_decides_what_is_shown_of_a_new_one(store: Store, rule: Row, told: bool) -> None:
    policy = store.access.policies["editor"]
    others = tuple(entry for entry in policy.permissions if entry.collection != "labels")
    rules = (AccessRule("labels", "create", ("*",)), AccessRule("labels", "read", ("id", "name"), rule))
    changed = replace(policy, permissions=(*others, *rules))
    store.access = replace(store.access, policies={**store.access.policies, "editor": changed})
    service = items(store, "labels", role="editor")

    async def work() -> Made:
        found = await made(service, {"name": "n"}, {})
        assert await outcome(service.show(found, {})) == await outcome(service.read_one(found.key, {}))
        return found

    assert (asyncio.run(work()).text is not None) == told


def test_a_role_that_is_changed_is_shown_new_items_as_it_is_now(store: Store) -> None:
    policy = store.access.policies["editor"]
    others = tuple(entry for entry in policy.permissions if entry.collection != "labels")
    query: Row = {"fields": ["*"]}
    texts = []
    for fields, rule in (
        (("id", "name"), {}),
        (("id",), {}),
        (("id", "name"), {"name": {"_neq": "n"}}),
        (("id", "name"), {}),
    ):
        rules = (AccessRule("labels", "create", ("*",)), AccessRule("labels", "read", fields, rule))
        changed = replace(policy, permissions=(*others, *rules))
        store.access = replace(store.access, policies={**store.access.policies, "editor": changed})
        for _ in range(2):  # the second time from what was kept
            texts.append(asyncio.run(made(items(store, "labels", role="editor"), {"name": "n"}, query)).text)
            asyncio.run(
                items(store, "labels").update_by_query({"filter": {"name": {"_eq": "n"}}}, {"name": f"m{len(texts)}"})
            )
    assert texts == [
        b'{"id":21,"name":"n"}', b'{"id":22,"name":"n"}', b'{"id":23}', b'{"id":24}', None, None, b'{"id":27,"name":"n"}', b'{"id":28,"name":"n"}',
    ]  # fmt: skip


def test_fields_that_a_rule_shows_are_shown_by_it(store: Store) -> None:
    policy = store.access.policies["editor"]
    others = tuple(entry for entry in policy.permissions if entry.collection != "labels")
    rules = (
        AccessRule("labels", "create", ("*",)),
        AccessRule("labels", "read", ("id",), {"id": {"_gt": 0}}),
        AccessRule("labels", "read", ("name",), {"name": {"_eq": "shown"}}),
    )
    changed = replace(policy, permissions=(*others, *rules))
    store.access = replace(store.access, policies={**store.access.policies, "editor": changed})
    service, query = items(store, "labels", role="editor"), dict[str, object](fields=["id", "name"])
    texts = [asyncio.run(made(service, {"name": name}, query)).text for name in ("shown", "other")]
    assert texts == [b'{"id":21,"name":"shown"}', b'{"id":22,"name":null}']


def test_whoever_listens_to_reads_hears_of_the_item_that_was_created(store: Store) -> None:
    listener = Listener()

    async def changed(payload: object, meta: Row) -> object:
        return [{"changed": True}]

    listener.filters["labels.items.read"] = changed
    service = items(store, "labels", listener)

    async def work() -> object:
        return (await service.show(await made(service, {"name": "n"}, {}), {})).data

    assert asyncio.run(work()) == {"changed": True}


def test_an_item_with_an_empty_key_is_answered_with_the_highest_one(store: Store) -> None:
    service = items(store, "articles")

    async def work() -> object:
        found = await made(service, {"id": 0, "title": "T"}, {"fields": ["id"]})
        return (await service.show(found, {"fields": ["id"]})).data

    assert asyncio.run(work()) == {"id": 60}


class Statements:
    """What is sent to the database by writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        plain, begun = Session.rows, Session.transaction

        def noted(session: Session, sql: str, parameters: tuple[object, ...] = ()) -> object:
            self.sent.append(sql.partition(" ")[0])
            return plain(session, sql, parameters)

        def execute(session: Session, sql: str, parameters: tuple[object, ...] = ()) -> object:
            self.sent.append(sql.partition(" ")[0])
            return run(session, sql, parameters)

        def begins(session: Session) -> object:
            self.sent.append("BEGIN")
            return begun(session)

        run = Session.execute
        monkeypatch.setattr(Session, "rows", noted)
        monkeypatch.setattr(Session, "execute", execute)
        monkeypatch.setattr(Session, "transaction", begins)


def test_one_item_is_written_with_one_statement(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = Statements(monkeypatch)
    service = items(store, "authors")
    found = asyncio.run(made(service, {"name": "n"}, {"fields": ["name"]}))
    assert statements.sent == ["INSERT"]
    asyncio.run(service.update_many([found.key], {"name": "m"}))
    assert statements.sent == ["INSERT", "UPDATE"]
    asyncio.run(items(store, "articles_labels").delete_many([1]))
    assert statements.sent == ["INSERT", "UPDATE", "DELETE"]


def test_a_filter_and_a_rule_add_no_statement_but_the_look_at_the_item(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Filters(Listener):
        def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
            return kind == "filter" and super().listens(kind, names)

    listener = Filters()

    async def same(payload: object, meta: Row) -> object:
        return payload

    listener.filters["items.create"] = listener.filters["items.update"] = same
    statements = Statements(monkeypatch)
    asyncio.run(items(store, "authors", listener).create([{"name": "n"}]))
    asyncio.run(items(store, "articles", listener, role="editor").update_many([1], {"title": "t"}))
    assert statements.sent == ["INSERT", "SELECT", "UPDATE"]


@pytest.mark.parametrize("role", ["admin", "editor"])
def test_what_is_looked_up_before_one_statement_needs_no_transaction(
    store: Store, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = Statements(monkeypatch)
    asyncio.run(items(store, "comments", role=role).create([{"text": "t", "article": 1}]))
    assert statements.sent == ["SELECT", "INSERT"]


def test_a_key_that_moves_its_sequence_is_one_transaction_with_the_row(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = Statements(monkeypatch)
    asyncio.run(items(store, "articles").create_one({"id": 700, "title": "T"}))
    assert (statements.sent[0], statements.sent[-1]) == ("BEGIN", "INSERT")


def held(store: Store) -> tuple[threading.Event, Awaitable[None]]:
    """Return what lets the writing thread go on, and a write that waits for it."""
    free = threading.Event()

    def wait(session: Session) -> None:
        assert free.wait(60)

    return free, store.database.write(wait)


def test_a_plan_that_no_longer_holds_is_made_again(store: Store) -> None:
    async def work() -> object:
        free, waits = held(store)
        tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(waits)]
        await asyncio.sleep(0.01)
        for role, data in (("admin", {"status": "archived"}), ("editor", {"title": "changed"})):
            tasks.append(asyncio.ensure_future(items(store, "articles", role=role).update_many([open_key], data)))
            await asyncio.to_thread(eventually, lambda: len(store.database._writer._waiting), len(tasks) - 1)
        free.set()
        return (await asyncio.gather(*tasks, return_exceptions=True))[-1]

    open_key, title = rows(store, "select id, title from articles where status <> 'archived' order by id limit 1")[0]
    error = asyncio.run(work())
    assert isinstance(error, DirectusError)
    assert error.code == "FORBIDDEN"
    assert rows(store, f"select status, title from articles where id = {open_key}") == [("archived", title)]


def test_a_role_that_is_changed_while_a_write_is_planned_decides(store: Store) -> None:
    listener, before = Listener(), rows(store, "select count(*) from comments")
    without = replace(
        store.access.policies["editor"],
        permissions=tuple(
            rule
            for rule in store.access.policies["editor"].permissions
            if (rule.collection, rule.action) != ("comments", "create")
        ),
    )

    async def changes(payload: object, meta: Row) -> object:
        access = replace(store.access, policies={**store.access.policies, "editor": without})
        await asyncio.to_thread(setattr, store, "access", access)
        return payload

    listener.filters["comments.items.create"] = changes
    with pytest.raises(DirectusError, match="permission"):
        asyncio.run(made(items(store, "comments", listener, role="editor"), {"text": "t", "article": 1}, {}))
    assert rows(store, "select count(*) from comments") == before


def test_a_schema_that_is_changed_while_a_write_is_planned_decides_what_is_shown(store: Store) -> None:
    listener = Listener()

    async def changes(payload: object, meta: Row) -> object:
        listener.filters.clear()
        await asyncio.to_thread(
            store.create_collection,
            "notes",
            {"text": "string", "label": {"references": "labels", "one_field": "notes"}},
        )
        return payload

    listener.filters["labels.items.create"] = changes
    service = items(store, "labels", listener)

    async def work() -> object:
        return (await service.show(await made(service, {"name": "n"}, {}), {})).data

    found = asyncio.run(work())
    assert isinstance(found, dict)
    assert found["notes"] == [], "a list that was not there when the write was planned"
    assert found["name"] == "n"


def test_32_clients_that_write_the_same_item_are_answered_one_after_the_other(store: Store) -> None:
    service = items(store, "articles")

    async def client(number: int) -> tuple[object, object]:
        keys = await service.update_many([1], {"title": f"by {number}", "views": number})
        return keys, (await service.read_one(1, {"fields": ["title", "views"]})).data

    async def work() -> list[tuple[object, object]]:
        return await asyncio.gather(*(client(number) for number in range(32)))

    written = [{"title": f"by {number}", "views": number} for number in range(32)]
    found = asyncio.run(work())
    assert all(keys == [1] and read in written for keys, read in found)
    assert found[-1][1] == written[-1], "the last one to be planned wrote last"


def test_of_32_clients_that_create_the_same_name_one_does(store: Store) -> None:
    service = items(store, "labels")

    async def work() -> list[object]:
        return await asyncio.gather(
            *(made(service, {"name": "the one"}, {}) for _ in range(32)), return_exceptions=True
        )

    found = asyncio.run(work())
    assert [type(entry) for entry in found].count(Made) == 1
    assert {entry.code for entry in found if isinstance(entry, DirectusError)} == {"RECORD_NOT_UNIQUE"}
    assert len(rows(store, "select id from labels where name = 'the one'")) == 1


def test_of_32_clients_that_create_items_each_is_shown_its_own(store: Store) -> None:
    service = items(store, "authors")

    async def client(number: int) -> tuple[object, object]:
        found = await made(service, {"name": f"n{number}"}, {"fields": ["id", "name"]})
        return found.key, (await service.show(found, {})).data

    async def work() -> list[tuple[object, object]]:
        return await asyncio.gather(*(client(number) for number in range(32)))

    found = asyncio.run(work())
    kept = {key: {"id": key, "name": name} for key, name in rows(store, "select id, name from authors where id > 20")}
    assert found == [(key, kept[key]) for key, _ in found]
    assert set(kept) == {*range(21, 53)}


def test_an_interrupt_between_the_look_and_the_statement_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, before = Session.row, content(store)

    def stopped(session: Session, sql: str, parameters: tuple[object, ...] = ()) -> object:
        found = plain(session, sql, parameters)
        if sql.startswith("SELECT 1 FROM"):
            session.cancel()
        return found

    for name, data in (("labels", {"name": "n"}), ("comments", {"text": "t", "article": 1})):
        monkeypatch.setattr(Session, "row", stopped)
        with pytest.raises(StoppedError):
            asyncio.run(made(items(store, name), data, {}))
        monkeypatch.setattr(Session, "row", plain)
        assert content(store) == before
    assert asyncio.run(items(store, "labels").create_one({"name": "n"})) == 21, "no key was drawn for nothing"


def test_an_interrupted_statement_stands_as_a_whole_or_not_at_all_and_the_next_write_goes_on(recorded: Store) -> None:
    async def cancelled(store: Store, delay: float) -> object:
        task = asyncio.ensure_future(made(items(store, "authors"), {"name": "n"}, {}))
        await asyncio.sleep(delay)
        task.cancel()
        (found,) = await asyncio.gather(task, return_exceptions=True)
        return found

    for number in range(20):
        with recorded.fork() as store:
            found = asyncio.run(cancelled(store, number / 10_000))
            names = rows(store, "select name from authors where id > 20")
            assert names == [("n",)] if isinstance(found, Made) else names in ([], [("n",)])
            key = asyncio.run(items(store, "authors").create_one({"name": "next"}))
            assert key in (21, 22)
            assert key == 22 or not names


def test_an_update_that_is_interrupted_while_it_runs_is_rolled_back(store: Store) -> None:
    store.create_collection("many", {"n": "integer"})
    store.database.write_now(lambda session: session.execute("INSERT INTO many SELECT i, 0 FROM range(300000) t(i)"))

    def slow(session: Session) -> Generator[None, None, None]:
        threading.Timer(0.05, session.cancel).start()
        yield
        for number in range(1, 1_000):  # one of them is running
            session.execute("UPDATE many SET n = ?", [number])

    with pytest.raises(StoppedError):
        asyncio.run(store.database.take_turn(slow))
    assert rows(store, "select count(distinct n) from many") == [(1,)]


def test_a_key_that_is_there_already_is_refused_and_not_drawn_again(store: Store) -> None:
    store.database.write_now(lambda session: session.execute("INSERT INTO labels (id, name) VALUES (21, 'by hand')"))
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "labels").create_one({"name": "n"}))
    assert caught.value.code == "RECORD_NOT_UNIQUE"
    assert asyncio.run(items(store, "labels").create_one({"name": "n"})) == 22


@pytest.mark.parametrize("name", ["main", "select", "o'brien"])
def test_names_that_are_words_of_sql_return_their_own_values(store: Store, name: str) -> None:
    store.create_collection(name, {name: "json", "returning": "string"})
    service = items(store, name)
    query: Row = {"fields": ["id", name, "returning"]}
    found = asyncio.run(made(service, {name: {"id": 7}, "returning": "r"}, query))
    assert (found.text is None) == (name == "o'brien"), "a name that no key of the statement can have is read"
    shown = asyncio.run(outcome(service.show(found, query)))
    assert shown == {"id": 1, name: {"id": 7}, "returning": "r"}
