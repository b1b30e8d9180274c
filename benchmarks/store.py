"""Reading and creating items through ``exec``, beside the same SQL on a bare cursor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.guest import operation
from benchmarks.measure import Pair, Row, Stage, Target, reported, timed
from benchmarks.things import NAME, STATUSES, as_json, empty_box, empty_table, full_box, full_table, item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MANIFEST: Final = {
    "permissions": [
        {"permission": "read-items", "role": "admin"},
        {"permission": "create-items", "role": "admin"},
    ]
}
AS_DICTS: Final = "the same SQL on a bare DuckDB cursor, as dicts"
FROM_JSON: Final = "the same insert from JSON on a bare DuckDB cursor"
ITEMS: Final = """
def prepare(options):
    return options["data"]
"""


@dataclass(frozen=True, slots=True)
class Read:
    """One query in both languages. ``repeat`` is how often a round asks it."""

    query: Mapping[str, object]
    sql: str
    repeat: int = 1

    def __call__(self, stage: Stage) -> Pair:
        """Set up both sides."""
        read, bare = stage.shared(reader), stage.shared(full_table)

        def same_sql() -> None:
            for _ in range(self.repeat):
                bare.rows(self.sql)

        ours = reported(lambda: read({"query": dict(self.query), "repeat": self.repeat}))
        return Pair(ours, timed(same_sql, per=self.repeat))


def reader(stage: Stage) -> Callable[[Mapping[str, object]], float]:
    """The extension that reads, as an operation of the query."""
    work = f'await exec("read-items", "{NAME}", {{"query": prepared["query"]}})'
    return operation(stage.shared(full_box), "read", work, manifest=MANIFEST)


def creator(stage: Stage) -> Callable[[Mapping[str, object]], float]:
    """The extension that creates, as an operation of the data."""
    work = f'await exec("create-items", "{NAME}", {{"data": prepared}})'
    return operation(stage.shared(empty_box), "create", work, definitions=ITEMS, manifest=MANIFEST)


def create(count: int, stage: Stage) -> Pair:
    """Create ``count`` items in one call."""
    run, bare = stage.shared(creator), stage.shared(empty_table)
    items = [item(number) for number in range(count)]
    text = as_json(items)
    return Pair(reported(lambda: run({"data": items})), timed(lambda: bare.insert(text)))


BY_KEY: Final = Read({"filter": {"id": {"_eq": 501}}}, f"SELECT * FROM {NAME} WHERE id = 501", 10)
HUNDRED: Final = Read({"limit": 100}, f"SELECT * FROM {NAME} ORDER BY id LIMIT 100", 5)
TEN_THOUSAND: Final = Read({"limit": 10_000}, f"SELECT * FROM {NAME} ORDER BY id LIMIT 10000")
SELECTED: Final = Read(
    {"filter": {"status": {"_eq": STATUSES[2]}, "views": {"_gt": 50_000}}, "sort": ["-views", "id"], "limit": 25},
    f"SELECT * FROM {NAME} WHERE status = 'published' AND views > 50000 ORDER BY views DESC, id LIMIT 25",
)
GROUPED: Final = Read(
    {"aggregate": {"count": "*", "avg": "rating", "sum": "views"}, "groupBy": ["section"], "limit": -1},
    f"SELECT section, count(*), avg(rating), sum(views) FROM {NAME} GROUP BY section",
)

ROWS: Final = (
    Row("store.read-key", "`read-items` of 1 by key", AS_DICTS, BY_KEY, Target("ratio", 2.5)),
    Row("store.read-100", "`read-items` of 100", AS_DICTS, HUNDRED, Target("ratio", 2)),
    Row("store.read-10000", "`read-items` of 10 000", AS_DICTS, TEN_THOUSAND, Target("ratio", 1.5), rounds=15),
    Row("store.read-filter", "filter, sort and limit", AS_DICTS, SELECTED, Target("ratio", 1.3), rounds=20),
    Row("store.read-group", "group with three aggregates", AS_DICTS, GROUPED, Target("ratio", 1.3), rounds=20),
    Row("store.create-1", "`create-items` of 1", FROM_JSON, partial(create, 1)),
    Row("store.create-100", "`create-items` of 100", FROM_JSON, partial(create, 100), rounds=30),
    Row(
        "store.create-1000", "`create-items` of 1 000", FROM_JSON, partial(create, 1_000), Target("ratio", 3), rounds=20
    ),
    Row("store.create-10000", "`create-items` of 10 000", FROM_JSON, partial(create, 10_000), rounds=7),
)
