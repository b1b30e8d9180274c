"""Tables of the notebook as collections."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scopebox.errors import SchemaError
from scopebox.store.store import Store

from tests.reading import Json, read


def taken(frame: object, key: str | None = None) -> tuple[dict[str, str], list[Json], tuple[str, ...]]:
    """Return the types of the fields, the items, and what was noted."""
    with Store() as store:
        view = store.from_dataframe("f", frame, key=key)
        types: dict[str, str] = {name: field.type for name, field in view.fields.items()}
        return types, read(store, {"limit": -1}, collection="f"), store.notes


def test_columns_of_pandas_become_fields_of_their_type() -> None:
    some = uuid.UUID("c0ffee00-0000-4000-8000-000000000001")
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "wide": [2**40, 1],
            "real": [0.5, None],
            "word": pd.Categorical(["a", None]),
            "yes": pd.array([True, None], dtype="boolean"),
            "money": [decimal.Decimal("1.10"), None],
            "moment": pd.to_datetime(["2024-01-01T10:00:00+02:00", None], utc=True),
            "local": pd.to_datetime(["2024-01-01T10:00:00", None]),
            "some": [some, None],
            "data": [{"x": [1]}, None],
        }
    )
    types, items, notes = taken(frame)
    assert types == {
        "id": "integer", "whole": "integer", "wide": "bigInteger", "real": "float", "word": "text", "yes": "boolean", "money": "decimal",
        "moment": "timestamp", "local": "dateTime", "some": "uuid", "data": "json",
    }  # fmt: skip
    assert items[0] == {
        "id": 1, "whole": 1, "wide": str(2**40), "real": 0.5, "word": "a", "yes": True, "money": "1.10",
        "moment": "2024-01-01T08:00:00.000Z", "local": "2024-01-01T10:00:00", "some": str(some), "data": {"x": [1]},
    }  # fmt: skip
    assert {value for name, value in items[1].items() if name not in ("id", "wide")} == {None}
    assert notes == ()


def test_an_arrow_table_is_a_frame_too() -> None:
    table = pa.table(
        {
            "t": pa.array([dt.time(1, 2)]),
            "l": [[1, 2]],
            "n": pa.nulls(1),
            "w": pa.array(["x"]).dictionary_encode(),
        }
    )
    types, items, _ = taken(table)
    assert types == {"id": "integer", "t": "time", "l": "json", "n": "text", "w": "text"}
    assert items == [{"id": 1, "t": "01:02:00", "l": [1, 2], "n": None, "w": "x"}]


def test_numbers_beyond_every_integer_keep_their_digits() -> None:
    _, items, _ = taken(pd.DataFrame({"a": np.array([2**64 - 1], dtype="uint64"), "b": [2**70]}))
    assert items == [{"id": 1, "a": str(2**64 - 1), "b": str(2**70)}]


def test_what_json_cannot_show_is_null_and_noted() -> None:
    _, items, notes = taken(pd.DataFrame({"a": [np.inf, -np.inf, np.nan, 1.0]}))
    assert [item["a"] for item in items] == [None, None, None, 1.0]
    assert notes == ("f.a: 2 infinite values are kept as null",)


def test_types_without_a_field_become_text_and_are_noted() -> None:
    _, items, notes = taken(pd.DataFrame({"a": pd.to_timedelta(["1 days"])}))
    assert items == [{"id": 1, "a": "1 day"}]
    assert notes == ("f.a: INTERVAL is kept as text",)


@pytest.mark.parametrize("index", [["x"], pd.Index([7], name="code")])
def test_an_index_that_says_something_is_noted(index: object) -> None:
    _, _, notes = taken(pd.DataFrame({"a": [1]}, index=index))
    assert notes == ("f: the index of the frame is left out; frame.reset_index() makes a column of it",)


def test_whole_keys_go_on_and_uuids_are_made() -> None:
    with Store() as store:
        store.from_dataframe("numbers", pd.DataFrame({"id": [5, 70]}))
        assert asyncio.run(store.items("numbers", accountability=None).create([{}])) == [71]
        store.from_dataframe("marks", pd.DataFrame({"mark": [uuid.uuid4()]}), key="mark")
        made = asyncio.run(store.items("marks", accountability=None).create([{}]))[0]
        assert str(uuid.UUID(str(made))) == made


@pytest.mark.parametrize(
    ("frame", "key", "message"),
    [
        (pd.DataFrame({"a": [1, 1]}), "a", r"f\.a cannot be the primary key: 1 stands there more than once"),
        (pd.DataFrame({"a": ["x", None]}), "a", r"f\.a cannot be the primary key: 1 rows have no value"),
        (pd.DataFrame({"id": [1.5]}), None, r"f\.id cannot be the primary key: float values are no keys"),
        (pd.DataFrame({"code": [1]}), "cod", "no column 'cod' .*\nDid you mean code"),
        (pd.DataFrame([[1, 2]], columns=["a", "A"]), None, "the column 'a' twice"),
        (pd.DataFrame({"my.col": [1]}), None, "'my.col' cannot be a name"),
        (pd.DataFrame(), None, "DataFrame cannot become the collection 'f': .*at least one column"),
        (pd.DataFrame({"a": [1j]}), None, "DataFrame cannot become the collection 'f'"),
        ([{"a": 1}], None, r"list cannot become the collection 'f': .*\n.*pandas\.DataFrame"),
        (None, None, "NoneType cannot become the collection 'f'"),
    ],
)
def test_what_cannot_be_a_collection_is_refused_and_leaves_nothing(
    empty: Store, frame: object, key: str | None, message: str
) -> None:
    with empty.fork() as store:
        with pytest.raises(SchemaError, match=message):
            store.from_dataframe("f", frame, key=key)
        assert (list(store.collections), store.notes) == ([], ())
        assert (
            store.sql(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND NOT starts_with(table_name, 'directus_')"
            ).fetchall()
            == []
        )


@pytest.mark.parametrize("name", ["f", "F"])
def test_a_name_is_taken_once(empty: Store, name: str) -> None:
    with empty.fork() as store:
        store.from_dataframe("f", pd.DataFrame({"a": [1]}))
        with pytest.raises(SchemaError, match="already"):
            store.from_dataframe(name, pd.DataFrame({"a": [1]}))
