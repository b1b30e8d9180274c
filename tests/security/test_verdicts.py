"""The verdict on an attack is right in every form in which it may say what has to hold: it passes where it does, and only there."""

from __future__ import annotations

import os

import pytest

from tests.security import stage
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import read
from tests.security.evidence import Evidence
from tests.security.judging import CALLS, ENDPOINT, PRINTS, PUBLIC, REQUEST, WRITER, found
from tests.security.watch import watching
from tests.security.world import World

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


@pytest.mark.parametrize(
    "code",
    [
        "await exec('request', '{ALLOWED_URL}/a')",
        "try { await exec('request', '{ALLOWED_URL}/a') } catch (e) { e.message }",
    ],
)
def test_what_was_granted_is_not_refused(world: World, code: str) -> None:
    manifest = [{**REQUEST[0], "optional": True}]
    must: dict[str, object] = {"refused": True, "error_type": "Error", "error_matches": "permission"}
    setup = {"granted_before": True}
    assert found(world, code, must, manifest=manifest, language="js", setup=setup) == list(must)
    both: dict[str, object] = {"refused": True, "prompt_again": True}
    assert found(world, "1", both, manifest=manifest, setup=setup) == list(both)


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


def test_a_source_that_is_refused_as_a_whole_runs_no_line(world: World) -> None:
    for source in ("let let = 1", "import fs from 'fs';"):
        assert found(world, source, {"rejected_before_run": True}, language="js") == []
    late = "console.log(1); await import('fs')"
    assert found(world, late, {"rejected_before_run": True}, language="js") == ["rejected_before_run"]
    assert found(world, "throw new Error('ran')", {"rejected_before_run": True}, language="js") == [
        "rejected_before_run"
    ]


def test_what_has_to_hold_has_its_placeholders_filled_in(world: World) -> None:
    must: dict[str, object] = {"value_equals": ["{EXTENSION}", "{OTHER_OPERATION}", "{ALLOWED_URL}"]}
    assert found(world, "['{EXTENSION}', '{OTHER_OPERATION}', '{ALLOWED_URL}']", must) == []
    must = {"value_after_trigger": {"honest": 5}}
    assert found(world, "1", must, setup={"trigger": "run {OTHER_OPERATION} 5"}) == []


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
