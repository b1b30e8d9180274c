"""What to try next: below an answer that is an error, and an event that did nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from scopebox.notebook.next_steps import MAX_LOST, after_answer, after_event, after_filter
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.access import Access

EXTENSION = """
await exec("register-endpoint", {"method": "GET", "path": "/hello", "handler": lambda request: None})
await exec("register-endpoint", {"method": "POST", "path": "/things", "handler": lambda request: None})
await exec("register-filter", {"event": "articles.items.create", "handler": lambda payload: payload})
await exec("register-action", {"event": "things.done", "handler": lambda meta: None})
"""


@pytest.fixture
def loaded(box: Sandbox) -> Sandbox:
    box.load(EXTENSION, name="hello")
    return box


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/hello", "An endpoint stands below the name of its extension: %sandbox request GET /hello/hello"),
        ("POST", "/things", "An endpoint stands below the name of its extension: %sandbox request POST /hello/things"),
        ("GET", "/hello/things", "This path answers to POST: %sandbox request POST /hello/things"),
        ("GET", "/hello/helo", "An endpoint stands below the name of its extension: %sandbox request GET /hello/hello"),
        ("GET", "/zzzzzzzzzzzzzzzz", "There are GET /hello/hello and POST /hello/things."),
        ("GET", "/items/none", ""),
        ("GET", "/", "There are GET /hello/hello and POST /hello/things."),
    ],
)
def test_a_path_that_none_has_leads_to_the_one_that_was_meant(
    loaded: Sandbox, method: str, path: str, expected: str
) -> None:
    assert after_answer(loaded, method, path, 404, signed_in=True) == expected


def test_without_endpoints_the_cell_has_to_run_first(box: Sandbox) -> None:
    said = after_answer(box, "GET", "/hello/hello", 404, signed_in=True)
    assert said == "No endpoint is registered: the cell of the extension has to run without an error first."


def test_who_is_not_signed_in_is_told_with_which_roles_that_goes(box: Sandbox) -> None:
    said = after_answer(box, "GET", "/items/articles", 403, signed_in=False)
    assert said.startswith("Nobody is signed in. Add --as ROLE, one of ")
    assert "editor" in said
    assert after_answer(box, "GET", "/items/articles", 401, signed_in=True).startswith("Nobody has that token.")
    assert not [user.token for user in box.store.access.users.values() if user.token and user.token in said]


def test_without_tokens_it_says_where_they_come_from() -> None:
    nobody = cast("Sandbox", SimpleNamespace(store=SimpleNamespace(access=Access())))
    said = after_answer(nobody, "GET", "/items/a", 403, signed_in=False)
    assert said == "Nobody is signed in. No user has a token: access.json gives them."


@pytest.mark.parametrize("status", [200, 204, 400, 403, 500])
def test_where_the_answer_says_it_all_nothing_is_added(loaded: Sandbox, status: int) -> None:
    assert after_answer(loaded, "GET", "/items/articles", status, signed_in=True) == ""


@pytest.mark.parametrize(
    ("kind", "event", "collection", "expected"),
    [
        ("filter", "articles.items.create", None, ""),
        ("filter", "items.create", "articles", ""),
        ("filter", "items.create", None, 'No filter listens to "items.create" alone: add --collection NAME, or emit articles.items.create.'),
        ("filter", "articles.item.create", None, 'No filter listens to "articles.item.create"; one listens to "articles.items.create".'),
        ("filter", "items.create", "articels", 'No filter listens to "articels.items.create"; one listens to "articles.items.create".'),
        ("action", "zzzz", None, 'No action listens to "zzzz"; they listen to things.done.'),
    ],
)  # fmt: skip
def test_an_event_that_nobody_heard_leads_to_those_that_are_heard(
    loaded: Sandbox, kind: str, event: str, collection: str | None, expected: str
) -> None:
    meta = {} if collection is None else {"collection": collection}
    assert after_event(loaded, kind, event, meta) == expected  # type: ignore[arg-type]


def test_where_nothing_is_registered_it_says_so(box: Sandbox) -> None:
    assert (
        after_event(box, "filter", "items.create", {})
        == 'No filter listens to "items.create"; none is registered: the cell of the extension has to run without an error first.'
    )


@pytest.mark.parametrize(
    ("payload", "result", "expected"),
    [
        ({"a": 1}, {"a": 1}, "Nothing was changed"),
        (None, None, "Nothing was changed"),
        ({"a": 1, "b": 2}, {"b": 3}, "a got lost: a filter returns the whole payload"),
        ({"a": 1}, {"a": 2}, ""),
        ({"a": 1}, {"a": 1, "b": 2}, ""),
        ({"a": 1}, [1], ""),
        ([1], {"a": 1}, ""),
    ],
)
def test_what_a_filter_did_to_the_payload_is_judged(payload: object, result: object, expected: str) -> None:
    said = after_filter(payload, result)
    assert said.startswith(expected)
    assert bool(said) == bool(expected)


def test_of_many_lost_fields_some_are_named() -> None:
    assert after_filter({f"field{at}": at for at in range(50)}, {}).count("field") == MAX_LOST
