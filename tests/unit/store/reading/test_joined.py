"""Lists that are joined to items multiply their rows: how many these become is found out before anything is joined."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access.variables import Variables
from scopebox.store.reading import joined
from scopebox.store.reading.conditions import rule_sql
from scopebox.store.reading.rights import ReadRights
from scopebox.store.reading.source import Source, Statement
from scopebox.store.store import Store

Query = dict[str, object]
REFUSED = r'By the lists that conditions and sort keys lead along, the items of "articles" become [\d,]+ rows, [\d,]+ are the limit'


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """A hundred articles of one author, ten of another one and one of nobody, each with up to two comments and some tags."""
    with empty.fork() as made:
        made.create_collection("authors", {"name": "string"})
        made.create_collection(
            "articles", {"title": "string", "author": {"references": "authors", "one_field": "articles"}}
        )
        made.create_collection(
            "comments", {"text": "string", "article": {"references": "articles", "one_field": "comments"}}
        )
        made.create_collection("tags", {"name": "string", "article": {"references": "articles", "one_field": "tags"}})
        made.sql("INSERT INTO authors (id, name) VALUES (1, 'Ada'), (2, 'Bob')")
        made.sql(
            "INSERT INTO articles (id, title, author) SELECT range + 1, 'article ' || range, "
            "CASE WHEN range < 100 THEN 1 WHEN range < 110 THEN 2 END FROM range(111)"
        )
        made.sql(
            "INSERT INTO comments (id, text, article) SELECT range + 1, 'c' || range, range % 60 + 1 FROM range(100)"
        )
        made.sql("INSERT INTO tags (id, name, article) SELECT range + 1, 't' || range, range % 7 + 1 FROM range(50)")
        yield made


def joined_along(store: Store, paths: list[str]) -> Source:
    rights = ReadRights(store.schema, store.access, Variables(store.access, None, datetime(2026, 1, 1, tzinfo=UTC)))
    source = Source(Statement(rights, rule_sql), store.schema.collections["articles"])
    for path in paths:
        source.join([*path.split("."), "id"])
    return source


@pytest.mark.parametrize(
    "paths",
    [
        ["comments", "tags"],
        ["author.articles"],
        ["author.articles.comments"],
        ["author.articles.comments", "author.articles.tags", "comments"],
        ["comments.article.tags"],
        ["comments.article.author.articles.tags", "tags.article.comments", "author"],
    ],
)
def test_the_rows_are_counted_without_being_made(store: Store, paths: list[str]) -> None:
    source = joined_along(store, paths)
    compared = source.statement.compared
    assert compared is not None
    (found,) = compared.joined
    assert set(found.tables) <= {"articles", "authors", "comments", "tags"}
    (count,), (made,) = store.sql(found.counted).fetchall(), store.sql(f"SELECT count(*) FROM {source.sql}").fetchall()
    assert count == made


@pytest.mark.parametrize("paths", [[], ["author"], ["comments"], ["tags", "author"]])
def test_one_list_makes_no_more_rows_than_it_has_items_and_is_not_counted(store: Store, paths: list[str]) -> None:
    source = joined_along(store, paths)
    assert source.statement.compared is None


QUERIES: list[Query] = [
    {"sort": ["author.articles.title"], "limit": 5},
    {"filter": {"author": {"articles": {"title": {"_nnull": True}}}}},
    {"filter": {"_or": [{"comments": {"text": {"_eq": "a"}}}, {"author": {"articles": {"id": {"_gt": 0}}}}]}},
    {"aggregate": {"count": "*"}, "filter": {"author": {"articles": {"id": {"_gt": 0}}}}},
]


@pytest.mark.parametrize("query", QUERIES)
def test_too_many_rows_are_refused_whoever_asks(store: Store, monkeypatch: pytest.MonkeyPatch, query: Query) -> None:
    for who in (None, store.access.for_role("admin")):
        asyncio.run(store.items("articles", accountability=who).read(query))
    monkeypatch.setattr(joined, "MAX_JOINED", 1_000)
    for who in (None, store.access.for_role("admin")):
        with pytest.raises(DirectusError, match=REFUSED):
            asyncio.run(store.items("articles", accountability=who).read(query))


@pytest.mark.parametrize(
    "query",
    [
        {"filter": {"comments": {"text": {"_nnull": True}}}, "sort": ["comments.text"]},
        {"filter": {"comments": {"_some": {"text": {"_nnull": True}}}}},
        {"filter": {"_and": [{"comments": {"text": {"_nnull": True}}}, {"tags": {"name": {"_nnull": True}}}]}},
    ],
)
def test_what_makes_few_rows_for_the_items_there_are_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch, query: Query
) -> None:
    monkeypatch.setattr(joined, "MAX_JOINED", 1)
    assert asyncio.run(store.items("articles", accountability=None).read(query)).data


def test_items_that_lists_are_joined_to_stand_where_their_first_row_does(store: Store) -> None:
    query: Query = {"sort": ["-author.articles.comments.text", "title"], "fields": ["id"], "limit": 20, "offset": 3}
    found = asyncio.run(store.items("articles", accountability=None).read(query)).data
    rows = store.sql(
        "SELECT DISTINCT ON (a.id) a.id, a.title, c.text FROM articles a LEFT JOIN articles b ON b.author = a.author "
        "LEFT JOIN comments c ON c.article = b.id ORDER BY a.id, c.text DESC NULLS FIRST, a.title"
    ).fetchall()
    expected = sorted(rows, key=lambda row: (row[1], row[0]))
    expected.sort(key=lambda row: row[2] or "~", reverse=True)
    assert found == [{"id": row[0]} for row in expected][3:23]
