"""Field types: their columns, what they show, what they accept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import duckdb
import pytest
from scopebox.store.schema.schema import FIELD_TYPES, Field, FieldType
from scopebox.store.values.types import InputError, column_type, shown, typed


def moment(*parts: int) -> datetime:
    """A moment without a zone, as columns hold it."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc, arg-type]


SHOWN: list[tuple[FieldType, str, object]] = [
    ("integer", "5", 5),
    ("bigInteger", "9007199254740993", "9007199254740993"),
    ("decimal", "1.5", "1.50000"),
    ("float", "0.1", 0.1),
    ("boolean", "true", True),
    ("date", "0099-12-31", "0099-12-31"),
    ("dateTime", "2024-02-29 23:59:59.5", "2024-02-29T23:59:59"),
    ("timestamp", "2024-02-29 23:59:59.123456", "2024-02-29T23:59:59.123Z"),
    ("time", "12:00:01", "12:00:01"),
    ("json", '{"a": [1, null]}', {"a": [1, None]}),
    ("csv", "a,b", ["a", "b"]),
    ("csv", "", []),
    ("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("string", 'é"\\', 'é"\\'),
]


@pytest.mark.parametrize(("type_", "text", "expected"), SHOWN)
def test_a_stored_value_is_shown_as_a_directus_shows_it(type_: FieldType, text: str, expected: object) -> None:
    column = column_type(Field("x", type_))
    row = duckdb.connect().execute(f"SELECT to_json({shown(type_, f'CAST($1 AS {column})')})", [text]).fetchone()
    assert row is not None
    assert json.loads(row[0]) == expected


@pytest.mark.parametrize("type_", sorted(FIELD_TYPES - {"alias"}))
def test_null_is_null(type_: FieldType) -> None:
    column = column_type(Field("x", type_))
    assert duckdb.connect().execute(f"SELECT {shown(type_, f'CAST(NULL AS {column})')}").fetchone() == (None,)
    assert typed(type_, None) is None


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("integer", " 5 ", 5),
        ("integer", 5.0, 5),
        ("bigInteger", "-9223372036854775808", -(2**63)),
        ("decimal", "1e2", Decimal(100)),
        ("float", "1e3", 1000.0),
        ("boolean", "yes", True),
        ("boolean", "F", False),
        ("boolean", 1, True),
        ("date", "2024-1-5", date(2024, 1, 5)),
        ("date", "20240105", date(2024, 1, 5)),
        ("date", "2024-01-05T23:00:00-05:00", date(2024, 1, 5)),
        ("dateTime", "2024-01-05", moment(2024, 1, 5)),
        ("dateTime", "2024-01-05 24:00:00", moment(2024, 1, 6)),
        ("timestamp", "2024-01-05T23:00:00-05:00", moment(2024, 1, 6, 4)),
        ("time", "7:05", time(7, 5)),
        ("time", "24:00:00", "24:00:00"),
        ("uuid", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("string", 42.0, "42"),
        ("text", True, "true"),
    ],
)
def test_texts_are_read_as_postgresql_reads_them(type_: FieldType, value: object, expected: object) -> None:
    assert typed(type_, value) == expected


@pytest.mark.parametrize(
    ("type_", "value", "kind"),
    [
        ("integer", "5.5", "syntax"),
        ("integer", "2147483648", "range"),
        ("integer", "1_000", "syntax"),
        ("bigInteger", "9" * 20, "range"),
        ("integer", "9" * 5000, "syntax"),
        ("decimal", "nan", "syntax"),
        ("decimal", "1e999999999", "range"),
        ("float", "1_0", "syntax"),
        ("boolean", "o", "syntax"),
        ("boolean", "maybe", "syntax"),
        ("boolean", "", "syntax"),
        ("date", "garbage", "syntax"),
        ("date", "2024-02-30", "range"),
        ("date", "2024", "range"),
        ("timestamp", "2024-01-05T25:00:00", "range"),
        ("time", "25:00", "syntax"),
        ("uuid", "1111", "syntax"),
    ],
)
def test_what_a_column_cannot_hold_is_refused(type_: FieldType, value: str, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        typed(type_, value)
    assert caught.value.kind == kind


def test_decimals_have_their_own_precision() -> None:
    assert column_type(Field("x", "decimal", precision=12, scale=2)) == "DECIMAL(12, 2)"
    assert column_type(Field("x", "decimal")) == "DECIMAL(10, 5)"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "9999-12-31 24:00"])
def test_a_moment_that_is_outside_of_all_years_in_utc_is_out_of_range(text: str) -> None:
    with pytest.raises(InputError, match="out of range"):
        typed("timestamp", text)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("2024-02-29", " 2024-2-29"),
        ("2024-02-29T23:59:59", "2024-02-29  23:59:59"),
        ("2024-02-29 23:59:59.1234", " 2024-02-29 23:59:59.1234"),
        ("2024-02-29T23:59:59Z", "2024-02-29 23:59:59 z"),
        ("2024-02-29T23:59:59.5-05:30", "2024-02-29 23:59:59.5 -0530"),
        ("2024-02-29T24:00:00+01:00", "2024-02-29 24:00:00 +01"),
        ("2024-02-29T23:59:60", " 2024-02-29 23:59:60"),
    ],
)
@pytest.mark.parametrize("type_", ["date", "dateTime", "timestamp", "time"])
def test_a_moment_is_the_same_in_every_spelling(type_: FieldType, usual: str, other: str) -> None:
    assert typed(type_, usual) == typed(type_, other)


@pytest.mark.parametrize(
    "text", ["2023-02-29T00:00:00", "2024-01-01T00:60:00", "2024-01-01T00:00:00+24:00", "0000-01-01"]
)
def test_a_usual_spelling_of_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"date/time field value out of range"):
        typed("timestamp", text)
