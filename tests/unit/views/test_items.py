"""Items as tables."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.views.rows import rows_view
from scopebox.views.data import Data

WHOLE = [{f"field_{n}": n for n in range(18)} for _ in range(30)]


def rows(html: str) -> list[str]:
    return re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)


def test_a_list_of_whole_items_is_a_table_of_its_first_fields_and_says_how_many_are_left() -> None:
    html = Data(WHOLE).html()
    assert "<caption>30 items</caption>" in html
    assert 'title="field_8, field_9' in html
    assert ">+10 fields</th>" in html
    assert rows(html)[0].count("<th") == 9
    assert rows(html)[1].count("<td") == 9
    assert rows(html)[1].endswith("<td></td>")


def test_nine_fields_stand_beside_each_other() -> None:
    html = Data([{str(n): n for n in range(9)}]).html()
    assert "fields</th>" not in html
    assert rows(html)[1].count("<td") == 9


@pytest.mark.parametrize(
    ("count", "first", "folded", "rest"),
    [(1, 1, 0, ""), (20, 20, 0, ""), (21, 20, 1, ""), (100, 20, 80, ""), (1_234, 20, 80, "… 1,134 more")],
)
def test_twenty_rows_are_shown_eighty_open_and_the_rest_is_counted(
    count: int, first: int, folded: int, rest: str
) -> None:
    html = Data([{"id": n} for n in range(count)]).html()
    open_part, _, closed = html.partition("<details>")
    assert len(rows(open_part)) == first + 1
    assert len(rows(closed)) == (folded + 1 if folded else 0)
    assert (f"<summary>{folded} more</summary>" in closed) == bool(folded)
    assert rest in html


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, '<td class="sbx-number">3</td>'),
        (True, "<td>true</td>"),
        (None, '<td><span class="sbx-muted">null</span></td>'),
        ("short", '<td class="sbx-cut">short</td>'),
        ({"id": 2, "name": "Jonas Wieland", "email": "j@x.test"}, ">{id 2, Jonas Wieland, …}</td>"),
        ({"id": 2}, ">{id 2}</td>"),
        ([{"id": 1}], ">1 item</td>"),
        ([{"id": 1}, {"id": 2}], ">2 items</td>"),
        ([1, 2], ">[1, 2]</td>"),
        ([], ">[]</td>"),
    ],
    ids=str,
)
def test_a_cell_says_what_stands_in_the_field(value: object, shown: str) -> None:
    assert shown in Data([{"field": value}]).html()


def test_a_cell_that_may_be_cut_has_its_text_as_a_title() -> None:
    assert 'title="' + "x" * 100 in Data([{"field": "x" * 100}]).html()
    assert 'title="[{&quot;id&quot;: 1}, {&quot;id&quot;: 2}]"' in Data([{"field": [{"id": 1}, {"id": 2}]}]).html()


def test_the_head_of_a_column_stands_where_its_numbers_do() -> None:
    html = Data([{"title": "a", "views": None}, {"title": "b", "views": 3}]).html()
    assert '<th scope="col" class="sbx-number">views</th>' in html
    assert '<th scope="col">title</th>' in html


def test_a_list_of_items_of_the_sandbox_is_a_list_and_shows_itself_as_a_table(box: Sandbox) -> None:
    found = box.items("articles").read({"limit": 2, "fields": ["id", "title"]})
    assert isinstance(found, list)
    assert found == [dict(item) for item in found]
    assert json.loads(json.dumps(found)) == msgspec.json.decode(msgspec.json.encode(found)) == found
    assert "<caption>2 items</caption>" in found._repr_html_()  # type: ignore[attr-defined]
    assert repr(found).startswith("[{'id': ")


def test_rows_of_sql_are_a_table(box: Sandbox) -> None:
    view = rows_view(
        box.store.sql("SELECT id, title, DATE '2026-01-02' AS day, 1.50::DECIMAL(4, 2) AS price FROM articles LIMIT 3")
    )
    assert "<caption>3 items</caption>" in view.html()
    assert "2026-01-02" in view.text()
    assert "1.50" in view.text()
    assert "none" in rows_view(box.store.sql("SELECT 1 AS n WHERE false")).text()
    assert "These are the first 100" in rows_view(box.store.sql("SELECT * FROM range(101)")).text()


def test_a_field_that_an_item_lacks_is_empty() -> None:
    assert "<td></td>" in Data([{"a": 1, "b": 1}, {"a": 1}]).html()


def test_one_item_is_two_columns() -> None:
    html = Data({"id": 1, "title": "a\nb", "author": {"id": 2}}).html()
    assert [re.sub("<[^>]+>", "|", row) for row in rows(html)] == [
        "|Field||Value|", "|id||1|", "|title||a\nb|", "|author||{&quot;id&quot;: 2}|",
    ]  # fmt: skip


def test_a_long_text_is_one_piece() -> None:
    assert Data("y" * 400).text() == repr("y" * 400)
    assert Data("y" * 400, as_json=True).text() == '"' + "y" * 400 + '"'


def test_a_table_stays_small_whatever_the_items_are() -> None:
    huge = [{f"{n} {'k' * 500}": ["v" * 10_000] * 100 for n in range(1_000)}] * 200
    assert len(Data(huge).html()) < 600_000
    assert len(Data(huge[0]).html()) < 600_000
