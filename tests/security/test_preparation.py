"""What an attack wants to be there before it begins, and to happen afterwards, is made in every form in which it may say so."""

from __future__ import annotations

import pytest

from tests.security.corpus import CorpusError
from tests.security.judging import CALLS, ENDPOINT, OPTIONAL, PUBLIC, found
from tests.security.world import World


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("OPTIONS", 200), ("PROPFIND", 404), ("POST", 404)]
)  # fmt: skip
@pytest.mark.parametrize("place", ["", " over box.serve"])
def test_a_request_of_any_method_gets_its_answer(world: World, method: str, status: int, place: str) -> None:
    must: dict[str, object] = {"endpoint_status_in": status}
    assert found(world, ENDPOINT, must, setup={"trigger": f"{method} /x{place}"}) == []


@pytest.mark.parametrize("collection", ["users", "big", "secrets", "articles"])
def test_an_event_writes_what_the_collection_takes(world: World, collection: str) -> None:
    setup = {"trigger": f"create {collection} x3"}
    assert found(world, "1", {"operation_error": False, "store_unchanged": False}, setup=setup) == []
    assert found(world, "1", {"operation_error": True}, setup={"trigger": f"update {collection}"}) == [
        "operation_error"
    ]


def test_an_event_of_no_collection_fails_as_an_operation_does(world: World) -> None:
    assert found(world, "1", {"operation_error": True}, setup={"trigger": "create nothing"}) == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"permissions": OPTIONAL}, []),
        (OPTIONAL, []),
        (True, []),
        ({"permissions": [{"permission": "request", "allowedUrls": ["https://other.example/*"]}]}, ["refused"]),
    ],
)
def test_what_was_granted_before_may_be_a_whole_manifest(world: World, given: object, wrong: list[str]) -> None:
    code = "await exec('request', 'https://api.example.com/x')"
    assert found(world, code, {"refused": False}, manifest=OPTIONAL, setup={"granted_before": given}) == wrong


def test_permissions_that_another_extension_had_may_be_one(world: World) -> None:
    setup = {"trusted_extension_granted": "request"}
    assert found(world, CALLS, {"refused": True, "prompt_again": True}, manifest=OPTIONAL, setup=setup) == []


def test_rows_of_every_collection_can_be_there(world: World) -> None:
    rows = {"secrets": 2, "users": 2, "articles": 2, "big": 2}
    assert found(world, "1", {"store_unchanged": True}, setup={"rows": rows}) == []


@pytest.mark.parametrize("rows", [{"nothing": 2}, {"users": "many"}, 5])
def test_rows_that_cannot_be_made_are_an_error(world: World, rows: object) -> None:
    with pytest.raises(CorpusError, match="rows"):
        found(world, "1", {"host_alive": True}, setup={"rows": rows})


def test_code_with_an_import_is_repeated(world: World) -> None:
    code = "import { log } from 'directus:api';\nconst once = 'x';\nlog(once);"
    keys = {"manifest": [{"permission": "log"}], "setup": {"repeat_calls": 5}, "language": "js"}
    assert found(world, code, {"log_lines": 5}, **keys) == []
    assert found(world, code, {"log_lines": 4}, **keys) == ["log_lines"]
    with pytest.raises(CorpusError, match="repeat_calls"):
        found(world, "export default () => 1", {"log_lines": 5}, **keys)


def test_a_name_that_is_found_on_loopback_is_refused_though_the_manifest_names_it(world: World) -> None:
    manifest = [{"permission": "request", "allowedUrls": ["http://a.example.test:{CANARY_PORT}/*"]}]
    code = "await exec('request', 'http://a.example.test:{CANARY_PORT}/x')"
    for setup in ({"a.example.test": "127.0.0.1"}, "a.example.test resolves to 127.0.0.1"):
        must = {"refused": True, "canary_hits": 0, "error_matches": "denied IP"}
        assert found(world, code, must, manifest=manifest, setup={"resolver": setup}) == []


def test_words_that_are_carried_out_need_no_test_by_hand(world: World) -> None:
    must: dict[str, object] = {"second_extension_request_completes": True, "requests_seen": 0}
    assert found(world, "1", must, setup={"second_extension": "asks a healthy server"}) == []
    assert found(world, "1", must, setup={"second_extension": "dances"}) == ["words"]
    assert found(world, "1", {"host_alive": True}, setup={"also_check": "the moon"}) == ["words"]


def test_a_sandbox_that_is_to_close_in_time_is_open_while_it_is_looked_at(world: World) -> None:
    must = {"other_extension_unaffected": True, "channel_in_step": True}
    assert found(world, "1", must, setup={"close_within_s": 3}) == []
    assert found(world, "1", must, setup={"close_within_s": -1}) == ["closed_in_time"]


@pytest.mark.parametrize(
    "setup", [{"fixture": "store-v2"}, {"without": "the moon"}, {"deny": 5}, {"server_script": {"GET /x": {"delay_s": 5}}},
              {"repeat_calls": "often"}, {"resolver": "as usual"}]
)  # fmt: skip
def test_a_set_up_that_cannot_be_made_is_an_error(world: World, setup: dict[str, object]) -> None:
    with pytest.raises(CorpusError, match=next(iter(setup))):
        found(world, "1", {"host_alive": True}, setup=setup)


def test_a_manifest_may_be_whole(world: World) -> None:
    code = "await exec('request', 'https://api.example.com/x')"
    assert found(world, code, {"refused": False}, manifest={"permissions": PUBLIC}) == []
    assert found(world, code, {"refused": True}, manifest={"request": True}) == []


def test_cells_in_the_background_may_be_one(world: World) -> None:
    keys = {"setup": {"background": "await exec('log', 'beside')"}, "manifest": [{"permission": "log"}]}
    assert found(world, "1", {"log_lines": 1}, **keys) == []
    assert found(world, "1", {"log_lines": 0}, **keys) == ["log_lines"]
    fails = {"setup": {"background": ["1", "1 / 0"]}}
    assert found(world, "1", {"error_type": "ZeroDivisionError", "error_matches": "division"}, **fails) == []


def test_a_language_has_its_whole_name_as_well(world: World) -> None:
    assert found(world, "typeof exec", {"value_equals": "function"}, language="javascript") == []
    assert found(world, "const a: number = 1; a", {"value_equals": 1}, language="typescript") == []
