"""The runner of the recorded answers: it overlooks nothing. ``python -m tests.conformance`` runs the recordings themselves."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.conformance import __main__ as runner
from tests.conformance import projects, read, sandboxed_hooks, sequences
from tests.conformance.cases import DEFAULT, FILES, UnknownKeyError, cases
from tests.conformance.report import Report
from tests.conformance.sandboxed_hooks import check_control
from tests.conformance.sides import CHOICES, ENGINE, EXCEPTIONS
from tests.conformance.stage import Stage


def test_a_case_that_says_more_is_refused(tmp_path: Path) -> None:
    case = json.loads((DEFAULT / FILES["read"]).read_text("utf-8").splitlines()[0])
    (tmp_path / FILES["read"]).write_text(json.dumps({**case, "zone": "UTC"}), "utf-8")
    with pytest.raises(UnknownKeyError, match=r"cases_read\.jsonl:1 has the unknown key 'zone'"):
        list(cases(tmp_path, "read"))


@pytest.mark.parametrize(
    "control",
    [{"filter:items.crate": {"kind": "null"}}, {"filter:items.create": {"kind": "nul"}}, {"wide": True},
     {"filter:items.create": {"kind": "null", "when": "odd"}}],
)  # fmt: skip
def test_a_listener_that_is_to_do_something_else_is_refused(control: dict[str, object]) -> None:
    with pytest.raises(UnknownKeyError, match="hook-1 controls"):
        check_control(control, "hook-1")


def test_a_wrong_answer_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "project").symlink_to(DEFAULT / "project")
    case = json.loads((DEFAULT / FILES["read"]).read_text("utf-8").splitlines()[0])
    wrong = {**case, "agree": True, "expect": {"data": []}}
    wrong = {key: value for key, value in wrong.items() if key not in {"expect_pg", "expect_sqlite", "diff"}}
    (tmp_path / FILES["read"]).write_text(json.dumps(wrong), "utf-8")
    out = tmp_path / "out.json"
    assert runner.main([str(tmp_path), "--only", "read", "--json", str(out)]) == 1
    assert json.loads(out.read_text("utf-8")) == {
        "totals": {"read": {"agree": {"passed": 0, "total": 1}, "differ": {"passed": 0, "total": 0}}},
        "failed": [case["id"]],
    }
    assert case["id"] in capsys.readouterr().out


def test_an_error_that_nobody_waited_for_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def task() -> None:
        raise RuntimeError("lost")

    async def part(*_: object) -> None:
        lost = asyncio.create_task(task())
        await asyncio.wait({lost})

    monkeypatch.setattr(runner, "PARTS", {"read": part})
    assert runner.main(["--only", "read"]) == 1
    assert "RuntimeError: lost" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["read", "write", "hooks", "sandbox", "project"])
def test_a_case_that_breaks_something_inside_has_failed_and_the_next_one_is_played(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").symlink_to(DEFAULT / "project")
    folder = projects.folders(DEFAULT)[0] if part == "project" else DEFAULT
    text = "\n".join((folder / FILES[part]).read_text("utf-8").splitlines()[:2])
    place = tmp_path / "projects" / folder.name if part == "project" else tmp_path
    if part == "project":
        shutil.copytree(folder, place)
    (place / FILES[part]).write_text(text, "utf-8")

    def broken(*_: object, **__: object) -> None:
        raise AssertionError("something inside")

    module, name = BROKEN[part]
    monkeypatch.setattr(module, name, broken)
    report = runner.run(tmp_path, [part])
    assert (sum(report.total.values()), sum(report.passed.values())) == (2, 0)
    assert {said.rpartition("broke with ")[2] for said in report.failed.values()} == {
        "AssertionError: something inside"
    }


BROKEN: Final = {
    "read": (read, "_send"), "write": (sequences, "send"), "project": (sequences, "send"), "hooks": (sandboxed_hooks, "play_step"),
    "sandbox": (Stage, "check_registering"),
}  # fmt: skip
"""What is broken for the cases of each part."""


def test_a_case_may_only_fail_if_it_is_an_exception(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(name: str) -> Report:
        report = Report()
        for number in range(runner.FEWEST + 1):
            report.add("read", {"id": f"fine-{number}", "category": "c"}, [], "")
        report.add("read", {"id": name, "category": "c", "agree": False}, [], "another answer")
        return report

    monkeypatch.setattr(runner, "run", lambda *_: failing("other"))
    assert runner.main(["--only", "read"]) == 1
    assert "other fails and is not one of the exceptions" in capsys.readouterr().out
    monkeypatch.setattr(runner, "run", lambda *_: failing(next(iter(EXCEPTIONS))))
    assert runner.main(["--only", "read"]) == 0


def test_recordings_that_are_missing_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "run", lambda *_: Report())
    assert runner.main(["--only", "read"]) == 1


def test_an_unknown_part_is_a_usage_error() -> None:
    with pytest.raises(SystemExit):
        runner.main(["--only", "reads"])


def test_what_the_engine_says_otherwise_is_little_and_has_reasons() -> None:
    assert len(ENGINE) <= 10
    assert all(reason for reason in ENGINE.values())


def test_every_choice_of_a_side_has_a_reason() -> None:
    assert all(choice.side in {"pg", "sqlite", "neither"} and choice.reason for choice in CHOICES)
