"""Events of the notebook: under which names they fire, and that handlers get copies."""

from __future__ import annotations

import pytest
from scopebox.sandbox.events import copied, copied_meta, event_names


@pytest.mark.parametrize(
    ("event", "meta", "names"),
    [
        ("items.create", {"collection": "articles"}, ("items.create", "articles.items.create")),
        ("items.create", None, ("items.create",)),
        ("items.create", {"collection": 5}, ("items.create",)),
        ("my.own", {"collection": "articles"}, ("my.own",)),
    ],
)
def test_an_event_of_items_also_fires_under_its_collection(
    event: str, meta: dict[str, object] | None, names: tuple[str, ...]
) -> None:
    assert event_names(event, meta) == names


def test_payloads_are_copies() -> None:
    data = {"a": [1]}
    assert copied(data) == data
    assert copied(data) is not data
    assert copied_meta(None) == {}


def test_what_is_not_json_data_cannot_be_a_payload() -> None:
    with pytest.raises(TypeError):
        copied(object())
