"""Filling a database: each key is taken once, whatever the store was filled from, and small tables take little memory."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from scopebox.store.sources.sample import blog
from scopebox.store.store import Store

PROJECT = Path(__file__).parents[4] / "notebooks" / "project"
KEYS = "SELECT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' AND schema_name = 'main'"
INDEXES = "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'ART_INDEX'"


def filled(source: str, folder: Path) -> Store:
    if source == "sample":
        return Store.sample("blog")
    return Store.from_project(PROJECT, folder / "store.duckdb" if source == "file" else None)


@pytest.mark.parametrize("source", ["sample", "memory", "file"])
def test_each_key_is_taken_once(source: str, tmp_path: Path) -> None:
    with filled(source, tmp_path) as store:
        assert {name for (name,) in store.sql(KEYS).fetchall()} == set(store.collections)
        name = next(name for name in store.collections if store.count(name))
        with store.database.cursor() as cursor, pytest.raises(duckdb.ConstraintException):
            cursor.execute(f'INSERT INTO "{name}" SELECT * FROM "{name}" LIMIT 1')


def test_a_fork_takes_each_key_once_as_well() -> None:
    again = "INSERT INTO articles SELECT * FROM articles LIMIT 1"
    with (
        Store.sample("blog") as store,
        store.fork() as fork,
        fork.database.cursor() as cursor,
        pytest.raises(duckdb.ConstraintException),
    ):
        cursor.execute(again)


def test_indexes_that_are_made_at_once_are_smaller_than_those_that_grew() -> None:
    with Store.sample("blog") as store, Store() as other:
        other.fill(blog())  # it is open: items come in, one by one, under an index that is there
        ((small,),), ((large,),) = store.sql(INDEXES).fetchall(), other.sql(INDEXES).fetchall()
    assert small < 0.75 * large
