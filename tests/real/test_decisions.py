"""The decisions explain what they say and nothing else, and stand in the documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.real.decisions import DECISIONS, MOST, decision
from tests.real.exchanges import Exchange, Json, Request

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "answers.md"
GET = Request("GET", "/items/products")


def error(status: int, message: str, code: str = "INTERNAL_SERVER_ERROR") -> Json:
    return {"error": {"status": status, "code": code, "message": message}}


def named(real: Json, ours: Json, request: Request = GET) -> str:
    found = decision(Exchange(request, {"pg": real}, ours, "different"))
    return found.name if found else ""


def test_every_decision_stands_in_the_documents_and_there_are_not_too_many() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows[2:] == [entry.name for entry in DECISIONS]
    assert len(DECISIONS) <= MOST


@pytest.mark.parametrize(
    ("real", "ours"),
    [
        (error(500, "Cannot read properties of null (reading 'x')"), {"data": []}),
        (error(500, "Cannot read properties of null (reading 'x')"), error(400, "Bad", "INVALID_QUERY")),
        ({"data": []}, error(500, "x is not a function")),
        ({"data": [{"count": {"released": True}}]}, error(403, "No", "FORBIDDEN")),
        (error(400, "Too large", "VALUE_OUT_OF_RANGE"), error(500, "Too large", "VALUE_OUT_OF_RANGE")),
        (error(404, "None", "ROUTE_NOT_FOUND"), error(400, "Bad", "INVALID_QUERY")),
    ],
    ids=range(6),
)
def test_no_decision_explains_a_status_of_another_class_or_a_missing_route(real: Json, ours: Json) -> None:
    assert named(real, ours) == ""


def test_a_count_that_was_cast_is_explained_and_all_other_data_is_not() -> None:
    real: Json = {"data": [{"count": {"released": "1970-01-01", "id": 3}, "sku": "a"}]}
    assert named(real, {"data": [{"count": {"released": "22", "id": "3"}, "sku": "a"}]}) == "Counts are numbers"
    assert named(real, {"data": [{"count": {"released": "22", "id": "4"}, "sku": "a"}]}) == ""
    assert named(real, {"data": [{"count": {"released": "22", "id": "3"}, "sku": "b"}]}) == ""
    assert named({"data": [{"count": {"id": 3}}]}, {"data": [{"count": {"id": 4}}]}) == ""
    one: Json = {"data": {"count": {"released": False, "id": 1}}}
    assert named(one, {"data": {"count": {"released": "0", "id": "1"}}}) == "Counts are numbers"
    assert named(one, {"data": {"count": {"released": "0", "id": "2"}}}) == ""


def test_a_fault_of_javascript_is_explained_and_other_errors_of_a_server_are_not() -> None:
    fault = error(500, "Cannot read properties of undefined (reading 'type')")
    assert named(fault, error(500, "There is no such list")) == "Faults of JavaScript in our own words"
    assert named(error(500, "invalid input syntax"), error(500, "There is no such list")) == ""


def test_an_overflow_may_be_blamed_on_another_field() -> None:
    real = error(400, 'Value for field "body" is out of range.', "VALUE_OUT_OF_RANGE")
    ours = error(400, 'Value for field "price" is out of range.', "VALUE_OUT_OF_RANGE")
    assert named(real, ours) == "An overflow is blamed on its own field"
    assert named(real, error(400, "Too long", "VALUE_TOO_LONG")) == ""
    long = error(400, 'Value "a" for field "body" is too long.', "VALUE_TOO_LONG")
    assert (
        named(long, error(400, 'Value "xx" for field "name" is too long.', "VALUE_TOO_LONG"))
        == "An overflow is blamed on its own field"
    )


def test_a_list_in_the_place_of_a_query_is_refused_as_such() -> None:
    real, ours = error(400, "The filter value", "INVALID_QUERY"), error(400, "No object", "INVALID_PAYLOAD")
    asked = Request("SEARCH", "/items/products", body={"query": []})
    assert named(real, ours, asked) == "A list is no query"
    assert named(real, ours, Request("SEARCH", "/items/products", body={"query": {}})) == ""


def test_an_order_by_objects_is_explained_where_the_rows_are_the_same() -> None:
    query = {"fields": ["id", "labels.labels_id.*"], "deep": {"labels": {"_sort": ["-labels_id"]}}}
    request = Request("SEARCH", "/items/articles", body={"query": query})
    real: Json = {"data": [{"id": 1, "labels": [{"labels_id": {"id": 1}}, {"labels_id": {"id": 2}}]}]}
    ours: Json = {"data": [{"id": 1, "labels": [{"labels_id": {"id": 2}}, {"labels_id": {"id": 1}}]}]}
    other: Json = {"data": [{"id": 1, "labels": [{"labels_id": {"id": 3}}, {"labels_id": {"id": 1}}]}]}
    name = "Related items in the order that was asked for"
    assert named(real, ours, request) == name
    assert named(real, other, request) == ""
    plain = Request("SEARCH", "/items/articles", body={"query": {**query, "fields": ["id", "labels.labels_id"]}})
    assert named(real, ours, plain) == ""


def test_what_a_payload_inherits_is_explained_where_it_was_left_out_and_only_there() -> None:
    where = {"collection": "articles", "field": "title"}
    real: Json = {"error": {"status": 400, "code": "NOT_NULL_VIOLATION", "message": "", "extensions": where}}
    missing: Json = {"field": "title", "path": [], "type": "required"}
    ours: Json = {"error": {"status": 400, "code": "FAILED_VALIDATION", "message": "", "extensions": missing}}
    name, path = "What JavaScript inherits is no payload", "/items/articles"
    for request in (
        Request("POST", path, text='{"__proto__" : {"title":"P"}}'),
        Request("POST", path, body={"__proto__": {"title": "P"}}),
    ):
        assert named(real, ours, request) == name
    assert named(real, ours, Request("POST", path, body={"title": None})) == ""
    assert named(real, ours, Request("POST", path, body={"__proto__": {"slug": "P"}})) == ""
    inherited = Request("POST", path, body={"__proto__": {"title": "P"}})
    other: Json = {
        "error": {"status": 400, "code": "FAILED_VALIDATION", "message": "", "extensions": {**missing, "field": "slug"}}
    }
    assert named(real, other, inherited) == ""
    assert named(real, {"data": {"id": 1}}, inherited) == ""
