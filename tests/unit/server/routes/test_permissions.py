from __future__ import annotations

from typing import Final

from scopebox.store.access import Access
from scopebox.store.store import Store

from tests.growth import quick
from tests.unit.server.test_items_api import call

MANY: Final = 4_000  # rules of each policy, each for a field of its own


def test_many_rules_for_one_collection_are_quickly_added_up() -> None:
    policies = {
        f"p{number}": {
            "permissions": [
                {"collection": "a", "action": "read", "fields": [f"f{number}_{at}"], "presets": {f"f{at}": at}}
                for at in range(MANY)
            ]
        }
        for number in range(5)
    }
    document = {
        "policies": policies,
        "roles": {"r": {"policies": list(policies)}},
        "users": {"u": {"role": "r", "token": "t"}},
    }
    with Store() as store:
        store.access = Access.read(document)
        headers = {"authorization": "Bearer t"}
        assert quick(lambda: call(store, "GET", "/permissions/me", headers=headers))
        read = call(store, "GET", "/permissions/me", headers=headers).json()["data"]["a"]["read"]
    assert read["access"] == "full"
    assert (len(read["fields"]), read["fields"][0]) == (5 * MANY, "f0_0")
    assert len(read["presets"]) == MANY
