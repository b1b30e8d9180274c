"""Reading and creating items through ``exec``, beside the best SQL on a bare cursor."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

from benchmarks.bare import Bare, bare_tables
from benchmarks.boxes import empty_box, full_box
from benchmarks.guest import operation
from benchmarks.measure import Pair, Row, Stage, Target, reported, timed
from benchmarks.requests import PAGES
from benchmarks.things import HOOKED, NAME, as_json, counts, item

BEST_SQL: Final = "the best SQL known on a bare DuckDB cursor, as text"
FROM_JSON: Final = "the same insert from JSON on a bare DuckDB cursor"
ITEMS: Final = """
def prepare(options):
    return options["data"]
"""
QUERIES: Final = """
def prepare(options):
    return iter(options["queries"])
"""


@dataclass(frozen=True, slots=True)
class Read:
    """One kind of query in both languages, each with a number that is drawn: the key, the page, or what is compared with.

    ``limit`` is how many items a page has, ``repeat`` how often a round asks.
    """

    query: Callable[[int], Mapping[str, object]]
    bare: Callable[[Bare, str, int], bytes]
    limit: int = 1
    pages: int | None = None
    repeat: int = 1
    table: str = NAME

    def __call__(self, stage: Stage) -> Pair:
        """Set up both sides; they draw the same numbers."""
        read, bare = stage.shared(reader), stage.shared(bare_tables)
        ours, reference = (Random(repr(self.limit)) for _ in range(2))
        repeat = min(self.repeat, stage.size.repeat)

        def asked() -> float:
            queries = [self.query(self.number(ours, stage)) for _ in range(repeat)]
            return read({"collection": self.table, "queries": queries, "repeat": repeat})

        def best() -> float:
            numbers = [self.number(reference, stage) for _ in range(repeat)]
            begin = time.perf_counter()
            for number in numbers:
                self.bare(bare, self.table, number)
            return (time.perf_counter() - begin) / repeat

        return Pair(reported(asked), reported(best))

    def number(self, random: Random, stage: Stage) -> int:
        """The next one."""
        last = counts(stage.size.items)[self.table] // self.limit
        return random.randint(1, max(1, min(self.pages or last, last)))


def reader(stage: Stage) -> Callable[[Mapping[str, object]], float]:
    """The extension that reads, as an operation of the queries."""
    work = 'await exec("read-items", options["collection"], {"query": next(prepared)})'
    return operation(stage.shared(full_box), "read", work, definitions=QUERIES, manifest=allowed("read-items"))


def creator(stage: Stage) -> Callable[[Mapping[str, object]], float]:
    """The extension that creates, as an operation of the data."""
    work = f'await exec("create-items", "{NAME}", {{"data": prepared}})'
    return operation(stage.shared(empty_box), "create", work, definitions=ITEMS, manifest=allowed("create-items"))


def allowed(permission: str) -> Mapping[str, object]:
    """A manifest with one permission, as administrator."""
    return {"permissions": [{"permission": permission, "role": "admin"}]}


def create(count: int, stage: Stage) -> Pair:
    """Create ``count`` items in one call."""
    run, bare = stage.shared(creator), stage.shared(bare_tables)
    items = [item(number) for number in range(count)]
    text = as_json(items)
    return Pair(reported(lambda: run({"data": items})), timed(lambda: bare.created_first(HOOKED, text)))


def selection(views: int) -> Mapping[str, object]:
    """A filter, two fields to sort by, and a limit."""
    matching = {"status": {"_eq": "published"}, "views": {"_gt": 40_000 + views % 20_000}}
    return {"filter": matching, "sort": ["-views", "id"], "limit": 100}


AGGREGATES: Final = {
    "aggregate": {"count": "*", "avg": "rating", "sum": "views"},
    "groupBy": ["section"],
    "sort": ["section"],
    "limit": -1,
}
BY_KEY: Final = Read(lambda key: {"filter": {"id": {"_eq": key}}}, Bare.by_key, repeat=10)
HUNDRED: Final = Read(
    lambda page: {"limit": 100, "page": page}, lambda bare, table, page: bare.page(table, 100, page), 100, PAGES, 5
)
TEN_THOUSAND: Final = Read(
    lambda page: {"limit": 10_000, "page": page},
    lambda bare, table, page: bare.page(table, 10_000, page),
    10_000,
    PAGES,
)
SELECTED: Final = Read(selection, lambda bare, table, views: bare.selected(table, 40_000 + views % 20_000))
GROUPED: Final = Read(lambda _: AGGREGATES, lambda bare, table, _: bare.grouped(table))
FOUND: Final = Read(
    lambda number: {"search": f"number {number}", "limit": 100},
    lambda bare, table, number: bare.found(table, f"number {number}"),
)
READS: Final = (
    ("read-key", "`read-items` of 1 by key", BY_KEY, 1.5),
    ("read-100", "`read-items` of 100", HUNDRED, 1.3),
    ("read-10000", "`read-items` of 10 000", TEN_THOUSAND, 1.3),
    ("read-filter", "filter, sort and limit", SELECTED, 1.3),
    ("read-group", "group with three aggregates", GROUPED, 1.3),
    ("read-search", "search", FOUND, 1.3),
)


def small(name: str, title: str, read: Read, table: str) -> Row:
    """The row of a small collection."""
    count = table.removeprefix("things_")
    read = replace(read, table=table, repeat=10)
    return Row(f"store.{name}-{count}", f"{title}, of {count} items", BEST_SQL, read, Target("ratio", 1.5), 15)


ROWS: Final = (
    *(Row(f"store.{name}", title, BEST_SQL, read, Target("ratio", limit), 15) for name, title, read, limit in READS),
    *(
        small(name, title, read, table)
        for table in ("things_1000", "things_12")
        for name, title, read, _ in READS
        if read is not TEN_THOUSAND
    ),
    Row("store.create-1", "`create-items` of 1", FROM_JSON, partial(create, 1)),
    Row("store.create-100", "`create-items` of 100", FROM_JSON, partial(create, 100), rounds=30),
    Row(
        "store.create-1000", "`create-items` of 1 000", FROM_JSON, partial(create, 1_000), Target("ratio", 3), rounds=20
    ),
    Row("store.create-10000", "`create-items` of 10 000", FROM_JSON, partial(create, 10_000), rounds=7),
)
