"""The verdict on an attack is right in every form in which it may say what has to hold: it passes where it does, and only there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest

from tests.security import stage
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import CorpusError, read
from tests.security.evidence import Evidence
from tests.security.watch import watching
from tests.security.world import World

REQUEST = [{"permission": "request", "allowedUrls": ["{ALLOWED_URL}/*"], "methods": ["GET", "POST"]}]
PUBLIC = [{"permission": "request", "allowedUrls": ["https://api.example.com/*"], "methods": ["GET", "POST"]}]
OPTIONAL = [{**PUBLIC[0], "optional": True}]
WRITER = [{"permission": name, "role": "writer"} for name in ("read-items", "create-items")]
ENDPOINT = "await exec('register-endpoint', {'path': '/x', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': {'a': 1}}})"
CALLS = "await exec('request', '{CANARY_URL}/')"
PRINTS = "print('REACHED')"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A world as attacks meet it."""
    made = World()
    yield made
    made.close()


def found(world: World, code: str, must: Mapping[str, object], **keys: object) -> list[str]:
    """Return what is wrong with an attack."""
    entry = {"id": "a", "layer": "request", "manifest": [], "setup": {}, "code": code, "must": must, **keys}
    for evidence in stage.run(world, read(entry, CHECKS)):
        return list(verdict(evidence))
    raise AssertionError("the stage stayed empty")


CAUGHT = [
    "try { await exec('request', '{CANARY_URL}/'); console.log('REACHED') } catch (e) { e.message }",
    "try { await exec('request', '{CANARY_URL}/'); console.log('REACHED') } catch (e) { console.log(e.message) }",
    "try { await exec('request', '{CANARY_URL}/'); console.log('REACHED') } catch {}",
    "await exec('request', '{CANARY_URL}/').then(() => console.log('REACHED'), (e) => e.name)",
    "await exec('request', '{CANARY_URL}/').catch(() => 0)",
    "import { request, log } from 'directus:api';\ntry { await request('{CANARY_URL}/'); console.log('REACHED') } catch (e) { log(e.message) }",
    "await exec('register-operation', { id: 'op', handler: async () => { try { await exec('request', '{CANARY_URL}/') } catch {} } })",
    "await exec('register-operation', { id: 'op', handler: async () => { await exec('request', '{CANARY_URL}/') } })",
]


@pytest.mark.parametrize("code", CAUGHT)
def test_a_refusal_is_seen_however_it_is_caught(world: World, code: str) -> None:
    setup = {"trigger": "run op"} if "'op'" in code else {}
    assert found(world, code, {"refused": True, "canary_hits": 0}, setup=setup, language="js") == []
    assert found(world, code, {"refused": False}, setup=setup, language="js") == ["refused"]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("1", "js"),
        ("try { await exec('request', '{CANARY_URL}/') } catch {}\nconsole.log('REACHED')", "js"),
        ("try { await exec('request', '{CANARY_URL}/') } catch {}\n'REACHED'", "js"),
        ("try { console.log(1) } catch {}", "js"),
        (f"try:\n    {CALLS}\nexcept PermissionError:\n    {PRINTS}", "python"),
        ("try:\n    1\nexcept PermissionError:\n    pass", "python"),
    ],
)
def test_what_is_not_refused_or_went_through_all_the_same_is_noticed(world: World, code: str, language: str) -> None:
    assert found(world, code, {"refused": True}, language=language) == ["refused"]


def test_a_refusal_that_python_catches_is_one(world: World) -> None:
    code = f"try:\n    {CALLS}\n    {PRINTS}\nexcept PermissionError:\n    pass"
    assert (
        found(world, code, {"refused": True, "error_type": "PermissionError", "error_matches": "no permission"}) == []
    )
    assert found(world, code, {"error_type": "ValueError", "error_matches": "no memory"}) == [
        "error_type",
        "error_matches",
    ]


@pytest.mark.parametrize("catch", ["catch (e) { e.message }", "catch {}", "catch (err) { console.log(err.name) }"])
def test_the_kind_and_the_words_of_an_error_are_those_of_one_that_was_caught_too(world: World, catch: str) -> None:
    code = f"try {{ await exec('request', {{ toString: () => '{{CANARY_URL}}/' }}) }} {catch}"
    must: dict[str, object] = {"error_type": "TypeError", "error_matches": "string|function|data", "refused": True}
    assert found(world, code, must, language="js") == []
    assert found(world, code, {"error_type": "RangeError"}, language="js") == ["error_type"]
    assert found(world, code, {"error_matches": "^nothing$"}, language="js") == ["error_matches"]


@pytest.mark.parametrize("order", [1, -1])
def test_looking_for_what_was_caught_sends_and_logs_nothing_that_counts(world: World, order: int) -> None:
    code = "await exec('log', 'once'); try { await exec('request', '{ALLOWED_URL}/x'); throw new RangeError('own') } catch (e) { e.message }"
    must = {"error_type": "RangeError", "requests_seen": 1, "log_lines": 1, "log_equals": "once", "handlers_max": 0}
    manifest = [*REQUEST, {"permission": "log"}]
    assert found(world, code, dict(list(must.items())[::order]), manifest=manifest, language="js") == []


def test_an_error_that_can_be_caught_was_caught(world: World) -> None:
    must = {"guest_error_catchable": True}
    assert found(world, f"try:\n    {CALLS}\nexcept PermissionError:\n    pass", must) == []
    assert found(world, CALLS, must) == ["guest_error_catchable"]
    assert found(world, "1", must) == ["guest_error_catchable"]


def test_nothing_is_either_and_other_keys_decide(world: World) -> None:
    names = set(CHECKS) - {"value_equals", "value_after_trigger"}
    assert found(world, "1 / 0", dict.fromkeys(names)) == []
    assert found(world, "1", {"value_equals": None}) == ["value_equals"]
    assert found(world, "None", {"value_equals": None}) == []


def test_a_manifest_may_be_refused_where_a_refusal_is_either(world: World) -> None:
    manifest = [{"permission": "request", "allowedUrls": 5}]
    assert found(world, "1", {"refused": None}, manifest=manifest) == []
    assert found(world, "1", {"refused": False}, manifest=manifest) == ["refused", "guest_ran"]


@pytest.mark.parametrize(
    ("code", "must", "wrong"),
    [
        ("1", {"store_unchanged": False}, ["store_unchanged"]),
        ("await exec('create-items', 'articles', {'data': [{'title': 'x'}]})", {"store_unchanged": False}, []),
        (
            "await exec('create-items', 'articles', {'data': [{'title': 'x'}]})",
            {"store_unchanged": True},
            ["store_unchanged"],
        ),
        ("1", {"channel_in_step": False}, ["channel_in_step"]),  # which nobody knows what it says
    ],
)
def test_what_is_false_does_not_hold(world: World, code: str, must: dict[str, object], wrong: list[str]) -> None:
    assert found(world, code, must, manifest=WRITER) == wrong


SENT = "await exec('request', '%s', {'method': 'POST', 'headers': {'X-A': 'seen-alone'}, 'body': 'in the body'})"


@pytest.mark.parametrize(
    ("code", "manifest"),
    [(SENT % "https://api.example.com/x", PUBLIC), (SENT % "{ALLOWED_URL}/x", REQUEST)],
    ids=["public", "loopback"],
)
def test_requests_are_looked_at_wherever_they_arrived(world: World, code: str, manifest: list[object]) -> None:
    fine: dict[str, object] = {
        "methods_seen": "POST", "header_absent": ["cookie", "x-b"], "host_header_matches_url": True, "final_url_allowed": True,
        "not_in_request": ["CANARY", "elsewhere"], "requests_seen": 1, "requests_seen_max": 1,
    }  # fmt: skip
    assert found(world, code, fine, manifest=manifest) == []
    wrong: dict[str, object] = {
        "methods_seen": ["GET"], "header_absent": "X-A", "not_in_request": "in the body", "requests_seen": 0,
        "not_in_result": ["seen-alone"],
    }  # fmt: skip
    assert found(world, code, wrong, manifest=manifest) == list(wrong)


def test_a_host_header_that_is_another_is_noticed(world: World) -> None:
    for evidence in stage.run(world, read({"id": "a", "layer": "request", "code": SENT % "https://api.example.com/x",
                                           "manifest": PUBLIC, "must": {"host_header_matches_url": True}}, CHECKS)):  # fmt: skip
        evidence.elsewhere[0].headers["host"] = "other.example"  # type: ignore[index] # what an attack would have to achieve
        assert list(verdict(evidence)) == ["host_header_matches_url"]


@pytest.mark.parametrize(
    ("must", "wrong"),
    [
        ({"endpoint_status_in": 200, "endpoint_body_in": {"a": 1}, "endpoint_not_body": "b", "content_type_not": "html"}, []),
        ({"endpoint_status_in": [200, 404], "endpoint_body_in": ['{"a":1}', "b"]}, []),
        ({"endpoint_status_in": 404, "endpoint_body_in": "a", "endpoint_not_body": {"a": 1}},
         ["endpoint_status_in", "endpoint_body_in", "endpoint_not_body"]),
        ({"value_after_trigger": {"a": True}}, ["value_after_trigger"]),
    ],
)  # fmt: skip
def test_answers_are_one_or_several(world: World, must: dict[str, object], wrong: list[str]) -> None:
    assert found(world, ENDPOINT, must, setup={"trigger": "GET /x"}) == wrong


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


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("endpoint", "export default (router) => router.get('/', () => ({ status: 200, body: 'x' }))"),
        ("hook", "export default ({ filter }) => filter('items.create', (p) => p)"),
        ("operation", "export default { id: 'own', handler: () => 1 }"),
    ],
)
def test_later_calls_of_an_extension_with_a_default_export_are_in_step(world: World, kind: str, code: str) -> None:
    must = {"channel_in_step": True, "log_lines": 0}
    assert found(world, code, must, setup={"type": kind}, language="js") == []


def test_code_with_an_import_is_repeated(world: World) -> None:
    code = "import { log } from 'directus:api';\nconst once = 'x';\nlog(once);"
    keys = {"manifest": [{"permission": "log"}], "setup": {"repeat_calls": 5}, "language": "js"}
    assert found(world, code, {"log_lines": 5}, **keys) == []
    assert found(world, code, {"log_lines": 4}, **keys) == ["log_lines"]
    with pytest.raises(CorpusError, match="repeat_calls"):
        found(world, "export default () => 1", {"log_lines": 5}, **keys)


@pytest.mark.parametrize(
    ("title", "wrong"),
    [(r"'a\'b\n\u00e9\x41\u{1f600}\"'", []), ("`a'b`", []), ("'a' + 'b' + 1", ["values_stored_literally"])],
)
def test_a_text_of_javascript_is_stored_as_it_reads(world: World, title: str, wrong: list[str]) -> None:
    code = f"await exec('create-items', 'articles', {{ data: [{{ title: {title} }}] }})"
    assert found(world, code, {"values_stored_literally": True}, manifest=WRITER, language="js") == wrong


@pytest.mark.parametrize(
    ("must", "wrong"),
    [
        ({"text_not_contains": "b>", "html_not_contains": "<script"}, ["text_not_contains"]),
        ({"text_not_contains": "nowhere", "html_text_equals": "<b>x</b>", "html_matches": "&lt;b"}, []),
        (
            {"html_text_equals": ["<b>x</b>", "nowhere"], "html_matches": ["&lt;b", "nowhere"]},
            ["html_text_equals", "html_matches"],
        ),
    ],
)
def test_what_is_shown_is_asked_for_by_one_text_or_several(
    world: World, must: dict[str, object], wrong: list[str]
) -> None:
    assert found(world, "print('<b>x</b>')\n'<b>x</b>'", must) == wrong


@pytest.mark.parametrize("way", ["await exec('log', str(rows))", "print(rows)", "rows"])
def test_rows_count_however_they_came_out(world: World, way: str) -> None:
    code = f"rows = await exec('read-items', 'articles', {{'query': {{'limit': 3}}}})\n{way}"
    manifest = [{"permission": "read-items", "role": "reader"}, {"permission": "log"}]
    assert found(world, code, {"rows_all": {"status": "published"}, "rows_max": 3}, manifest=manifest) == []
    must: dict[str, object] = {"rows_all": {"status_column": "draft"}, "rows_max": 2}
    assert found(world, code, must, manifest=manifest) == list(must)


def test_a_guest_that_lives_and_the_next_spare_are_no_leak(world: World) -> None:
    assert found(world, "for i in range(50): await exec('sleep', 0)", {"host_fd_growth_max": 0}) == []


def test_a_descriptor_that_stays_open_is_one(world: World) -> None:
    with watching([world.pool], {"host_fd_growth_max"}) as watch:
        kept = os.open(os.devnull, os.O_RDONLY)
    os.close(kept)
    assert watch.descriptors == 1


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


def test_a_source_that_is_refused_as_a_whole_runs_no_line(world: World) -> None:
    for source in ("let let = 1", "import fs from 'fs';"):
        assert found(world, source, {"rejected_before_run": True}, language="js") == []
    late = "console.log(1); await import('fs')"
    assert found(world, late, {"rejected_before_run": True}, language="js") == ["rejected_before_run"]
    assert found(world, "throw new Error('ran')", {"rejected_before_run": True}, language="js") == [
        "rejected_before_run"
    ]


@pytest.mark.parametrize(
    "setup", [{"fixture": "store-v2"}, {"without": "the moon"}, {"deny": 5}, {"server_script": {"GET /x": {"delay_s": 5}}},
              {"repeat_calls": "often"}, {"resolver": "as usual"}]
)  # fmt: skip
def test_a_set_up_that_cannot_be_made_is_an_error(world: World, setup: dict[str, object]) -> None:
    with pytest.raises(CorpusError, match=next(iter(setup))):
        found(world, "1", {"host_alive": True}, setup=setup)


def test_what_has_to_hold_has_its_placeholders_filled_in(world: World) -> None:
    must: dict[str, object] = {"value_equals": ["{EXTENSION}", "{OTHER_OPERATION}", "{ALLOWED_URL}"]}
    assert found(world, "['{EXTENSION}', '{OTHER_OPERATION}', '{ALLOWED_URL}']", must) == []
    must = {"value_after_trigger": {"honest": 5}}
    assert found(world, "1", must, setup={"trigger": "run {OTHER_OPERATION} 5"}) == []


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


def test_true_is_not_one(world: World) -> None:
    assert found(world, "[1, {'a': True}]", {"value_equals": [1.0, {"a": True}]}) == []
    assert found(world, "[1, {'a': True}]", {"value_equals": [True, {"a": 1}]}) == ["value_equals"]


def test_evidence_of_what_was_sent_leaves_out_the_honest_extension(world: World) -> None:
    def sent(evidence: Evidence) -> list[str]:
        return [seen.path for seen in evidence.sent]

    entry = {"id": "a", "layer": "request", "code": "1", "setup": {"trigger": "other extension log and request"},
             "must": {"requests_seen": 0}}  # fmt: skip
    for evidence in stage.run(world, read(entry, CHECKS)):
        assert sent(evidence) == []
        assert world.allowed_server.seen
        assert verdict(evidence) == {}
