"""Conditions on what is inside of a text."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from scopebox.store.query.operators import MATCHING, condition, times
from scopebox.store.schema.schema import HeldType

TEXTS = [
    "",
    "a",
    "AbC",
    "abcabc",
    "%",
    "a%c",
    "a_c",
    "a\\c",
    "İ",
    "i̇",
    "ß",
    "SS",
    "Σς",
    "é",
    "É",
    "K",
    "\U0001f600x",
    None,
]


@pytest.fixture(scope="module")
def texts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT unnest(CAST(? AS VARCHAR[])) AS x", [TEXTS])
        yield connection


def like(operator: str, value: str) -> tuple[str, str]:
    """Return the condition in the words of SQL, all wildcards in ``value`` escaped, and its parameter."""
    name = operator[1:].removeprefix("n")
    folded = name not in ("contains", "starts_with", "ends_with")
    pattern = value.lower() if folded else value
    for wildcard in "\\%_":
        pattern = pattern.replace(wildcard, f"\\{wildcard}")
    name = name.removeprefix("i") if folded else name
    pattern = {"contains": f"%{pattern}%", "starts_with": f"{pattern}%", "ends_with": f"%{pattern}"}[name]
    negated = "NOT " if operator.startswith("_n") else ""
    return f"x {negated}{'ILIKE' if folded else 'LIKE'} $1 ESCAPE '\\'", pattern


@pytest.mark.parametrize("operator", sorted(MATCHING))
@pytest.mark.parametrize("value", [text for text in TEXTS if text], ids=ascii)
def test_what_stands_for_itself_is_found_where_a_pattern_finds_it(
    texts: duckdb.DuckDBPyConnection, operator: str, value: str
) -> None:
    given: list[object] = []

    def parameter(found: object) -> str:
        given.append(found)
        return "$1"

    sql = condition("text", "x", operator, value, parameter, literal=True)
    wanted, pattern = like(operator, value)
    rows = texts.execute(f"SELECT x FROM t WHERE {wanted}", [pattern]).fetchall()
    assert texts.execute(f"SELECT x FROM t WHERE {sql}", given).fetchall() == rows
    assert "LIKE" not in sql  # which holds it against every place of a text


@pytest.mark.parametrize("value", ["abc", "a%c", "É"])
@pytest.mark.parametrize("operator", ["_contains", "_icontains", "_nstarts_with", "_iends_with"])
def test_no_pattern_is_held_against_every_place_of_a_text_without_need(operator: str, value: str) -> None:
    sql = condition("text", "x", operator, value, lambda _: "$1")
    assert "ILIKE" not in sql
    assert "ESCAPE" not in sql
    assert times(value, literal=False) == 1


def test_a_pattern_that_is_held_against_every_place_counts_by_its_length() -> None:
    assert times("_" * 1_000, literal=False) == times("\\" * 1_000, literal=False) == 101
    assert times("_" * 1_000, literal=True) == 1


@pytest.mark.parametrize("operator", ["_in", "_nin"])
@pytest.mark.parametrize(
    "values", [["a", "AbC"], ["a", None], [None], [*map(str, range(20))], ["a", *map(str, range(20)), None]]
)
def test_a_list_is_one_value_of_a_crowded_statement_and_finds_the_same(
    texts: duckdb.DuckDBPyConnection, operator: str, values: list[str | None]
) -> None:
    found: list[object] = []
    for crowded in (False, True):
        given: list[object] = []

        def parameter(value: object, given: list[object] = given) -> str:
            given.append(value)
            return f"${len(given)}"

        sql = condition("string", "x", operator, values, parameter, crowded=crowded)
        found.append(texts.execute(f"SELECT x, {sql} FROM t", given).fetchall())
    assert given == [values]
    assert "SELECT" not in sql
    assert found[0] == found[1]


def test_lists_of_a_crowded_statement_make_no_joins(texts: duckdb.DuckDBPyConnection) -> None:
    """The database makes one of each list that is held against a column with IN, unless the list stands beside others of that column."""
    given: list[object] = []

    def parameter(value: object) -> str:
        given.append(value)
        return f"${len(given)}"

    columns = ("x", "y")
    parts = [
        condition(
            "string", columns[number % 2], "_in", [f"{number}-{value}" for value in range(12)], parameter, crowded=True
        )
        for number in range(20)
    ]
    sql = f"SELECT x FROM (SELECT x, x || 'y' AS y FROM t) WHERE {' OR '.join(parts)}"
    plan = str(texts.execute(f"EXPLAIN {sql}", given).fetchall())
    assert "Join" not in plan


@pytest.mark.parametrize("operator", ["_in", "_nin"])
@pytest.mark.parametrize(
    ("type_", "column", "values"),
    [
        ("integer", "INTEGER", [1, 5_000, None]),
        ("bigInteger", "BIGINT", [1, 5_000_000_000]),
        ("float", "DOUBLE", [1, 0.5, None]),
        ("decimal", "DECIMAL(10, 5)", ["1", "0.50", "12345.678"]),
        ("date", "DATE", ["2024-01-01", "infinity", None]),
        ("date", "DATE", ["2024-01-01", "2024-01-02"]),
        ("dateTime", "TIMESTAMP", ["2024-01-01", "2024-01-01T00:00:00.5"]),
        ("timestamp", "TIMESTAMP", ["2024-01-01T05:30:00+05:30", "-infinity"]),
        ("time", "TIME", ["24:00:00", "10:00"]),
        ("time", "TIME", ["10:00"]),
        ("uuid", "UUID", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", None]),
        ("string", "VARCHAR", ["a", "1"]),
    ],
)
def test_a_list_of_any_type_finds_the_same_in_a_crowded_statement(
    type_: HeldType, column: str, operator: str, values: list[object]
) -> None:
    rows = {
        "date": ["2024-01-01", "infinity"], "dateTime": ["2024-01-01", "2024-01-02"], "timestamp": ["2024-01-01", "-infinity"],
        "time": ["10:00", "24:00:00"], "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    }.get(type_, ["1", "2"])  # fmt: skip
    found = []
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT CAST(unnest(CAST(? AS VARCHAR[])) AS {column}) AS x", [[*rows, None]]
        )
        for crowded in (False, True):
            given: list[object] = []

            def parameter(value: object, given: list[object] = given) -> str:
                given.append(value)
                return f"${len(given)}"

            sql = condition(type_, "x", operator, values, parameter, crowded=crowded)
            found.append(connection.execute(f"SELECT x::VARCHAR, {sql} FROM t", given).fetchall())
    assert found[0] == found[1]
