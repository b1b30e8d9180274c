from __future__ import annotations

import asyncio
from typing import Final

from scopebox.server.routes.route import AT_ONCE
from scopebox.store.access import Access
from scopebox.store.store import Store

from tests.conformance.sequences import client_for
from tests.growth import quick
from tests.unit.server.test_items_api import call, message

HEADERS: Final = {"authorization": "Bearer t"}

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


def with_presets(store: Store, presets: object, policies: int = 1) -> None:
    rule = {"collection": "a", "action": "create", "fields": ["*"], "presets": presets}
    more: dict[str, object] = {f"p{at}": {} for at in range(1, policies)}
    document = {
        "policies": {"p0": {"permissions": [rule]}, **more},
        "roles": {"r": {"policies": ["p0", *more]}},
        "users": {"u": {"role": "r", "token": "t"}},
    }
    store.access = Access.read(document)


def test_others_have_their_turn_while_many_presets_are_resolved() -> None:
    async def turns(store: Store) -> int:
        async with client_for(store) as client:
            asking, found = asyncio.ensure_future(client.get("/permissions/me", headers=HEADERS)), 0
            while not asking.done():
                found += 1
                await asyncio.sleep(0)
            assert len((await asking).json()["data"]["a"]["create"]["presets"]["at"]) == MANY
            return found

    with Store() as store:
        with_presets(store, {"at": [f"$NOW(-{at} days)" for at in range(MANY)]})
        assert asyncio.run(turns(store)) >= MANY // AT_ONCE


def test_variables_that_stand_for_many_values_are_refused_beyond_as_many_as_a_body_may_have() -> None:
    with Store() as store:
        with_presets(store, {"of": ["$CURRENT_POLICIES"] * 1_000}, policies=200)
        assert call(store, "GET", "/permissions/me", headers=HEADERS).status_code == 200
        with_presets(store, {"of": ["$CURRENT_POLICIES"] * 1_001}, policies=200)
        refused = call(store, "GET", "/permissions/me", headers=HEADERS)
    assert (refused.status_code, message(refused)) == (
        400,
        "Invalid query. The presets of the rules have more than 200,000 values: give them fewer.",
    )
