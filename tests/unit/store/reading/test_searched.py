"""Much text that is looked through in any case is looked through in portions, and the same is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from scopebox.store.database.session import Session
from scopebox.store.reading import compiled, searched
from scopebox.store.store import Access, Store

ITEMS: Final = 1_500
MOST: Final = 8 * 2**20
QUERIES: Final[tuple[dict[str, object], ...]] = (
    {"search": "ЖДЫ 7", "limit": -1},
    {"search": "nothing has this"},
    {"filter": {"body": {"_icontains": "жды 7"}}, "sort": ["-title"], "limit": 5, "offset": 2},
    {
        "filter": {
            "_or": [{"body": {"_nistarts_with": "жды"}}, {"title": {"_eq": "page 3"}}, {"number": {"_in": [7, 8]}}]
        }
    },
    {
        "filter": {"_and": [{"body": {"_istarts_with": "Жды 1"}}, {"number": {"_gt": 20}}]},
        "search": "жды",
        "limit": 300,
    },
    {"filter": {"body": {"_icontains": "жды 3"}}, "sort": ["parent.title", "title"], "limit": 400},
    {"filter": {"_and": [{"body": {"_icontains": "жды 3"}}, {"pages": {"title": {"_contains": "1"}}}]}},
    {"filter": {"_and": [{"body": {"_icontains": "жды 3"}}, {"pages": {"_some": {"title": {"_contains": "1"}}}}]}},
    {"fields": ["id", "parent.body", "pages.id"], "search": "page 1"},
    {"fields": ["id", "pages.id"], "limit": 40, "deep": {"pages": {"_search": "Жды 1", "_limit": 3}}},
    {"search": "жды 2", "aggregate": {"count": ["*"], "max": ["body"], "sum": ["number"]}, "groupBy": ["number"]},
    {"search": "жды 2", "aggregate": {"count": ["*"], "countDistinct": ["body", "title"]}},
    {"search": "page", "filter": {"title": {"_icontains": "PAGE"}}, "sort": ["body"], "limit": 7},
    {"filter": {"parent": {"body": {"_icontains": "жды 3"}}}, "limit": 200},
    {"filter": {"_and": [{"parent": {"body": {"_icontains": "жды 3"}}}, {"body": {"_istarts_with": "жды 1"}}]}},
    {"filter": {"pages": {"body": {"_icontains": "жды 3"}}}, "sort": ["pages.title"], "limit": -1},
    {"filter": {"body": {"_contains": "ДЫ%3%ы"}}, "limit": 30},
    {"filter": {"body": {"_ncontains": "_Ы_3%"}}, "aggregate": {"count": ["*"]}},
)


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """Pages with texts of many lengths, of which the last ones were deleted and made once more."""
    with empty.fork() as made:
        made.create_collection(
            "pages",
            {"title": "string", "body": "text", "number": "integer"}
            | {"parent": {"references": "pages", "one_field": "pages"}},
        )
        made.sql(
            "INSERT INTO pages (id, title, body, number, parent) SELECT range + 1, 'page ' || range, "
            f"'ЖДЫ ' || range || repeat('ы', range % 700), range % 50, range // 40 + 1 FROM range({ITEMS})"
        )
        made.sql("DELETE FROM pages WHERE id % 7 = 0")
        yield made


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All statements, one after the other."""
    found: list[str] = []

    def noting(run: Callable[..., object]) -> Callable[..., object]:
        def noted(session: Session, sql: str, *rest: object) -> object:
            found.append(sql)
            return run(session, sql, *rest)

        return noted

    for name in ("execute", "rows", "rows_with_some", "with_some"):
        monkeypatch.setattr(Session, name, noting(getattr(Session, name)))
    return found


def in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look through more than 100 KB in portions of 30."""
    monkeypatch.setattr(searched, "AT_ONCE", 100_000)
    monkeypatch.setattr(searched, "PORTION", 30_000)


@pytest.fixture
def portions(monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> list[str]:
    in_portions(monkeypatch)
    return statements


def read(store: Store, query: dict[str, object], access: Access | None = None) -> bytes:
    who = None if access is None else access.for_role("reader")
    return asyncio.run(store.items("pages", accountability=who, most=MOST).read(dict(query))).json()


def parts(statements: list[str]) -> list[str]:
    return [sql for sql in statements if "rowid >=" in sql]


@pytest.mark.parametrize("large", [0, compiled.LARGE_FILTERED])
@pytest.mark.parametrize("query", QUERIES)
def test_the_same_items_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, statements: list[str], query: dict[str, object], large: int
) -> None:
    monkeypatch.setattr(compiled, "LARGE", large)
    monkeypatch.setattr(compiled, "LARGE_FILTERED", large)
    whole = read(store, query)
    assert not parts(statements)
    in_portions(monkeypatch)
    statements.clear()
    assert read(store, query) == whole
    assert parts(statements)
    assert [sql for sql in statements if "lower(" in sql or " LIKE " in sql] == parts(statements)


def test_items_are_counted_and_changed_in_portions(store: Store, portions: list[str]) -> None:
    query = {"search": "жды 7", "filter": {"number": {"_lt": 30}}}
    found = store.sql("SELECT id FROM pages WHERE body LIKE 'ЖДЫ 7%' AND number < 30")
    with store.fork() as changed:
        items = changed.items("pages", accountability=None, most=MOST)
        counts = asyncio.run(items.counts({"meta": ["total_count", "filter_count"], **query}))
        assert counts["filter_count"] == len(found)
        assert parts(portions)
        portions.clear()
        asyncio.run(items.delete_by_query({**query, "limit": -1}))
        assert parts(portions)
        assert asyncio.run(items.counts({"meta": ["filter_count"], **query})) == {"filter_count": 0}


def test_rules_hold_for_what_is_found_in_portions(store: Store, portions: list[str]) -> None:
    rule = {"_and": [{"title": {"_icontains": "PAGE 1"}}, {"parent": {"number": {"_lt": 40}}}]}
    fields = [{"fields": ["title", "body", "id"], "permissions": rule}, {"fields": ["number"], "permissions": {}}]
    access = Access.read(
        {
            "policies": {
                "p": {"permissions": [{"collection": "pages", "action": "read", **field} for field in fields]}
            },
            "roles": {"reader": {"policies": ["p"]}},
        }
    )
    with store.fork() as ruled:
        ruled.access = access
        query: dict[str, object] = {"fields": ["id", "title", "number"], "search": "жды 1", "limit": -1}
        found = read(ruled, query, access)
        assert found.count(b"page 1") > 100
        assert found.count(b"page ") == found.count(b"page 1")
        assert parts(portions)


def test_very_many_items_are_found_as_before(
    store: Store, portions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "MOST_KEYS", 400)
    assert read(store, {"search": "page", "limit": -1}).count(b'"title"') == 1_286
    assert 0 < len(parts(portions)) < 10


def test_little_text_is_looked_through_at_once(store: Store, statements: list[str]) -> None:
    read(store, {"search": "жды 7"})
    assert not [sql for sql in statements if "rowid" in sql]


def test_where_rows_are_very_many_their_keys_are_not_found_first(
    store: Store, portions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "MOST_ROWS", 100)
    read(store, {"search": "жды 7"})
    assert not parts(portions)
