"""An answer that is too large is refused before the database makes JSON of it, and what fits is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.lengths import Longest
from scopebox.store.database.session import Session
from scopebox.store.reading import aggregates, contained, size, sorted_texts, weights
from scopebox.store.schema.schema import Collection
from scopebox.store.store import Store

MOST = 8 * 2**20
FIELDS: dict[str, object] = {"title": "string", "body": "text", "tags": "csv", "meta": "json", "size": "integer"}
REFUSED = r"Invalid query\. There are {} bytes in the answer, 8,388,608 are the limit; name the fields you need, or page through the items\."
FOUR: dict[str, object] = {"fields": ["id", "a", "b", "c", "body"], "alias": dict.fromkeys("abc", "body")}


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        made.create_collection("people", {"name": "string", "bio": "text"})
        made.create_collection("pages", FIELDS | {"person": {"references": "people", "one_field": "pages"}})
        put(made, "pages", {"title": "short", "body": "y", "tags": ["a", "b"], "meta": {"a": "y"}})
        yield made


def put(store: Store, collection: str, *items: Mapping[str, object]) -> list[object]:
    return asyncio.run(store.items(collection, accountability=None).create([dict(item) for item in items]))


def read(store: Store, query: Mapping[str, object], collection: str = "pages", most: int = MOST) -> bytes:
    return asyncio.run(store.items(collection, accountability=None, most=most).read(dict(query))).json()


BODY = "y" * 2_500_000


@pytest.mark.parametrize(
    ("query", "size"),
    [
        (FOUR, "10,000,004"),
        ({**FOUR, "filter": {"id": {"_eq": 2}}}, "10,000,000"),
        ({**FOUR, "filter": {"title": {"_eq": "long"}}, "sort": ["-body"], "limit": 1}, "10,000,000"),
        ({**FOUR, "filter": {"body": {"_contains": "yy"}}}, "10,000,000"),
        ({**FOUR, "search": "long"}, "10,000,000"),
        ({**FOUR, "limit": -1, "sort": ["person.name", "-id"]}, "10,000,004"),
    ],
)
def test_aliases_are_counted_before_the_database_makes_json(
    store: Store, made: list[str], query: dict[str, object], size: str
) -> None:
    put(store, "pages", {"title": "long", "body": BODY})
    with pytest.raises(DirectusError, match=REFUSED.format(size)):
        read(store, query)
    assert not made
    assert len(read(store, {**query, "fields": ["id", "a", "b", "body"]})) > 7_500_000


def test_what_fits_is_read_to_the_last_byte(store: Store) -> None:
    query = {"fields": ["body"], "filter": {"title": {"_eq": "long"}}}
    put(store, "pages", {"title": "long", "body": '"\n\x01é' * 200_000 + "y" * 3_000_000})
    found = read(store, query)
    assert len(found) == 200_000 * (2 + 2 + 6 + 2) + 3_000_000 + len('[{"body":""}]')
    assert read(store, query, most=len(found) - 2) == found
    with pytest.raises(DirectusError, match="bytes in the answer"):
        read(store, query, most=len(found) - 14)


@pytest.mark.parametrize("groups", [{}, {"groupBy": ["body"]}, {"aggregate": {"max": ["body"]}}])
def test_signs_that_json_writes_with_six_are_counted_so(
    store: Store, made: list[str], groups: dict[str, object]
) -> None:
    put(store, "pages", {"title": "long", "body": "\x01" * 2_200_000})
    with pytest.raises(DirectusError, match=r"There are 13,200,00\d bytes in the answer"):
        read(store, {"fields": ["body"], "filter": {"title": {"_eq": "long"}}, **groups})
    assert not made


@pytest.mark.parametrize("name", ["meta", "tags"])
def test_the_values_of_lists_are_counted(store: Store, made: list[str], name: str) -> None:
    put(store, "pages", {"title": "long", name: [0] * 250_000})
    query = {"filter": {"title": {"_eq": "long"}}, "alias": dict.fromkeys("abc", name)}
    with pytest.raises(DirectusError, match=r"There are 999,99\d values in the answer, 400,000 are the limit"):
        read(store, {**query, "fields": ["id", name, "a", "b", "c"]})
    assert not made
    assert read(store, {**query, "fields": [name]}).count(b"0") == 250_000


def test_what_functions_show_is_counted(store: Store, made: list[str]) -> None:
    put(store, "pages", {"title": "long", "meta": {"a": BODY, "b": 1}})
    query: dict[str, object] = {"filter": {"title": {"_eq": "long"}}, "alias": dict.fromkeys("abc", "json(meta, a)")}
    with pytest.raises(DirectusError, match=r"There are 10,000,00\d bytes in the answer"):
        read(store, {**query, "fields": ["json(meta, a)", "a", "b", "c"]})
    assert not made
    assert len(read(store, {"filter": query["filter"], "fields": ["json(meta, b)"]})) < 100


def test_what_is_concealed_weighs_nothing(store: Store) -> None:
    field = replace(store.schema.collections["pages"].fields["body"], special=("conceal",))
    scale = weights.Scale(store.schema.collections["pages"])
    scale.add(field, "body")
    assert scale.weights(None, str) is None


@pytest.mark.parametrize(
    "query",
    [
        {"groupBy": ["id"], "aggregate": {"min": ["body"], "max": ["body"]}},
        {"groupBy": ["body"], "aggregate": {"count": ["*"], "max": ["body"]}},
        {"groupBy": ["title", "body"], "aggregate": {"min": ["body"]}, "sort": ["-title"]},
    ],
)
def test_groups_are_weighed_before_they_are_made(store: Store, made: list[str], query: dict[str, object]) -> None:
    put(store, "pages", {"title": "a", "body": BODY}, {"title": "b", "body": "x" + BODY})
    with pytest.raises(DirectusError, match=r"There are 10,000,\d{3} bytes in the answer"):
        read(store, query)
    assert not made
    assert read(store, {"aggregate": {"countDistinct": ["body"]}}) == b'[{"countDistinct":{"body":"3"}}]'
    assert len(read(store, {"groupBy": ["title"], "aggregate": {"max": ["body"]}})) > 5_000_000


def test_of_groups_as_many_are_weighed_as_the_answer_may_have(store: Store) -> None:
    put(store, "pages", *({"title": str(number), "body": "y" * 1_000_000} for number in range(10)))
    query: dict[str, object] = {"groupBy": ["title"], "aggregate": {"max": ["body"]}}
    with pytest.raises(DirectusError, match=r"There are 10,000,\d{3} bytes in the answer"):
        read(store, query)
    assert len(read(store, {**query, "limit": 4, "sort": ["-title"]})) > 3_000_000


def test_related_items_are_weighed_on_their_level(store: Store, made: list[str]) -> None:
    [person] = put(store, "people", {"name": "a", "bio": BODY})
    put(store, "pages", *({"title": "p", "person": person} for _ in range(2)))
    bios = dict.fromkeys("abc", "bio")
    deep = {"person": {"_alias": bios}}
    with pytest.raises(DirectusError, match="There are 10,000,000 bytes in the answer"):
        read(store, {"fields": ["person.bio", "person.a", "person.b", "person.c"], "deep": deep})
    assert len(made) == 1  # the pages
    assert len(read(store, {"fields": ["person.bio", "title"]})) > 5_000_000


def test_a_text_is_weighed_whatever_wrote_it(store: Store, tmp_path: Path, weighed: list[str]) -> None:
    def refuses(where: Store, collection: str = "pages") -> bool:
        weighed.clear()
        try:
            read(where, FOUR, collection)
        except DirectusError as error:
            return "bytes in the answer" in str(error) and len(weighed) == 1
        return False

    assert not refuses(store)
    assert not weighed
    [key] = put(store, "pages", {"title": "long"})
    assert not refuses(store)
    asyncio.run(store.items("pages", accountability=None).update_many([key], {"body": BODY}))
    assert refuses(store)
    with store.fork() as fork:
        assert refuses(fork)
    frame = pd.DataFrame({"body": ["y", BODY]})
    store.from_dataframe("frames", frame)
    assert refuses(store, "frames")
    asyncio.run(store.items("pages", accountability=None).delete_many([key]))
    assert not refuses(store)
    store.sql("UPDATE pages SET body = repeat('y', 2500000)")
    assert refuses(store)
    with Store(tmp_path / "store.db") as kept:
        kept.create_collection("pages", FIELDS)
        put(kept, "pages", {"title": "long", "body": BODY})
    with Store(tmp_path / "store.db") as opened:
        assert refuses(opened)


def test_a_text_is_weighed_in_the_transaction_that_writes_it(store: Store) -> None:
    def work(session: Session) -> tuple[bool, bool]:
        longest = weights.longest(store.schema.collections["pages"])
        before = session.may_exceed(MOST, 1, ["body"] * 4, longest)
        session.execute("UPDATE pages SET body = ?", [BODY])
        return before, session.may_exceed(MOST, 1, ["body"] * 4, longest)

    assert store.database.write_now(work) == (False, True)


def test_after_many_short_items_of_one_call_nobody_asks_how_long_texts_are(store: Store, asked: list[str]) -> None:
    read(store, {"limit": -1})
    asked.clear()
    for _ in range(3):
        put(
            store, "pages", *({"title": f"t{n}", "body": "é" * 20, "tags": ["a"], "meta": {"a": n}} for n in range(999))
        )
        read(store, {"limit": -1})
    assert not [sql for sql in asked if "stats(" in sql]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "y" * 3_000),
        ("body", "ю" * 3_000),
        ("body", "😀" * 3_000),
        ("tags", ["y"] * 3_000),
        ("meta", [1e20] * 3_000),
        ("meta", "1e20"),
        ("meta", {"ю": ["😀" * 3_000, "\x01" * 3_000]}),
    ],
)
def test_no_text_of_several_items_is_taken_for_shorter_than_it_is(store: Store, field: str, value: object) -> None:
    for length in (0, 1_000):
        read(store, {"limit": -1})
        put(store, "pages", {"title": "y" * length}, {field: value})
        [(longest,)] = store.database.read_now(lambda session: session.rows(f"SELECT max(strlen({field})) FROM pages"))
        assert isinstance(longest, int)
        pages, known = weights.longest(store.schema.collections["pages"]), {field: longest}

        def look(_names: object, known: dict[str, int] = known) -> dict[str, int]:
            return known

        assert store.database.lengths.exceed(pages, [field], 1, longest - 1, look)


def test_short_items_cost_no_statement_more(store: Store, weighed: list[str]) -> None:
    put(store, "pages", *({"title": f"t{n}", "body": "y" * 200, "meta": {"a": n}} for n in range(500)))
    queries: list[dict[str, object]] = [
        FOUR,
        {"limit": -1},
        {"limit": -1, "fields": ["*", "person.*"]},
        {"groupBy": ["title"]},
    ]
    for query in queries:
        read(store, query)
    put(store, "people", {"name": "a", "bio": "y" * 10_000})
    read(store, {"limit": 100}, "people")
    read(store, {"fields": ["*"], "filter": {"id": {"_eq": 1}}}, "people")
    assert not weighed


def test_the_store_itself_is_not_bounded(store: Store, weighed: list[str]) -> None:
    put(store, "pages", {"title": "long", "body": BODY})
    assert len(asyncio.run(store.items("pages", accountability=None).read(FOUR)).json()) > 10_000_000
    assert not weighed


def test_a_sum_of_many_is_one_of_sums_of_few() -> None:
    assert weights.added([]) == "0"
    assert weights.added(["a", "b"]) == "a + b"
    found = weights.added([f"f{number}" for number in range(500)])
    assert [name.strip("()") for name in found.split(" + ")] == [f"f{number}" for number in range(500)]
    depth = deepest = 0
    for sign in found:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    assert 4 < deepest < 10


WIDE = [f"t{number}" for number in range(70)]


@pytest.fixture
def wide(empty: Store) -> Iterator[Store]:
    """Items of seventy texts, each of 20,000 bytes as JSON, and of as many lists."""
    with empty.fork() as made:
        made.create_collection("wide", {**dict.fromkeys(WIDE, "text"), **{f"c{name}": "csv" for name in WIDE}})
        text = '"' + "y" * 19_996
        put(made, "wide", *({**dict.fromkeys(WIDE, text), "ct1": ["a", "b"]} for _ in range(2)))
        yield made


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ["id", *WIDE]},
        {"aggregate": {"min": WIDE, "max": WIDE[:1]}, "groupBy": ["id"]},
    ],
)
def test_one_statement_weighs_few_texts(wide: Store, weighed: list[str], query: dict[str, object]) -> None:
    assert len(read(wide, query, "wide")) > len(WIDE) * 19_000
    assert max(sql.count("to_json(") for sql in weighed) == weights.TEXTS_AT_ONCE
    assert sum(sql.count("to_json(") for sql in weighed) >= len(WIDE)


def test_what_many_statements_weigh_is_added_up(wide: Store, made: list[str]) -> None:
    weight = f"{2 * len(WIDE) * 20_000:,}"
    with pytest.raises(DirectusError, match=f"There are {weight} bytes in the answer"):
        read(wide, {"fields": ["id", *WIDE]}, "wide", most=2 * len(WIDE) * 20_000 - 1)
    assert len(made) == 1  # the first portion, which was not too much


def test_a_text_that_counts_twice_is_measured_once(wide: Store, weighed: list[str]) -> None:
    query: dict[str, object] = {"aggregate": {"min": WIDE[:2], "max": WIDE[:2]}, "groupBy": [WIDE[0]], "limit": 1}
    with pytest.raises(DirectusError, match="bytes in the answer"):
        read(wide, query, "wide", most=99_000)
    assert [sql.count("strlen") for sql in weighed] == [2]
    assert len(read(wide, query, "wide", most=101_000)) > 99_000


def test_commas_alone_are_counted_for_a_notebook(wide: Store, weighed: list[str]) -> None:
    asyncio.run(wide.items("wide", accountability=None).read({"limit": 2}))
    assert len(weighed) == -(-len(WIDE) // weights.TEXTS_AT_ONCE)
    assert not any("to_json" in sql for sql in weighed)


def test_too_many_rows_of_many_fields_are_refused_by_their_names_alone(
    wide: Store, made: list[str], weighed: list[str]
) -> None:
    put(wide, "wide", *({"t1": f"{number}"} for number in range(400)))
    fields = {"fields": WIDE, "filter": {"t2": {"_null": True}}}
    wide.database.lengths.forget()
    with pytest.raises(DirectusError, match=r"There are 220,000 bytes in the answer, 200,000 are the limit"):
        read(wide, {**fields, "limit": -1}, "wide", most=200_000)
    assert not made
    assert {sql.startswith("SELECT count(*)") for sql in weighed} == {True}
    assert len(read(wide, {**fields, "limit": 200}, "wide", most=200_000)) > 150_000


def test_many_rows_of_many_lists_are_refused_by_their_number_for_a_notebook(
    wide: Store, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(wide, "wide", *({"t1": f"{number}"} for number in range(400)))
    for module in (contained, size):
        monkeypatch.setattr(module, "MAX_CONTAINED", 400_000)
    monkeypatch.setattr(contained, "CONTAINED_IN_EACH", 0)
    asked.clear()
    lists = [f"c{name}" for name in WIDE]
    service = wide.items("wide", accountability=None)
    with pytest.raises(
        DirectusError, match=r'The lists and objects in "ct0", "ct1", "ct10", "ct11", "ct12", "…" of "wide" would take'
    ):
        asyncio.run(service.read({"fields": lists, "limit": -1}))
    assert not [sql for sql in asked if "to_json" in sql]
    assert len(asyncio.run(service.read({"fields": lists, "limit": 100})).json()) > 100


def test_the_texts_of_very_many_columns_are_looked_at_in_steps(empty: Store, asked: list[str]) -> None:
    names = [f"f{number}" for number in range(250)]
    with empty.fork() as store:
        store.create_collection("wide", dict.fromkeys(names, "string"))
        put(store, "wide", {"f0": "y"})
        asked.clear()
        read(store, {"fields": names, "limit": 1, "sort": names[:99]}, "wide")
        assert [sql.count("stats(") for sql in asked if "stats(" in sql] == [1, 100, 100, 49]
        asked.clear()
        read(store, {"fields": names[:200]}, "wide")
        assert not [sql for sql in asked if "stats(" in sql]
        store.database.lengths.forget()
        wide = weights.longest(store.schema.collections["wide"])
        rests = store.database.read_now(lambda session: len([*session.look_at(MOST, 1, names, wide)]))
        assert rests == 2


def test_what_is_known_of_a_collection_is_found_once_for_a_statement(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{number}" for number in range(90)]
    found: list[str] = []
    known = weights.longest

    def noted(collection: Collection) -> Longest:
        found.append(collection.name)
        return known(collection)

    for module in (aggregates, sorted_texts, weights):
        monkeypatch.setattr(module, "longest", noted)
    with empty.fork() as store:
        store.create_collection("wide", dict.fromkeys(names, "string"))
        for query in ({"sort": names}, {"aggregate": {"max": names}}):
            found.clear()
            read(store, query, "wide")
            assert found == ["wide", "wide"]


def test_the_texts_of_groups_weigh_what_is_found_and_not_what_else_their_rows_have(
    store: Store, weighed: list[str]
) -> None:
    put(
        store, "pages", {"title": "b", "body": "\x01" * 2_500_000}, *({"title": "b", "body": f"z{n}"} for n in range(9))
    )
    for group in ({}, {"groupBy": ["title"]}):
        weighed.clear()
        assert b"z8" in read(store, {"aggregate": {"max": ["body"]}, "filter": {"title": {"_eq": "b"}}, **group})
        assert weighed
        assert all('strlen(CAST(to_json(CAST(max(t1."body")' in sql for sql in weighed if "to_json" in sql)
    with pytest.raises(DirectusError, match="bytes in the answer"):
        read(store, {"aggregate": {"min": ["body"]}, "groupBy": ["title"]})
