"""Concealed and hashed fields: what is shown of them, and that an extension finds out nothing else, whatever it asks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping

import pytest
from scopebox.errors import DirectusError
from scopebox.store.items import ItemsService, Query
from scopebox.store.store import Store

from tests.stores import Listener, items, rows

MASK = "**********"
FIELDS: dict[str, object] = {
    "name": "string",
    "secret": {"type": "string", "special": ["conceal"]},
    "hashed": {"type": "string", "special": ["hash"]},
    "both": {"type": "string", "special": ["hash", "conceal"]},
    "number": {"type": "integer", "special": ["conceal"]},
    "born": {"type": "date", "special": ["conceal"]},
    "more": {"type": "json", "special": ["conceal"]},
    "kept": {"type": "text", "special": ["encrypt"]},
}
FULL = {
    "name": "a",
    "secret": "s1",
    "hashed": "h1",
    "both": "b1",
    "number": 5,
    "born": "2020-05-06",
    "more": {"a": 1},
    "kept": "k1",
}


@pytest.fixture(scope="module")
def original(empty: Store) -> Iterator[Store]:
    with empty.fork() as store:
        store.create_collection("owners", {"name": "string"})
        fields = dict(FIELDS)
        fields["owner"] = {"references": "owners", "special": ["conceal"], "one_field": "people"}
        store.create_collection("people", fields)
        asyncio.run(items(store, "owners").create([{"name": "o"}]))
        asyncio.run(items(store, "people").create([{**FULL, "owner": 1}, {"name": "b"}]))
        yield store


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    """A copy, new for each test."""
    with original.fork() as copy:
        yield copy


def extension(store: Store, emitter: Listener | None = None) -> ItemsService:
    """Return the items as an extension asks for them."""
    return store.items("people", accountability=store.access.for_role("admin"), emitter=emitter, literal=True)


def read(store: Store, query: Query, *, guest: bool = False) -> object:
    service = extension(store) if guest else items(store, "people")
    return asyncio.run(service.read(query)).data


def test_what_is_concealed_is_shown_as_a_mask_and_nothing_as_nothing(store: Store) -> None:
    masks = dict.fromkeys(("secret", "both", "number", "born", "more", "kept", "owner"), MASK)
    found = read(store, {"sort": ["id"]})
    assert isinstance(found, list)
    first, second = found
    assert first == {"id": 1, "name": "a", "hashed": first["hashed"], **masks}
    assert first["hashed"].startswith("$scrypt$n=64,r=8,p=1$")
    assert second == {"id": 2, "name": "b", "hashed": None, **dict.fromkeys(masks)}


@pytest.mark.parametrize(("name", "value"), [("secret", ""), ("number", 0), ("more", False), ("hashed", "")])
def test_what_javascript_takes_for_false_is_no_secret(store: Store, name: str, value: object) -> None:
    key = asyncio.run(items(store, "people").create_one({name: value}))
    shown = asyncio.run(items(store, "people").read_one(key)).data
    assert isinstance(shown, dict)
    assert shown[name] == ("" if name == "hashed" else None)


def test_the_host_sees_what_is_stored(store: Store) -> None:
    ((secret, number, *hashes),) = rows(store, 'select secret, number, hashed, "both" from people where id = 1')
    assert (secret, number) == ("s1", 5)
    assert all(str(text).startswith("$scrypt$") for text in hashes)


def test_a_hash_is_made_of_every_text_that_is_written_each_time_anew(store: Store) -> None:
    def stored() -> object:
        return rows(store, "select hashed from people where id = 2")[0][0]

    seen = set()
    for given in ("p", "p", MASK, "a hash", 5, ["x"]):
        value = stored() if given == "a hash" else given
        asyncio.run(items(store, "people").update_many([2], {"hashed": value}))
        assert str(stored()).startswith("$scrypt$")
        seen.add(stored())
    assert len(seen) == 6
    asyncio.run(items(store, "people").update_many([2], {"name": "c"}))
    assert stored() in seen
    asyncio.run(items(store, "people").update_many([2], {"hashed": None}))
    assert stored() is None


@pytest.mark.parametrize(
    ("name", "operator", "message"),
    [
        ("secret", "_eq", 'Field with "conceal" special does not allow the "_eq" filter operator'),
        ("secret", "_starts_with", 'Field with "conceal" special does not allow the "_starts_with" filter operator'),
        ("kept", "_contains", 'Field with "conceal" special does not allow the "_contains" filter operator'),
        ("number", "_gt", 'Field with "conceal" special does not allow the "_gt" filter operator'),
        ("secret", "_gt", '"string" field type does not contain the "_gt" filter operator'),
        ("hashed", "_eq", '"hash" field type does not contain the "_eq" filter operator'),
        ("both", "_in", '"hash" field type does not contain the "_in" filter operator'),
    ],
)
def test_filters_ask_about_a_secret_whether_there_is_one_and_nothing_else(
    store: Store, name: str, operator: str, message: str
) -> None:
    value: object = ["s"] if operator == "_in" else "1"
    for guest in (True, False):
        with pytest.raises(DirectusError) as caught:
            read(store, {"filter": {name: {operator: value}}}, guest=guest)
        assert caught.value.message == f"Invalid query. {message}."
    assert read(store, {"filter": {name: {"_nnull": True}}, "fields": ["id"]}) == [{"id": 1}]


def test_a_search_does_not_look_into_secrets(store: Store) -> None:
    for text in ("s1", "5", "k1", "$scrypt"):
        assert read(store, {"search": text}) == []


@pytest.mark.parametrize("function", ["min", "max", "count", "countDistinct"])
def test_aggregates_of_secrets_are_masked(store: Store, function: str) -> None:
    assert read(store, {"aggregate": {function: ["secret"]}}) == [{function: {"secret": MASK}}]


def test_numbers_of_secrets_are_masked(store: Store) -> None:
    for function in ("sum", "avg", "sumDistinct", "avgDistinct"):
        assert read(store, {"aggregate": {function: ["number"]}}) == [{function: {"number": MASK}}]


def test_groups_of_secrets_are_masked(store: Store) -> None:
    assert read(store, {"groupBy": ["secret"], "sort": ["secret"]}) == [{"secret": MASK}, {"secret": None}]


def test_an_alias_is_a_mask_too(store: Store) -> None:
    found = read(store, {"fields": ["id", "x"], "alias": {"x": "secret"}, "filter": {"id": {"_eq": 1}}})
    assert found == [{"id": 1, "x": MASK}]


ASIDE: dict[str, Query] = {
    "a sort": {"sort": ["secret"]},
    "a sort along a relation": {"sort": ["owner.name"]},
    "a sort by a function": {"sort": ["-year(born)"]},
    "groups": {"groupBy": ["secret"], "aggregate": {"count": "*"}},
    "groups of a function": {"groupBy": ["year(born)"]},
    "the least": {"aggregate": {"min": ["secret"]}},
    "a sum": {"groupBy": ["name"], "aggregate": {"sum": ["number"]}, "sort": ["sum.number"]},
    "a function": {"fields": ["year(born)"]},
    "a function by another name": {"fields": ["x"], "alias": {"x": "year(born)"}},
    "a path in JSON": {"fields": ["json(more, a)"]},
    "a filter of a function": {"filter": {"year(born)": {"_eq": 2020}}},
    "a filter of a function inside": {"filter": {"_or": [{"month(born)": {"_null": True}}, {"id": {"_eq": 1}}]}},
    "a relation": {"fields": ["owner.id"]},
    "a filter along a relation": {"filter": {"owner": {"id": {"_eq": 1}}}},
}


@pytest.mark.parametrize("query", ASIDE.values(), ids=ASIDE)
def test_an_extension_learns_nothing_of_a_secret_on_the_side(store: Store, query: Query) -> None:
    service = extension(store)
    for ask in (service.read, service.keys) if query.keys() <= {"sort", "filter"} else (service.read,):
        with pytest.raises(DirectusError, match=r'conceal" special') as caught:
            asyncio.run(ask(query))
        assert caught.value.status == 400


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ["people.name"]},
        {"fields": ["count(people)"]},
        {"filter": {"people": {"_some": {"name": {"_eq": "a"}}}}},
        {"filter": {"count(people)": {"_gt": 0}}},
        {"sort": ["people.name"]},
    ],
)
def test_an_extension_does_not_follow_a_concealed_key_backwards(store: Store, query: Query) -> None:
    owners = store.items("owners", accountability=store.access.for_role("admin"), literal=True)
    with pytest.raises(DirectusError, match=r'conceal" special'):
        asyncio.run(owners.read(query))


def test_a_write_by_query_chooses_no_items_by_a_secret(store: Store) -> None:
    chosen: list[Query] = [{"sort": ["secret"], "limit": 1}, {"filter": {"year(born)": {"_eq": 2020}}}]
    for query in chosen:
        with pytest.raises(DirectusError, match=r'conceal" special'):
            asyncio.run(extension(store).update_by_query(query, {"name": "x"}))
        with pytest.raises(DirectusError, match=r'conceal" special'):
            asyncio.run(extension(store).delete_by_query(query))
    assert store.count("people") == 2


def test_a_filter_of_queries_makes_no_query_that_an_extension_may_not_ask(store: Store) -> None:
    listener = Listener()

    async def sorted_(query: Mapping[str, object], _meta: object) -> object:
        return {**query, "sort": ["secret"]}

    async def unchanged(query: object, _meta: object) -> object:
        return query

    service = items(store, "people", listener)
    listener.filters["people.items.query"] = sorted_
    with pytest.raises(DirectusError, match=r'conceal" special'):
        asyncio.run(service.read({}))
    listener.filters["people.items.query"] = unchanged
    assert len(asyncio.run(service.read({"sort": ["secret"], "limit": 5, "filter": {"id": {"_gt": 0}}})).data) == 2  # type: ignore[arg-type]


def test_hooks_see_what_is_written_and_masks_of_what_is_stored(store: Store) -> None:
    listener = Listener()
    seen: list[object] = []

    async def keep(payload: object, _meta: object) -> object:
        seen.append(payload)
        return payload

    for event in ("create", "read"):
        listener.filters[f"people.items.{event}"] = keep
    service = items(store, "people", listener)
    key = asyncio.run(service.create_one({"secret": "s", "both": "p"}))
    asyncio.run(service.read_one(key, {"fields": ["secret", "both"]}))
    assert seen == [{"secret": "s", "both": "p"}, [{"secret": MASK, "both": MASK}]]


def test_no_error_of_a_read_holds_a_secret(store: Store) -> None:
    asyncio.run(
        items(store, "people").create_one({"secret": "verysecret", "more": {"verysecret": 1}, "kept": "verysecret"})
    )
    operators = ("_eq", "_lt", "_empty", "_between", "_contains", "_regex", "_foo", "_some")
    functions = ("", "count", "year", "json", "foo")
    for name, operator, function in itertools.product(("secret", "more", "kept", "born"), operators, functions):
        field = f"{function}({name})" if function else name
        asked: list[Query] = [
            {"filter": {field: {operator: "x"}}},
            {"sort": [field]},
            {"groupBy": [field]},
            {"fields": [field]},
        ]
        for query in asked:
            assert "verysecret" not in told(store, query, guest=True)
            assert "verysecret" not in told(store, query, guest=False) or function in ("json", "count")


def told(store: Store, query: Query, *, guest: bool) -> str:
    """Return what one who asks is told, whether it is an answer or an error."""
    try:
        return str(read(store, query, guest=guest))
    except DirectusError as error:
        return f"{error.message} {error.extensions}"
