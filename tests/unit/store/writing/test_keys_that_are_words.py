"""Keys that would be something else in a filter."""

from __future__ import annotations

import pytest
from scopebox import Sandbox, Store


@pytest.mark.parametrize("key", ["null", "true", "$NOW", "$CURRENT_USER", "plain"])
def test_a_list_is_replaced_whatever_the_key_of_its_item_says(key: str) -> None:
    store = Store()
    store.create_collection("products", {"sku": {"type": "string", "primary_key": True}})
    store.create_collection(
        "events",
        {"name": {"type": "string", "primary_key": True}, "product": {"references": "products", "one_field": "events"}},
    )
    with Sandbox(store) as box:
        products, events = box.items("products", None), box.items("events", None)
        products.create([{"sku": key, "events": [{"name": "first"}, {"name": "second"}]}])
        products.update(
            {"filter": {"sku": {"_eq": key}}} if key == "plain" else {}, {"events": [{"name": "third"}, "first"]}
        )
        assert products.read({"fields": ["events"], "sort": ["sku"]}) == [{"events": ["first", "third"]}]
        products.update({}, {"events": {"delete": ["first"]}})
        assert products.read({"fields": ["events"]}) == [{"events": ["third"]}]
        assert len(events.read()) == 3
