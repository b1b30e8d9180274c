"""The runner itself: it overlooks nothing, and it notices what succeeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scopebox.isolate.pool import IsolatePool

from tests.isolates import RAW_ENGINE
from tests.security import stage
from tests.security.__main__ import main
from tests.security.checks import CHECKS, verdict
from tests.security.checks_calls import DOCUMENTED
from tests.security.corpus import FILES, Attack, CorpusError, exceptions, load, read
from tests.security.world import GUEST_ENGINE, LIMITS, World

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
    [{"nope": 1}, {"setup": {"nope": 1}}, {"must": {"nope": 1}}, {"must": {}}, {"layer": "nope"}],
    ids=lambda change: "-".join(map(str, change)),
)
def test_what_nobody_knows_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(CorpusError):
        read({**FINE, **change}, CHECKS)


def test_a_file_that_cannot_be_run_is_told_by_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "attacks.jsonl"
    file.write_text(json.dumps({**FINE, "must": {"nope": True}}))
    assert main([str(file)]) == 2


def test_every_answer_that_may_be_either_is_pinned_and_stands_in_the_document() -> None:
    pinned = json.loads(DOCUMENTED.read_text("utf-8"))
    assert {attack.id for attack in _corpus().values() if attack.must.get("documented")} == set(pinned)


def test_exceptions_are_attacks_and_few() -> None:
    assert set(exceptions()) <= set(_corpus())
    assert len(exceptions()) <= 0.02 * len(_corpus())


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
