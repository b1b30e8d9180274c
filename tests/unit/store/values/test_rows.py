from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import DirectusError
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.values.rows import casts_of

THINGS = Collection(
    "things",
    {
        field.name: field
        for field in (
            Field("id", "integer", primary_key=True, auto_increment=True, nullable=False),
            Field("name", "string", max_length=5, nullable=False),
            Field("views", "integer", default=7),
            Field("big", "bigInteger"),
            Field("rating", "float"),
            Field("price", "decimal", precision=5, scale=2),
            Field("on", "date"),
            Field("at", "dateTime"),
            Field("stamp", "timestamp"),
            Field("yes", "boolean"),
            Field("meta", "json"),
            Field("tags", "csv"),
            Field("token", "uuid", special=("uuid",)),
            Field("children", "alias", kind="o2m"),
        )
    },
)


def cast(name: str, value: object) -> object:
    return casts_of(THINGS).values({name: value})[name]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("name", 5, "5"),
        ("name", True, "true"),
        ("name", ["a"], '["a"]'),
        ("name", "abc       ", "abc  "),
        ("views", "5", 5),
        ("views", 5.0, 5),
        ("big", "9007199254740993", 9007199254740993),
        ("rating", "1.5", 1.5),
        ("rating", "NaN", None),
        ("rating", float("inf"), None),
        ("price", 1.999, Decimal("2.00")),
        ("price", "-0.005", Decimal("-0.01")),
        ("on", "2020-02-29", date(2020, 2, 29)),
        ("on", "2020-02-29T23:30:00-05:00", date(2020, 3, 1)),
        ("on", "2020-02", date(2020, 2, 1)),
        ("on", "2020", date(2020, 1, 1)),
        ("at", "2020-02-29 12:30:00.9", datetime.fromisoformat("2020-02-29T12:30:00")),
        ("at", "2020-02-29T12:30:00+02:00", datetime.fromisoformat("2020-02-29T10:30:00")),
        ("stamp", "2020-02-29T12:30:00.1239Z", datetime.fromisoformat("2020-02-29T12:30:00.123")),
        ("yes", "1", True),
        ("yes", 0, False),
        ("meta", {"ü": [1]}, '{"ü":[1]}'),
        ("meta", '{"a":1}', '{"a":1}'),
        ("tags", [1, None, "x"], "1,,x"),
        ("tags", "a,b", "a,b"),
    ],
)
def test_a_value_becomes_that_of_its_column(name: str, value: object, expected: object) -> None:
    assert cast(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("name", "123456", "VALUE_TOO_LONG"),
        ("views", 2**31, "VALUE_OUT_OF_RANGE"),
        ("views", 5.7, "INTERNAL_SERVER_ERROR"),
        ("views", True, "INTERNAL_SERVER_ERROR"),
        ("views", "", "INTERNAL_SERVER_ERROR"),
        ("price", 1000, "VALUE_OUT_OF_RANGE"),
        ("rating", "1e400", "VALUE_OUT_OF_RANGE"),
        ("rating", "inf1", "INTERNAL_SERVER_ERROR"),
        ("yes", 2, "INTERNAL_SERVER_ERROR"),
        ("on", "29/02/2020", "INVALID_PAYLOAD"),
        ("on", "2020-02-30", "INVALID_PAYLOAD"),
        ("on", "2020-13", "INVALID_PAYLOAD"),
        ("on", 1582934400000, "INTERNAL_SERVER_ERROR"),
        ("at", "soon", "INVALID_PAYLOAD"),
        ("stamp", "soon", "INTERNAL_SERVER_ERROR"),
        ("meta", "{", "INTERNAL_SERVER_ERROR"),
        ("token", "x", "INTERNAL_SERVER_ERROR"),
        ("name", "\x00", "INTERNAL_SERVER_ERROR"),
        ("name", "\ud800", "INTERNAL_SERVER_ERROR"),
        ("meta", {"a": "\ud800"}, "INTERNAL_SERVER_ERROR"),
        ("tags", ["\ud800"], "INTERNAL_SERVER_ERROR"),
    ],
)
def test_what_a_column_does_not_hold_is_refused(name: str, value: object, expected: str) -> None:
    with pytest.raises(DirectusError) as caught:
        cast(name, value)
    assert caught.value.code == expected


def test_a_row_has_the_defaults_which_all_rows_share_and_what_is_generated() -> None:
    row, other = (casts_of(THINGS).row({"name": "n", "children": [1], "nope": 2}) for _ in range(2))
    key = THINGS.primary_key.name
    assert sorted(row) == sorted([key, "name", "token"])
    assert row[key] is None
    assert sorted(map(str, row.present())) == sorted(["n", "None", str(row["token"]), *map(str, row.defaults.values())])
    assert [name for name in row.defaults if row[name] != other[name]] == []
    assert (row["views"], row["big"], row["id"]) == (7, None, None)
    assert len(str(row["token"])) == 36


def test_null_is_not_the_default() -> None:
    assert casts_of(THINGS).row({"name": "n", "views": None})["views"] is None


def test_an_update_never_sets_the_key() -> None:
    assert casts_of(THINGS).update({"id": 5, "views": 1}) == {"views": 1}


def test_a_value_that_its_column_does_not_take_is_blamed_on_its_own_field() -> None:
    with pytest.raises(DirectusError) as caught:
        casts_of(THINGS).row({"name": "n", "views": 2**31})
    assert caught.value.extensions == {"collection": "things", "field": "views", "value": 2**31}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_value_is_held_or_refused_by_every_column(value: object) -> None:
    casts = casts_of(THINGS)
    for name in casts.casts:
        with suppress(DirectusError):
            casts.values({name: value})


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"views": "x", "at": "soon", "on": "2020-5-6"}, 'Invalid payload. Invalid Date format in field "on".'),
        ({"stamp": "soon", "at": "soon"}, 'Invalid payload. Invalid DateTime format in field "at".'),
        ({"yes": "x", "views": "y", "big": "z"}, 'invalid input syntax for type bigint: "z"'),
        ({"name": "longer", "price": 1000, "views": "y"}, 'invalid input syntax for type integer: "y"'),
        ({"price": 1000, "name": "longer"}, 'Value "longer" for field "name" in collection "things" is too long.'),
        ({"name": "longer", "stamp": "soon"}, 'invalid input syntax for type timestamp with time zone: "soon"'),
    ],
)
def test_of_several_wrong_values_the_first_in_the_order_of_a_directus_is_told(
    payload: dict[str, object], message: str
) -> None:
    with pytest.raises(DirectusError) as caught:
        casts_of(THINGS).row({"name": "n", **payload})
    assert caught.value.message == message


def test_an_update_reads_values_in_the_order_of_the_fields() -> None:
    with pytest.raises(DirectusError, match="type integer"):
        casts_of(THINGS).update({"big": "z", "views": "y"})
