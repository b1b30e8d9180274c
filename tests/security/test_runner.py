"""The runner itself: it overlooks nothing, and it notices what succeeds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from scopebox.errors import IsolationError, ManifestError
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox

from tests.isolates import RAW_ENGINE
from tests.security import crew, servers, stage
from tests.security.__main__ import main
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import DOCUMENTED, FILES, JAVASCRIPT, SHORT, Attack, CorpusError, load, read
from tests.security.evidence import Evidence
from tests.security.steps import Step
from tests.security.watch import Watch
from tests.security.world import GUEST_ENGINE, LIMITS, World

ROOT = Path(__file__).parents[2]
FINE: dict[str, object] = {
    "id": "a", "layer": "language", "manifest": [], "code": "1", "setup": {}, "must": {"host_alive": True},
}  # fmt: skip


@pytest.fixture
def broken() -> Iterator[World]:
    """A world whose cells are plain Python, and whose guests may do what they like."""
    world = World()
    world.pool.close()
    world.raw_pool.close()
    world.pool = IsolatePool(LIMITS, engine=RAW_ENGINE)
    without = ["seccomp", "landlock", "rlimits", "dumpable"]
    world.raw_pool = IsolatePool(replace(LIMITS, isolation="language"), engine=str(GUEST_ENGINE), without=without)
    yield world
    world.close()


def _corpus() -> dict[str, Attack]:
    return {attack.id: attack for attack in load(FILES, CHECKS)}


@pytest.mark.parametrize(
    "change",
    [{"nope": 1}, {"setup": {"nope": 1}}, {"must": {"nope": 1}}, {"must": {}}, {"layer": "nope"}, {"language": "nope"}],
    ids=lambda change: "-".join(map(str, change)),
)
def test_what_nobody_knows_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(CorpusError):
        read({**FINE, **change}, CHECKS)


def test_a_file_that_cannot_be_run_is_told_by_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "attacks.jsonl"
    file.write_text(json.dumps({**FINE, "must": {"nope": True}}))
    assert main([str(file)]) == 2


# What the page about the corpus lists: attacks may use all of it, also where none of ours does.
VOCABULARY = [
    "not_in_result",
    "html_not_contains",
    "text_not_contains",
    "html_text_equals",
    "log_equals",
    "log_lines",
    "log_lines_equal",
    "rows_shown",
    "host_alive",
    "within_s",
    "guest_ended",
    "kernel_exit",
    "kernel_interrupted",
    "cell_error",
    "error_matches",
    "refused",
    "documented",
    "informational",
    "refused_or_rejected",
    "refused_or_anything",
    "rejected_before_run",
    "prompt_again",
    "grants_unchanged",
    "canary_hits",
    "requests_seen",
    "requests_seen_max",
    "header_absent",
    "methods_seen",
    "final_url_allowed",
    "host_header_matches_url",
    "max_requests",
    "store_unchanged",
    "rows_max",
    "rows_all",
    "count_equals",
    "values_stored_literally",
    "other_writer_completes",
    "endpoint_status_in",
    "endpoint_body_in",
    "trigger",
    "max_host_rss_mb",
    "max_output_bytes",
    "max_outstanding_calls",
    "no_new_processes",
    "host_fd_growth_max",
    "no_host_exception",
    "other_extension_unaffected",
    "channel_in_step",
    "second_extension_attribute_error",
    "second_extension_name_error",
    "second_extension_request_header_absent",
    "no_call_after_end",
    "html_matches",
    "error_type",
    "cell_error_each",
    "value_equals",
    "value_matches",
    "value_after_trigger",
    "collection_unchanged",
    "endpoint_status_after_rerun",
    "grant_not_inherited",
    "guest_error_catchable",
    "handlers_max",
    "max_guest_processes",
    "operation_error",
    "other_endpoint_not_forged",
    "refused_or_bounded",
    "second_extension_request_completes",
    "second_request_unaffected",
    "value_stored_literally",
]
PREPARATIONS = [
    "fixture",
    "server_script",
    "server",
    "server_answers_expr",
    "resolver",
    "secrets",
    "type",
    "second_extension",
    "second_extension_pending_endpoint",
    "trusted_extension_granted",
    "granted_before",
    "granted_before_for_other_code",
    "headless",
    "host_variable",
    "rows",
    "repeat_calls",
    "repeat_cells",
    "background",
    "name_repeat",
    "rerun_with_code",
    "manifest_text_expr",
    "without",
    "guest_seccomp_fails",
    "host_open_descriptors",
    "close_within_s",
    "also_check",
    "trigger",
    "trigger_expr",
]


def test_every_word_of_the_vocabulary_is_known() -> None:
    read({**FINE, "must": dict.fromkeys(VOCABULARY), "setup": dict.fromkeys(PREPARATIONS)}, CHECKS)
    read({**FINE, "language": "js", "type": "hook"}, CHECKS)


def test_attacks_in_javascript_and_typescript_are_a_layer_of_their_own() -> None:
    others = [attack for attack in _corpus().values() if attack.layer == JAVASCRIPT]
    assert {attack.language for attack in others} == {"js", "ts"}
    assert len(others) >= 97
    assert {attack.language for attack in _corpus().values() if attack.layer != JAVASCRIPT} == {"python"}


def test_a_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert all(file.is_file() for file in FILES)


@pytest.mark.parametrize(
    ("wrong", "late", "again"),
    [
        ({"within_s": "late"}, False, True),
        ({"within_s": "late", "memory": "much"}, True, False),
        ({"value_equals": "the value is None"}, True, True),
        ({"value_equals": "the value is None"}, False, False),
        ({"value_equals": "the value is None", "memory": "much"}, True, False),
    ],
)
def test_a_time_on_the_wall_is_measured_again_and_nothing_else_is(
    monkeypatch: pytest.MonkeyPatch, *, wrong: dict[str, str], late: bool, again: bool
) -> None:
    found: Iterator[dict[str, object]] = iter([{"wrong": wrong, "late": late}, {"wrong": {}}])

    def run(attacks: list[Attack], _processes: int) -> list[dict[str, object]]:
        return [{"id": attack.id, "layer": attack.layer, **next(found)} for attack in attacks]

    monkeypatch.setattr(crew, "run", run)
    one = load(SHORT, CHECKS)[0].id
    assert main(["--short", "--id", one]) == (0 if again else 1)


def test_the_short_form_has_one_of_each_kind_and_leaves_out_those_that_take_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = json.loads(FILES[-1].read_text("utf-8").splitlines()[0])["id"]
    assert set(SHORT) < set(FILES)
    assert main(["--short", "--id", long]) == 1
    assert capsys.readouterr().out.startswith("0 of 0 attacks")


def evidence(**changed: object) -> Evidence:
    """What an attack leaves behind that did no harm."""
    attack = read({**FINE, **changed.pop("attack", {})}, CHECKS)  # type: ignore[dict-item]
    found = Evidence(attack, cast("World", None), cast("Sandbox", None), {}, trivial=2)
    for name, value in changed.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"watch": Watch(memory=64.0)}, "memory"),
        ({"watch": Watch(step=Step(0.26, "a callback"))}, "longest_step"),
        ({"seconds": {"next_cell": 1.1}}, "next_cell"),
        ({"seconds": {"close": 3.1}, "attack": {"setup": {"close_within_s": 3}}}, "closed_in_time"),
        ({"seconds": {"second_extension": 2.1}}, "others"),
        ({"beside": ["it failed"]}, "others"),
        ({"error": IsolationError("too low")}, "guest_ran"),
        ({"rejected": True, "error": ManifestError("no")}, "guest_ran"),
        ({"rejected": True, "error": ManifestError("no"), "attack": {"layer": "manifest"}}, "guest_ran"),
        ({"rejected": True, "error": ManifestError("no"), "attack": {"layer": "widget"}}, "guest_ran"),
        ({"error": IsolationError("no"), "attack": {"must": {"cell_error": True}}}, "guest_ran"),
        ({"trivial": None}, "host_alive"),
        ({"attack": {"id": "x-y", "setup": {"also_check": "in words"}}}, "words"),
    ],
    ids=str,
)
def test_what_holds_in_every_attack_is_checked_in_every_attack(changed: dict[str, object], check: str) -> None:
    assert verdict(evidence()) == {}
    assert list(verdict(evidence(**changed))) == [check]


def test_an_attack_that_is_about_not_running_needs_no_guest() -> None:
    refused = evidence(rejected=True, error=ManifestError("no"), attack={"must": {"cell_error": True}})
    assert verdict(refused) == {}
    rejected = evidence(rejected=True, error=ManifestError("no"), attack={"must": {"rejected_before_run": True}})
    assert "guest_ran" not in verdict(rejected)
    closed = evidence(error=IsolationError("no"), rejected=True, attack={"setup": {"guest_seccomp_fails": True}})
    assert verdict(closed) == {}


def test_a_long_step_is_seen_wherever_it_runs() -> None:
    done = subprocess.run([sys.executable, "-c", LONG_STEPS], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split("\n")[:3] == ["a callback of the loop", "a task of pool_0", "the cell"]


LONG_STEPS = """
import asyncio, time
from concurrent.futures import ThreadPoolExecutor
from tests.security import steps

def work():
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass

steps.install()
async def main():
    asyncio.get_running_loop().call_soon(work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

def told():
    step = steps.take()
    assert step.seconds >= 0.05
    print(step.what.partition(":")[0])

asyncio.run(main())
told()
with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
    pool.submit(work).result()
told()
with steps.step("the cell"):
    work()
told()
"""


def test_every_answer_that_may_be_either_is_pinned_and_stands_in_the_document() -> None:
    pinned = json.loads(DOCUMENTED.read_text("utf-8"))
    assert {attack.id for attack in _corpus().values() if attack.must.get("documented")} == set(pinned)


@pytest.mark.parametrize(
    "name",
    [
        "lang-dunder-getattr-concat",
        "lang-bi-eval",
        "lang-exc-exceptstar",
        "conf-open-passwd",
        "conf-os-open-canary",
        "conf-fork",
        "conf-tcp-canary",
        "conf-truncate-canary",
    ],
)
def test_an_attack_on_a_broken_sandbox_succeeds_and_is_noticed(broken: World, name: str) -> None:
    for evidence in stage.run(broken, _corpus()[name]):
        assert verdict(evidence)


@pytest.mark.parametrize(
    ("code", "must"),
    [
        ("console.log('ESC' + 'APED')", {"not_in_result": ["ESCAPED"]}),
        ("exec('log', 'ESC' + 'APED'); 1", {"not_in_result": ["ESCAPED"]}),
        ("1", {"cell_error": True}),
        ("throw new TypeError('x')", {"error_type": "RangeError"}),
        ("2", {"value_equals": 1}),
    ],
)
@pytest.mark.parametrize("language", ["js", "ts"])
def test_an_attack_in_javascript_that_succeeds_is_noticed(
    world: World, code: str, must: dict[str, object], language: str
) -> None:
    attack = read({**FINE, "language": language, "code": code, "must": must}, CHECKS)
    for evidence in stage.run(world, attack):
        assert list(verdict(evidence)) == list(must)


def test_a_secret_that_the_trace_alone_keeps_is_noticed(world: World) -> None:
    attack = read(
        {
            **FINE,
            "layer": "request",
            "manifest": [{"permission": "request", "allowedUrls": ["{ALLOWED_URL}/*"]}],
            "code": "await exec('request', '{ALLOWED_URL}/a')",
            "setup": {
                "secrets": {"KEY": "12345678"},
                "server_script": {"GET /a": {"headers": {"X-Kept": "kept-alone"}}},
            },
            "must": {"not_in_result": ["kept-alone"], "not_kept": ["kept-alone"]},
        },
        CHECKS,
    )
    for evidence in stage.run(world, attack):
        assert list(verdict(evidence)) == ["not_kept"]


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ({"body": "\u00e9" * 3 * servers.PIECE}, "\u00e9".encode() * 3 * servers.PIECE),
        ({"body": "ab", "body_repeat": 2 * servers.PIECE}, b"ab" * 2 * servers.PIECE),
        ({"stream": "raw", "raw": "\xff" * 2 * servers.PIECE, "raw_repeat": 2}, b"\xff" * 4 * servers.PIECE),
    ],
)
def test_a_server_has_no_large_answer_in_memory_which_would_count_as_the_host_s(
    answer: dict[str, object], whole: bytes
) -> None:
    pieces = list(servers._answer(answer))
    assert max(map(len, pieces)) <= 2 * servers.PIECE
    head, _, body = b"".join(pieces).rpartition(b"\r\n\r\n")
    assert body == whole
    assert not head or f"Content-Length: {len(whole)}".encode() in head
