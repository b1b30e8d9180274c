"""Long texts are sorted by as much of them as tells them apart, in the same order as by all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.reading.compiled import Plan
from scopebox.store.reading.request import Request
from scopebox.store.reading.running import run
from scopebox.store.reading.size import Size
from scopebox.store.steps import at_once
from scopebox.store.store import Store

MOST = 8 * 2**20
LONG = "y" * 300_000
TEXTS = [
    "b" + LONG, "a" + LONG, None, "", "a", "\U0001f600" + LONG, "é" + LONG, "b" + LONG, LONG[:1], LONG + "\x01", "Z" + LONG, "é" * 200_000,
]  # fmt: skip
FIELDS = {"title": "string", "body": "text", "tags": "csv"}


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        create(made)
        yield made


@pytest.fixture(scope="module")
def filled(empty: Store) -> Iterator[Store]:
    """A store with all of the texts, to be read."""
    with empty.fork() as made:
        create(made)
        put_pages(made, TEXTS)
        yield made


def create(store: Store) -> None:
    store.create_collection("people", {"bio": "text"})
    store.create_collection("pages", FIELDS | {"person": {"references": "people", "one_field": "pages"}})


def put(store: Store, collection: str, items: list[dict[str, object]]) -> None:
    asyncio.run(store.items(collection, accountability=None).create(items))


def put_pages(store: Store, texts: list[str | None]) -> None:
    put(store, "people", [{"bio": text} for text in texts])
    pages: list[dict[str, object]] = [
        {"title": str(number % 3), "body": text, "person": number // 2 + 1, "tags": [text or "", "x"]}
        for number, text in enumerate(texts)
    ]
    for page in pages:
        put(store, "pages", [page])


def read(store: Store, query: dict[str, object], collection: str = "pages", most: int | None = MOST) -> list[object]:
    found = asyncio.run(store.items(collection, accountability=None, most=most).read(dict(query)))
    rows: list[object] = json.loads(found.json())
    return rows


@pytest.mark.parametrize(
    ("collection", "query"),
    [
        ("pages", {"sort": ["body"]}),
        ("pages", {"sort": ["-body"], "limit": -1}),
        ("pages", {"sort": ["-body"], "fields": ["body"]}),
        ("pages", {"sort": ["-body"], "fields": ["title", "b"], "alias": {"b": "body"}, "limit": 3, "page": 2}),
        ("pages", {"sort": ["body"], "fields": ["*"], "limit": 2, "offset": 5}),
        ("pages", {"sort": ["title", "-body", "body"], "fields": ["id"], "filter": {"title": {"_neq": "1"}}}),
        ("pages", {"sort": ["tags", "body"], "fields": ["id"]}),
        ("pages", {"sort": ["-person.bio", "-body"], "fields": ["id"], "search": "1"}),
        ("people", {"sort": ["-pages.body"], "fields": ["id"]}),
        ("people", {"sort": ["pages.body"], "fields": ["id", "pages.id"], "deep": {"pages": {"_sort": ["-body"]}}}),
        ("people", {"fields": ["pages.title"], "deep": {"pages": {"_sort": ["body"], "_limit": 1}}}),
        ("pages", {"fields": ["person.pages.id"], "deep": {"person": {"pages": {"_sort": ["-body"], "_limit": -1}}}}),
    ],
)
def test_the_order_is_that_of_whole_texts(
    filled: Store, made: list[str], collection: str, query: dict[str, object]
) -> None:
    found = read(filled, {"fields": ["id"], **query}, collection)
    assert any("ORDER BY left(" in sql or ", left(" in sql for sql in made)
    made.clear()
    assert found == read(filled, {"fields": ["id"], **query}, collection, most=None)
    assert not any("left(" in sql for sql in made)


def test_texts_that_begin_alike_are_sorted_in_full_as_long_as_they_are_few(store: Store, made: list[str]) -> None:
    put(store, "pages", [{"body": "y" * 1_100_000 + end} for end in "bca"])
    assert read(store, {"sort": ["-body"], "fields": ["id"]}) == [{"id": 2}, {"id": 1}, {"id": 3}]
    put(store, "pages", [{"body": "y" * 1_100_000}])
    refused = (
        r"There are 4,400,003 bytes in texts to sort by that begin alike, 4,194,304 are the limit; "
        r"sort by a field with shorter ones, or fewer items\."
    )
    made.clear()
    with pytest.raises(DirectusError, match=refused):
        read(store, {"sort": ["-body"], "fields": ["id"]})
    with pytest.raises(DirectusError, match=refused):
        read(store, {"fields": ["id"], "sort": ["-title", "body"], "limit": 1})
    assert not made
    assert read(store, {"sort": ["-body"], "fields": ["id"], "filter": {"id": {"_lt": 4}}, "limit": 1}) == [{"id": 2}]
    assert len(read(store, {"sort": ["-body"], "fields": ["id"]}, most=None)) == 4


def test_the_same_text_many_times_is_not_alike(store: Store) -> None:
    put(store, "pages", [{"body": "y" * 700_000} for _ in range(8)])
    assert read(store, {"sort": ["-body", "-id"], "fields": ["id"], "limit": 2}) == [{"id": 8}, {"id": 7}]


def test_short_texts_cost_no_statement_more(store: Store, weighed: list[str]) -> None:
    put_pages(store, ["b" * 1_000, "a"])
    assert read(store, {"sort": ["body"], "fields": ["id"]}) == [{"id": 2}, {"id": 1}]
    put(store, "pages", [{"body": LONG}])
    assert read(store, {"sort": ["title", "id"], "fields": ["id"]}) == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert not weighed
    assert read(store, {"sort": ["body"], "fields": ["id"], "limit": 1}) == [{"id": 2}]
    assert len(weighed) == 1  # there are long ones, but few


def test_what_is_written_meanwhile_changes_no_order(store: Store) -> None:
    put(store, "pages", [{"body": f"{number}{LONG}"} for number in range(9)])
    plan = asyncio.run(store.reader.plans.plan("pages", {"fields": ["id"], "sort": ["body"]}, Request()))
    assert isinstance(plan, Plan)

    def write(session: Session) -> None:
        session.execute("INSERT INTO pages (id, body) VALUES (98, ?), (99, ?)", [f"{LONG}b", f"{LONG}a"])

    def work(session: Session) -> bytes:
        steps = run(session, plan, Size(MOST))
        next(steps)
        store.database.write_now(write)
        return b"".join(at_once(steps))

    found = json.loads(store.database.read_now(work))
    assert [row["id"] for row in found] in ([*range(1, 10)], [*range(1, 10), 99, 98])
