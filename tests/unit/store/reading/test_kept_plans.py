"""Plans of queries are kept, and what changes meanwhile is answered as if none were."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access, Accountability
from scopebox.store.database import kept
from scopebox.store.database.kept import MAX_ENTRIES, Kept
from scopebox.store.database.session import Row, Session
from scopebox.store.emitter import EventContext, Silence
from scopebox.store.query.filters import Itself
from scopebox.store.reading import compiled, plans, reader
from scopebox.store.reading.kept import MAX_QUERY_CHARACTERS, query_text
from scopebox.store.reading.plans import Plans
from scopebox.store.reading.reader import Reader
from scopebox.store.reading.request import Request
from scopebox.store.schema.schema import Field
from scopebox.store.store import Store
from scopebox.vocabulary import HookKind

from tests.reading import ACCESS, Json, make_store, read


@pytest.fixture(scope="module")
def original() -> Iterator[Store]:
    with make_store() as made:
        yield made


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    """A copy, new for each test."""
    with original.fork() as copy:
        yield copy


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The collections of the plans that were made, one after the other."""
    found: list[str] = []
    make = Plans.compiled

    def noted(self: Plans, collection: str, *rest: object) -> object:
        found.append(collection)
        return make(self, collection, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Plans, "compiled", noted)
    return found


@contextmanager
def planned(*, anew: bool) -> Iterator[None]:
    """Read as if a hook had to see every query, which is planned anew then, if so said."""
    with pytest.MonkeyPatch.context() as patch:
        if anew:
            patch.setattr(reader, "_unheard", lambda *_: False)
        yield


def one(store: Store, key: object, query: Json | None = None, *, role: str = "admin", anew: bool = False) -> object:
    """Return the item with ``key``, or the error of reading it."""
    request = Request(store.access.for_role(role))
    with planned(anew=anew):
        try:
            return asyncio.run(store.reader.read_one("articles", key, query, request)).data
        except DirectusError as error:
            return error.status, error.code, error.message


def many(store: Store, query: Json, *, role: str = "admin", anew: bool = False, literal: bool = False) -> object:
    """Return the items that ``query`` finds, or the error of reading them."""
    with planned(anew=anew):
        try:
            return read(store, query, role=role, literal=literal)
        except DirectusError as error:
            return error.status, error.code, error.message


QUERIES: list[Json] = [
    {}, {"limit": 2}, {"fields": ["title"], "sort": ["-id"]}, {"fields": ["*", "author.name"]}, {"fields": ["id", "children.title"]},
    {"filter": {"id": {"_eq": 3}}}, {"filter": {"id": {"_eq": 3}}, "fields": ["title", "author.name"]}, {"filter": {"id": {"_eq": 4}}},
    {"filter": {"id": {"_eq": 3}}, "alias": {"n": "title"}, "fields": ["n", "id"]}, {"filter": {"id": {"_eq": 3}}, "search": "Title"},
    {"filter": {"id": {"_eq": 3}}, "limit": 0}, {"filter": {"id": {"_eq": 3}}, "offset": 1}, {"filter": {"id": {"_eq": 3}}, "sort": ["title"]},
    {"filter": {"status": {"_eq": "published"}, "views": {"_gt": 20}}}, {"search": "title 2"}, {"aggregate": {"count": ["*"]}, "groupBy": ["status"]},
    {"filter": {"id": {"_eq": 3}}, "aggregate": {"count": ["*"]}}, {"filter": {"id": {"_eq": 3}}, "version": "main"}, {"fields": ["nope"]},
    {"filter": {"id": {"_eq": 3}}, "fields": ["nope"]}, {"filter": {"nope": {"_eq": 1}}}, {"limit": "x"}, {"filter": {"id": {"_eq": ""}}},
    {"deep": {"children": {"_limit": 1}}, "fields": ["children.id"]}, {"filter": {"day": {"_lt": "$NOW"}}}, {"filter": {"title": {"_eq": "$CURRENT_USER"}}},
]  # fmt: skip


@pytest.mark.parametrize("role", ["admin", "reader"])
@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("literal", [False, True])
def test_an_answer_is_the_same_the_first_time_the_second_and_without_kept_plans(
    store: Store, query: Json, role: str, *, literal: bool
) -> None:
    answers = [many(store, query, role=role, literal=literal, anew=anew) for anew in (False, False, True, False)]
    assert answers == [answers[0]] * 4


KEYS: list[object] = [
    3, "3", 4, 99, "0x3", " 3 ", "3.0", 3.0, "3e0", "x", "", None, True, 2**31, 2**63, -1, [3], {"_eq": 3}, "null", "$NOW", "3\0", "NaN",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("role", ["admin", "reader"])
def test_a_key_of_any_kind_finds_what_it_finds_without_kept_plans(store: Store, key: object, role: str) -> None:
    one(store, 1, role=role)
    assert one(store, key, role=role) == one(store, key, role=role, anew=True)
    by_filter: Json = {"filter": {"id": {"_eq": key}}}
    assert many(store, by_filter, role=role) == many(store, by_filter, role=role, anew=True)


TEXTS: list[object] = ["a", "A", "null", "true", "$NOW", "$CURRENT_USER", "5", 5, "", "a\0", "a%", "ß", None]
UUIDS: list[object] = [
    "11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-11111111111A", "11111111-1111-4111-8111-11111111111a", "x", 1, None,
]  # fmt: skip


@pytest.mark.parametrize(("type_", "keys"), [("string", TEXTS), ("uuid", UUIDS)])
def test_texts_and_uuids_are_keys_like_numbers(type_: str, keys: list[object]) -> None:
    with Store() as store:
        store.create_collection("articles", {"id": {"type": type_, "primary_key": True}, "title": "string"})
        service = store.items("articles", accountability=None)
        rows = [{"id": key, "title": f"of {key}"} for key in keys if isinstance(key, str) and len(key) in (1, 2, 4, 36)]
        for row in rows:
            with suppress(DirectusError):
                asyncio.run(service.create([row]))
        for key in (*keys, *keys):
            assert one(store, key) == one(store, key, anew=True)
            by_filter: Json = {"filter": {"id": {"_eq": key}}}
            assert many(store, by_filter) == many(store, by_filter, anew=True)
            assert many(store, by_filter, literal=True) == many(store, by_filter, literal=True, anew=True)


@pytest.mark.parametrize("role", ["admin", "reader"])
@pytest.mark.parametrize(
    "ask", [lambda s, n, r: one(s, n, role=r), lambda s, n, r: many(s, {"filter": {"id": {"_eq": n}}}, role=r)]
)
def test_the_key_is_no_part_of_a_plan(
    store: Store, made: list[str], role: str, ask: Callable[[Store, int, str], object]
) -> None:
    found = [ask(store, number, role) for number in (1, 2, 3, 5, 1)]
    assert made == ["articles"]
    assert found[0] == found[4]
    assert len({str(entry) for entry in found}) == 4


def test_what_was_asked_before_is_not_planned_again_and_nobody_else_has_its_plan(store: Store, made: list[str]) -> None:
    for role in ("admin", "reader", "admin", "reader"):
        for query in cast("list[Json]", [{"limit": 3}, {"fields": ["*", "author.name"]}]):
            many(store, query, role=role)
    assert len(made) == 4
    assert many(store, {"limit": 3}, role="admin") != many(store, {"limit": 3}, role="reader")
    many(store, {"limit": 3}, role="reader", literal=True)
    assert len(made) == 5


@pytest.mark.parametrize(
    "filter_",
    [{"day": {"_lt": "$NOW"}}, {"day": {"_lt": "$NOW(-1 day)"}}, {"day": {"_lt": "today"}}, {"day": {"_in": ["2024-01-15", " NOW "]}},
     {"_or": [{"id": {"_eq": 1}}, {"day": {"_gt": "yesterday"}}]}],
    ids=str,
)  # fmt: skip
def test_what_depends_on_the_moment_is_planned_each_time(store: Store, made: list[str], filter_: Json) -> None:
    for _ in range(3):
        many(store, {"filter": filter_})
    assert len(made) == 3


def with_rule(store: Store, rule: Json) -> None:
    """Let the reader read the articles that fulfil ``rule``, and who he is."""
    read_ = {"collection": "articles", "action": "read", "fields": ["id", "title"], "permissions": rule}
    user = {"role": "reader", "token": "t", "id": "22222222-2222-4222-8222-222222222222", "description": "Title 2"}
    store.access = Access.read(
        {"policies": {"reader": {"permissions": [read_]}}, "roles": {"reader": {"policies": ["reader"]}}, "users": {"reader": user}}
    )  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [{"day": {"_lt": "$NOW"}}, {"day": {"_lt": "tomorrow"}}, {"title": {"_eq": "$CURRENT_USER.description"}},
     {"_and": [{"author": {"name": {"_nnull": True}}}, {"day": {"_lt": "$NOW(+1 year)"}}]}],
    ids=str,
)  # fmt: skip
def test_a_rule_that_may_mean_something_else_the_next_time_is_planned_each_time(
    store: Store, made: list[str], rule: Json
) -> None:
    with_rule(store, rule)
    before = len(made)
    who = store.access.for_user(store.access.users["reader"])
    for _ in range(3):
        asyncio.run(store.reader.read("articles", {"fields": ["title"]}, Request(who)))
    assert made[before:].count("articles") == 3
    assert not store.reader.plans.kept


def test_who_asks_is_a_parameter_of_his_own_plan(store: Store, made: list[str]) -> None:
    with_rule(store, {"title": {"_neq": "$CURRENT_USER"}, "status": {"_neq": "draft"}})
    for user in ("a", "b", "a", "b"):
        who = replace(store.access.for_role("reader"), user=user)
        asyncio.run(store.reader.read("articles", {"filter": {"title": {"_neq": "$CURRENT_USER"}}}, Request(who)))
    assert len(made) == 2


def test_a_field_of_the_asker_that_is_changed_is_seen_at_once(store: Store) -> None:
    with_rule(store, {"title": {"_eq": "$CURRENT_USER.description"}})
    who = store.access.for_user(store.access.users["reader"])

    def seen() -> list[object]:
        found = asyncio.run(store.reader.read("articles", {"fields": ["id"]}, Request(who))).data
        return [row["id"] for row in cast("list[Json]", found)]

    assert [seen(), seen()] == [[2], [2]]
    store.database.write_now(lambda session: session.execute("update directus_users set description = 'Title 3'"))
    assert seen() == [3]


# What changes under a kept plan


def test_a_role_that_is_changed_has_its_new_rights_at_once(store: Store) -> None:
    for _ in range(2):
        assert one(store, 1, role="reader") != one(store, 4, role="reader")
        assert len(cast("list[Json]", many(store, {"limit": 3}, role="reader"))) == 3
    changed = {**ACCESS, "policies": {"reader": {"permissions": [
        {"collection": "articles", "action": "read", "fields": ["id", "views"], "permissions": {"status": {"_eq": "draft"}}}
    ]}}}  # fmt: skip
    store.access = Access.read(changed)
    assert one(store, 4, role="reader") == {"id": 4, "views": 40}
    assert cast("tuple[object]", one(store, 1, role="reader"))[0] == 403
    assert many(store, {"limit": 3}, role="reader") == [{"id": 4, "views": 40}, {"id": 8, "views": 80}]
    store.access = Access.read({**ACCESS, "policies": {"reader": {"permissions": []}}})
    assert cast("tuple[object]", one(store, 4, role="reader"))[0] == 403
    assert cast("tuple[object]", many(store, {"limit": 3}, role="reader"))[0] == 403


def test_a_schema_that_is_changed_is_read_by_at_once(store: Store) -> None:
    assert "place" not in cast("Json", one(store, 1))
    store.database.write_now(
        lambda session: session.execute("alter table articles add column place varchar default 'here'")
    )
    schema = store.schema
    articles = schema.collections["articles"]
    fields = {**articles.fields, "place": Field("place", "string")}
    store._change(
        replace(schema, collections={**schema.collections, "articles": replace(articles, fields=fields)}), store.access
    )
    assert cast("Json", one(store, 1))["place"] == "here"
    assert cast("list[Json]", many(store, {"limit": 1}))[0]["place"] == "here"
    store._change(schema, store.access)
    assert "place" not in cast("Json", one(store, 1))


def run_sql(store: Store, sql: str) -> None:
    """Run a statement of the host."""
    store.database.write_now(lambda session: session.execute(sql))


def drop(store: Store, name: str) -> None:
    store.database.write_now(lambda session: session.execute(f"drop table {name}"))
    schema = store.schema
    others = {key: entry for key, entry in schema.collections.items() if key != name}
    store._change(replace(schema, collections=others, relations=()), store.access)


def test_a_collection_that_is_dropped_and_made_anew_has_its_new_types() -> None:
    with Store() as store:
        store.create_collection("articles", {"title": "string", "views": "integer"})
        asyncio.run(store.items("articles", accountability=None).create([{"title": "old", "views": 5}]))
        for _ in range(2):
            assert one(store, 1) == {"id": 1, "title": "old", "views": 5}
            assert many(store, {"filter": {"views": {"_eq": 5}}}) == [{"id": 1, "title": "old", "views": 5}]
        drop(store, "articles")
        assert cast("tuple[object]", one(store, 1))[0] == 403
        assert cast("tuple[object]", many(store, {"filter": {"views": {"_eq": 5}}}))[0] == 403
        key = "11111111-1111-4111-8111-111111111111"
        store.create_collection("articles", {"id": {"type": "uuid", "primary_key": True}, "views": "string"})
        asyncio.run(store.items("articles", accountability=None).create([{"id": key, "views": "05"}]))
        for _ in range(2):
            assert one(store, key) == {"id": key, "views": "05"}
            assert cast("tuple[object]", one(store, 1))[0] == 403
            assert many(store, {"filter": {"views": {"_eq": "05"}}}) == [{"id": key, "views": "05"}]


def test_a_table_that_the_host_makes_anew_is_read_as_without_kept_plans(store: Store) -> None:
    asked = {"fields": ["name"]}
    request = Request(store.access.for_role("admin"))
    asyncio.run(store.reader.read("users", asked, request))
    asyncio.run(store.reader.read_one("users", 1, asked, request))
    for sql in (
        "drop table users",
        "create table users (id bigint primary key, name integer, email varchar)",
        "insert into users values (1, 7, 'x')",
    ):
        run_sql(store, sql)
    fresh = Reader(store.database, store.schema, store.access)
    for found in (store.reader, fresh):
        assert asyncio.run(found.read("users", asked, request)).data == [{"name": 7}]
        assert asyncio.run(found.read_one("users", 1, asked, request)).data == {"name": 7}


@pytest.fixture
def before_statement(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], None]]]:
    """What is done before each of the next statements of reads, the first one first."""
    waiting: list[Callable[[], None]] = []
    rows = Session.rows

    def late(session: Session, sql: str, parameters: object = ()) -> list[Row]:
        if waiting and threading.current_thread().name.startswith("scopebox-read"):
            waiting.pop(0)()
        return rows(session, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "rows", late)
    yield waiting
    assert not waiting


def nothing() -> None:
    """Do nothing."""


def swap(store: Store) -> None:
    """Rename the author of every second article, and let the others have another one."""
    for sql in ("update users set name = 'changed'", "update articles set author = 1, title = 'changed'"):
        run_sql(store, sql)


@pytest.mark.parametrize("warm", [False, True])
def test_a_write_between_two_levels_is_not_seen_in_the_one_and_missed_in_the_other(
    store: Store, before_statement: list[Callable[[], None]], *, warm: bool
) -> None:
    query: Json = {"fields": ["title", "author.name"], "limit": 3}
    before = many(store, query) if warm else None
    before_statement += [nothing, lambda: swap(store)]
    found = many(store, query)
    assert found == [{"title": f"Title {n}", "author": {"name": "Bob" if n % 2 else "Ada"}} for n in (1, 2, 3)]
    assert found == (before or found)
    assert many(store, query) == [{"title": "changed", "author": {"name": "changed"}}] * 3


def test_keys_and_rows_are_of_one_state(
    store: Store, before_statement: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of a table is asked for before; from there on it is one statement."""
    monkeypatch.setattr(compiled, "LARGE", 0)
    query: Json = {"fields": ["title"], "limit": 2, "sort": ["title", "id"]}
    before_statement += [nothing, lambda: swap(store)]
    assert many(store, query) == [{"title": "changed"}] * 2
    assert not before_statement


@pytest.mark.parametrize("warm", [False, True])
def test_an_interrupt_between_two_statements_leaves_nothing_open(
    store: Store, before_statement: list[Callable[[], None]], *, warm: bool
) -> None:
    query: Json = {"fields": ["title", "author.name"], "limit": 2}
    if warm:
        many(store, query)
    reached, go_on = threading.Event(), threading.Event()

    def halt() -> None:
        reached.set()
        assert go_on.wait(60)

    async def interrupted() -> None:
        task = asyncio.create_task(store.reader.read("articles", query, Request(store.access.for_role("admin"))))
        await asyncio.to_thread(reached.wait)
        task.cancel()
        await asyncio.sleep(0.01)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    before_statement += [nothing, halt]
    asyncio.run(interrupted())
    swap(store)
    for _ in range(3):  # with the cursors of both threads
        assert many(store, query) == [{"title": "changed", "author": {"name": "changed"}}] * 2
    assert one(store, 1, {"fields": ["title"]}) == {"title": "changed"}


# How much is kept


def test_no_number_of_queries_makes_what_is_kept_grow_on(store: Store) -> None:
    for limit in range(1, MAX_ENTRIES + 50):
        many(store, {"limit": limit, "fields": ["id"]})
    assert len(store.reader.plans.kept) == MAX_ENTRIES


def test_plans_with_long_lists_of_rules_are_not_kept(store: Store) -> None:
    keys = [*range(1, 5_000)]
    permission = {"collection": "articles", "action": "read", "fields": ["*"], "permissions": {"id": {"_in": keys}}}
    store.access = Access.read({"policies": {"p": {"permissions": [permission]}}, "roles": {"r": {"policies": ["p"]}}})
    assert many(store, {"limit": 1, "fields": ["id"]}, role="r") == [{"id": 1}]
    many(store, {"aggregate": {"count": ["*"]}}, role="r")
    assert len(store.reader.plans.kept) == 0


def test_no_size_of_queries_makes_what_is_kept_grow_on() -> None:
    entries: Kept[int, str] = Kept()
    for number in range(100):
        entries.keep(number, "x", kept.MAX_CHARACTERS)
    assert len(entries) * kept.MAX_CHARACTERS <= kept.MAX_CHARACTERS_IN_ALL
    assert (entries.find(99), entries.find(0)) == ("x", None)
    entries.keep(100, "y", kept.MAX_CHARACTERS + 1)
    assert entries.find(100) is None


def test_what_was_asked_for_lately_stays(store: Store, made: list[str]) -> None:
    entries: Kept[int, int] = Kept()
    for number in range(1, MAX_ENTRIES + 5):
        entries.keep(number, number, 1)
        assert entries.find(1) == 1
    assert entries.find(2) is None


SHORT = "x" * (MAX_QUERY_CHARACTERS - 20)


@pytest.mark.parametrize(
    "query",
    [{"search": "x" * (MAX_QUERY_CHARACTERS + 1)}, {"filter": {"id": {"_in": list(range(10_000))}}}, {"fields": ["id"] * 5_000},
     {"filter": {"id": {"_eq": Itself("1")}}}, {"fields": ("id",)}, {"limit": 2**70}, {"filter": {"day": datetime(2024, 1, 1, tzinfo=UTC)}},
     {1: 2}, {"x" * 3_000: 1}, dict.fromkeys(map(str, range(10_000)), 1)],
    ids=lambda query: str(query)[:30],
)  # fmt: skip
def test_a_query_that_is_long_or_no_json_has_no_text(query: Json) -> None:
    assert query_text(query) is None


def test_a_query_that_is_deep_has_no_text() -> None:
    deep: Json = {}
    for _ in range(100):
        deep = {"_and": [deep]}
    assert query_text({"filter": deep}) is None
    assert query_text({"search": SHORT}) is not None


def test_queries_that_differ_have_different_texts() -> None:
    values = [
        1,
        True,
        1.0,
        "1",
        None,
        [1],
        {"1": 1},
        ["1"],
        "True",
        "None",
        "[1]",
        "'",
        '"',
        "\\",
        0,
        False,
        -0.0,
        0.0,
        "",
        [],
        {},
    ]
    texts = [query_text({"limit": value}) for value in values]
    assert None not in texts
    assert len(set(texts)) == len(values)
    assert query_text({"a": 1, "b": 2}) != query_text({"b": 2, "a": 1}) != query_text({"a": "1, 'b': 2"})


def test_the_ip_of_one_who_asks_makes_no_plan_of_its_own(store: Store, made: list[str]) -> None:
    who = store.access.for_role("reader")
    for number in range(5):
        asyncio.run(store.reader.read("articles", {}, Request(replace(who, ip=f"10.0.0.{number}"))))
    assert len(made) == 1


def test_an_error_below_a_level_is_raised_each_time_as_a_new_one(store: Store, made: list[str]) -> None:
    query: Json = {"fields": ["id", "children.id"], "deep": {"children": {"_filter": {"nope": {"_eq": 1}}}}}
    assert many(store, query) == many(store, query) == many(store, query, anew=True)
    assert not store.reader.plans.kept


def test_a_database_error_of_a_kept_plan_is_told_each_time(store: Store) -> None:
    query: Json = {"fields": ["id"], "sort": ["count(meta)"]}
    store.database.write_now(lambda session: session.execute("update articles set meta = '5'"))
    assert [many(store, query), many(store, query)] == [many(store, query, anew=True)] * 2


def test_the_public_has_plans_of_its_own(store: Store) -> None:
    request = Request(Accountability())
    many(store, {"limit": 1})
    with pytest.raises(DirectusError, match="permission"):
        asyncio.run(store.reader.read("articles", {"limit": 1}, request))


class Turn:
    """A turn in which nobody else is: notes how much had been planned when it came, and when it ended."""

    def __init__(self, made: list[str]) -> None:
        self.planned: list[int] = []
        self._made = made

    async def __aenter__(self) -> None:
        self.planned.append(len(self._made))

    async def __aexit__(self, *_: object) -> None:
        self.planned.append(len(self._made))


@pytest.mark.parametrize("heard", [False, True])
def test_nothing_is_planned_for_a_guest_before_its_turn(store: Store, made: list[str], *, heard: bool) -> None:
    turn = Turn(made)
    service = store.items("articles", accountability=None, turn=turn, most=2**20)
    if heard:
        service = store.items("articles", accountability=None, turn=turn, most=2**20, emitter=_Listener())
    asyncio.run(service.read({"fields": ["*"], "limit": 1}))
    assert turn.planned == [0, 1]


class _Listener(Silence):
    """Would call a hook for every query, which changes nothing."""

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        return kind == "filter" and names[0] == "items.query"

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        return payload


def test_what_many_long_statements_took_to_plan_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    with Store() as store:
        store.create_collection("wide", {f"field_{number}": "string" for number in range(200)})
        store.create_collection("narrow", {"name": "string"})
        monkeypatch.setattr(plans, "give_back_once", lambda: given.append(1))

        async def reads(collection: str) -> int:
            for _ in range(20):
                await store.items(collection, accountability=None).read({"fields": ["*"], "limit": 1})
            return len(given)

        assert asyncio.run(reads("narrow")) == 0
        assert 3 < asyncio.run(reads("wide")) < 10
