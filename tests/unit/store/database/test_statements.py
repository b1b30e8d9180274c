"""Parsed statements: kept while they are used, and never more than a few."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from scopebox.store.database.statements import KEPT, MAX_KEPT_CHARACTERS, MAX_KEPT_CHARACTERS_IN_ALL, Statements


@pytest.fixture
def statements() -> Iterator[Statements]:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id INTEGER)")
    yield Statements(connection)
    connection.close()


def run(statements: Statements, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    return statements.cursor.execute(statements.parsed(sql), parameters).fetchall()


def test_a_statement_is_parsed_once_and_runs_with_other_parameters(statements: Statements) -> None:
    assert run(statements, "SELECT ? + 1", 1) == [(2,)]
    assert run(statements, "SELECT ? + 1", 2) == [(3,)]
    assert statements.parsed("SELECT ? + 1") is statements.parsed("SELECT ? + 1")


def test_a_kept_statement_sees_the_tables_as_they_are_now(statements: Statements) -> None:
    assert run(statements, "SELECT * FROM t") == []
    statements.cursor.execute("ALTER TABLE t ADD COLUMN name VARCHAR")
    run(statements, "INSERT INTO t VALUES (?, ?)", 1, "one")
    assert run(statements, "SELECT * FROM t") == [(1, "one")]


def test_a_kept_statement_works_again_after_it_failed(statements: Statements) -> None:
    with pytest.raises(duckdb.ConversionException):
        run(statements, "SELECT CAST(? AS INTEGER)", "x")
    assert run(statements, "SELECT CAST(? AS INTEGER)", "1") == [(1,)]


def test_the_ones_used_last_are_kept(statements: Statements) -> None:
    first, second = statements.parsed("SELECT 1"), statements.parsed("SELECT 2")
    for number in range(KEPT - 1):
        statements.parsed("SELECT 1")
        statements.parsed(f"SELECT 'filler', {number}")
    assert statements.parsed("SELECT 1") is first
    assert statements.parsed("SELECT 2") is not second


@pytest.mark.parametrize("sql", [f"SELECT '{'x' * MAX_KEPT_CHARACTERS}'", "SELECT 1; SELECT 2"])
def test_what_is_long_or_several_statements_is_run_as_it_is(statements: Statements, sql: str) -> None:
    assert statements.parsed(sql) == sql


def test_what_is_no_sql_is_refused(statements: Statements) -> None:
    with pytest.raises(duckdb.ParserException):
        statements.parsed("SELEC 1")


def test_what_is_kept_parsed_is_bounded_by_its_characters_too(statements: Statements) -> None:
    for number in range(100):
        statements.parsed(f"SELECT {number}, '{'x' * 7_000}'")
    kept = list(statements._parsed._entries)
    assert sum(map(len, kept)) <= MAX_KEPT_CHARACTERS_IN_ALL
    assert kept[-1].startswith("SELECT 99")
