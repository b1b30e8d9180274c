"""What a store takes of the memory of a process, each measured in a new one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.measure import Pair, Row, Side, Target, reported
from benchmarks.processes import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Stage

GROWTH: Final = """
import psutil
def taken():
    return psutil.Process().memory_info().rss / 1e6
{before}
begin = taken()
{work}
print(taken() - begin)
"""
DATABASE: Final = """
import duckdb
database = duckdb.connect(config={"threads": 2})
database.execute("SELECT 1").fetchall()
"""
READY: Final = f"""
{DATABASE}
database.close()
from scopebox import Store
"""
SAMPLE: Final = 'store = Store.sample("blog")'


def growth(tree: Path, before: str, work: str) -> float:
    """Megabytes that a new process of a tree grows by with some work."""
    command = [sys.executable, "-c", GROWTH.format(before=before, work=work)]
    return float(subprocess.check_output(command, text=True, env=environment(tree)))


def sample(tree: Path) -> Side:
    """The sample blog beyond an empty database, where all that they need is loaded."""
    return reported(lambda: growth(tree, READY, SAMPLE) - growth(tree, READY, DATABASE))


def beside_duckdb(stage: Stage) -> Pair:
    """The sample beside the library that it is kept by."""
    del stage
    return Pair(sample(ROOT), reported(lambda: growth(ROOT, "", DATABASE)))


ROWS: Final = (
    Row(
        "memory.sample",
        "the sample blog, beyond an empty database",
        "importing DuckDB, and a first database",
        beside_duckdb,
        Target("value", 14),
        rounds=5,
        unit="MB",
    ),
)
