"""What conditions times rows come to is told before the database begins, which does not rest between the conditions of 2,048 rows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from scopebox.errors import DirectusError
from scopebox.store import bounds
from scopebox.store.access import Access
from scopebox.store.database.session import Session
from scopebox.store.items import ItemsService
from scopebox.store.query.efforts import effort
from scopebox.store.reading import portions
from scopebox.store.reading.compared import CROWD, FREE, Compared, is_crowd
from scopebox.store.reading.size import Size
from scopebox.store.store import Store

MANY = 9_000
REFUSED = r"conditions of the query and of the rules that apply to it come to [\d,]+ comparisons with 9,0\d\d items, 50,000,000 are the limit; ask in several queries"
Query = dict[str, object]
ACCESS: dict[str, object] = {
    "policies": {
        "ruled": {
            "permissions": [
                {
                    "collection": "articles",
                    "action": "read",
                    "fields": ["*"],
                    "permissions": {"_and": [{"title": {"_ncontains": f"x{number}"}} for number in range(590)]},
                }
            ]
        }
    },
    "roles": {"ruled": {"policies": ["ruled"]}},
    "users": {},
}


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """Many articles of two authors, and one of nobody."""
    with empty.fork() as made:
        made.create_collection("authors", {"name": "string"})
        made.create_collection(
            "articles",
            {"title": "string", "views": "integer", "author": {"references": "authors", "one_field": "articles"}},
        )
        made.sql("INSERT INTO authors (id, name) VALUES (1, 'Ada'), (2, 'Bob')")
        made.sql(
            "INSERT INTO articles (id, title, views, author) "
            f"SELECT range + 1, 'article ' || range, range, range % 2 + 1 FROM range({MANY})"
        )
        made.access = Access.read(ACCESS)
        yield made


def matches(number: int, operator: str = "_ncontains") -> list[Query]:
    return [{"title": {operator: f"x{at}"}} for at in range(number)]


def all_of(conditions: list[Query]) -> Query:
    return {"fields": ["id"], "limit": 1, "filter": {"_and": conditions}}


def outside(store: Store, *, collection: str = "articles", role: str = "admin") -> ItemsService:
    """Items as an extension or a client has them."""
    who = None if role == "admin" else store.access.for_role(role)
    return store.items(collection, accountability=who, literal=True, most=2**23)


def read(store: Store, query: Query) -> object:
    return asyncio.run(outside(store).read(query)).data


def counted(store: Store, query: Query) -> object:
    return asyncio.run(outside(store).counts({"meta": ["filter_count"], **query}))


def updated(store: Store, query: Query) -> object:
    with store.fork() as fork:
        return asyncio.run(outside(fork).update_by_query(query, {"views": 1}))


def deleted(store: Store, query: Query) -> object:
    with store.fork() as fork:
        return asyncio.run(outside(fork).delete_by_query(query))


def aggregated(store: Store, query: Query) -> object:
    return read(store, {"filter": query["filter"], "aggregate": {"count": "*"}})


def deep(store: Store, query: Query) -> object:
    inner = {"articles": {"_filter": query["filter"]}}
    return asyncio.run(outside(store, collection="authors").read({"fields": ["id", "articles.id"], "deep": inner})).data


def related(store: Store, query: Query) -> object:
    """Ask for authors by many conditions on their articles, each of which is joined."""
    conditions = [{"articles": condition} for condition in query["filter"]["_and"]]  # type: ignore[index]
    return asyncio.run(outside(store, collection="authors").read(all_of(conditions))).data


@pytest.mark.parametrize("ask", [read, counted, updated, deleted, aggregated, deep, related])
def test_many_conditions_on_many_rows_are_refused_whatever_they_are_for(
    store: Store, ask: Callable[[Store, Query], object]
) -> None:
    with pytest.raises(DirectusError, match=REFUSED) as caught:
        ask(store, all_of(matches(990)))
    assert caught.value.status == 400
    assert ask(store, all_of(matches(90))) is not None


def test_conditions_of_rules_count(store: Store) -> None:
    with pytest.raises(DirectusError, match=REFUSED):
        asyncio.run(outside(store, role="ruled").read({"fields": ["id"], "limit": 1}))


def test_the_notebook_is_refused_nothing(store: Store) -> None:
    own = store.items("articles", accountability=None)
    assert asyncio.run(own.read(all_of(matches(990)))).data == [{"id": 1}]


def test_many_comparisons_of_numbers_pass_where_as_many_texts_are_not_looked_through(store: Store) -> None:
    assert read(store, all_of([{"views": {"_neq": -at}} for at in range(1, 991)])) == [{"id": 1}]


def test_lists_count_by_their_values(store: Store) -> None:
    lists = [{"views": {"_nin": [*range(-at - 40, -at)]}} for at in range(1, 200)]
    with pytest.raises(DirectusError, match=REFUSED):
        read(store, all_of(lists))  # type: ignore[arg-type]
    assert read(store, all_of(lists[:50])) == [{"id": 1}]  # type: ignore[arg-type]


def test_few_rows_are_held_against_as_many_conditions_as_there_may_be(store: Store) -> None:
    with store.fork() as fork:
        fork.sql("DELETE FROM articles WHERE id > 1500")
        assert read(fork, all_of(matches(990))) == [{"id": 1}]


def test_what_was_added_counts_at_once(store: Store) -> None:
    with store.fork() as fork:
        fork.sql("DELETE FROM articles WHERE id > 1500")
        assert read(fork, all_of(matches(990))) == [{"id": 1}]
        fork.sql(f"INSERT INTO articles (id, title) SELECT range, 'more' FROM range(2000, {MANY + 500})")
        with pytest.raises(DirectusError, match="comparisons with 9,000 items"):
            read(fork, all_of(matches(990)))


@pytest.mark.parametrize("ask", [read, counted, aggregated, deep])
def test_conditions_that_ignore_case_are_fewer_since_each_makes_texts(
    store: Store, ask: Callable[[Store, Query], object]
) -> None:
    with store.fork() as fork:
        fork.sql("DELETE FROM articles WHERE id > 100")
        with pytest.raises(DirectusError, match="201 conditions in a query that ignore case, 200 are the limit"):
            ask(fork, all_of(matches(201, "_nistarts_with")))
        assert ask(fork, all_of(matches(200, "_nistarts_with"))) is not None


@pytest.mark.parametrize(
    ("operator", "value", "conditions", "rows"),
    [
        ("_eq", 1, 10, 1_000_000),
        ("_contains", "x", 10, 300_000),
        ("_icontains", "x", 10, 100_000_000),
        ("_contains", "x", 100, 20_000),
        ("_icontains", "x", 100, 20_000),
        ("_eq", 1, 990, 10_000),
        ("_in", [*range(16)], 100, 20_000),
        ("_contains", "x", 990, 2_000),
    ],
)
def test_ordinary_use_is_below_the_limit(operator: str, value: object, conditions: int, rows: int) -> None:
    efforts = (effort(operator, value, literal=True),) * conditions
    assert Compared((("", efforts),)).comparisons([rows]) <= bounds.MAX_COMPARISONS


def test_few_conditions_are_not_even_counted(store: Store, weighed: list[str]) -> None:
    read(store, all_of(matches(FREE)))
    assert not weighed
    read(store, all_of(matches(FREE + 1)))
    assert len([sql for sql in weighed if sql.startswith("SELECT count(*)")]) == 1


def turn_is_taken() -> bool:
    """Return whether another thread has to wait for the turn of a crowd."""
    found: list[bool] = []

    def try_it() -> None:
        found.append(portions.CROWD_TURN.acquire(blocking=False))
        if found[0]:
            portions.CROWD_TURN.release()

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return not found[0]


@pytest.mark.parametrize(("number", "taken"), [(199, False), (200, True)])
def test_crowds_of_conditions_take_turns_and_others_do_not(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, *, taken: bool
) -> None:
    seen: list[bool] = []
    text = Size.text

    def noted(*args: object, **more: object) -> object:
        seen.append(turn_is_taken())
        return text(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Size, "text", noted)
    with store.fork() as fork:
        fork.sql("DELETE FROM articles WHERE id > 100")
        read(fork, all_of(matches(number)))
        assert seen == [taken]
        seen.clear()
        deep(fork, all_of(matches(number)))
        assert seen == [taken, taken]
    assert not turn_is_taken()


@pytest.mark.parametrize(("conditions", "taken"), [(10, False), (CROWD, True)])
@pytest.mark.parametrize("keys", [[1], [1, 2]])
def test_crowds_of_conditions_in_rules_take_turns_before_a_change_as_in_a_read(
    conditions: int, keys: Sequence[object], monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    rule = {"_or": [{"name": {"_eq": f"n{number}"}} for number in range(conditions)]}
    allowed = {"collection": "notes", "action": "update", "fields": ["*"], "permissions": rule}
    seen: list[bool] = []
    run = Session.rows

    def noted(self: Session, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        if sql.startswith("SELECT count(*)"):
            seen.append(turn_is_taken())
        return run(self, sql, parameters)

    monkeypatch.setattr(Session, "rows", noted)
    with Store() as store:
        store.create_collection("notes", {"name": "string"})
        store.access = Access.read(
            {"policies": {"some": {"permissions": [allowed]}}, "roles": {"some": {"policies": ["some"]}}}
        )
        notes = store.items("notes", accountability=None)
        asyncio.run(notes.create([{"name": "n1"}, {"name": "n2"}]))
        limited = store.items("notes", accountability=store.access.for_role("some"))
        assert asyncio.run(limited.update_many(keys, {"name": "n3"})) == keys
    assert set(seen) == {taken}
    assert not turn_is_taken()


def test_few_conditions_that_ignore_case_are_a_crowd() -> None:
    lowered, others = effort("_icontains", "x", literal=True), effort("_contains", "x", literal=True)
    assert is_crowd(Compared((("", (lowered,) * 20),)))
    assert not is_crowd(Compared((("", (others,) * 20),)))
