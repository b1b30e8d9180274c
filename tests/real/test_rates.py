"""Runs are read as they were recorded, and counted by area."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.real.__main__ import main

STEP = {"method": "GET", "path": "/items/products", "query": "limit=1"}


def case(area: str, verdict: str, real: object, ours: object) -> str:
    answer = {"verdict": verdict, "why": "", "pg": real, "ours": ours}
    return json.dumps({"area": area, "role": "admin", "steps": [STEP], "answers": [answer]})


@pytest.fixture
def rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    counts = {"data": [{"count": {"released": True}}]}
    lines = [
        *[case("filter", "equal", {"data": []}, {"data": []})] * 96,
        case("filter", "different", {"data": [1]}, {"data": [2]}),
        case("filter", "different", counts, {"data": [{"count": {"released": "3"}}]}),
        case("write", "different", {"data": [{"id": "<uuid>", "n": 1}, {"id": "<uuid>", "n": 2}]},
             {"data": [{"n": 2, "id": "<uuid>"}, {"n": 1, "id": "<uuid>"}]}),
        case("write", "number_form", {"data": [1]}, {"data": ["1"]}),
        case("write", "real_died", {"status": 0}, {"data": ["1"]}),
    ]  # fmt: skip
    (tmp_path / "cases-1.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    assert main([str(tmp_path), "--left"]) == 0
    printed = capsys.readouterr().out
    assert "[1]" in printed
    assert '"released": "3"' not in printed
    found = [line.strip("| ").split(" | ") for line in printed.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in found}


def test_both_rates_are_printed_by_area(rows: dict[str, list[str]]) -> None:
    assert rows["filter"] == ["98", "2", "2.04 %", "1", "1", "1.02 %"]
    assert rows["all"] == ["100", "2", "2.00 %", "1", "1", "1.00 %"]
    assert rows["Counts are numbers"] == ["1"]


def test_made_up_keys_have_no_order_and_what_ended_the_real_one_is_not_compared(rows: dict[str, list[str]]) -> None:
    assert rows["write"] == ["2", "0", "0.00 %", "0", "0", "0.00 %"]


def test_decisions_that_explain_too_much_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = case("aggregate", "different", {"data": [{"count": {"x": True}}]}, {"data": [{"count": {"x": "3"}}]})
    (tmp_path / "cases-1.jsonl").write_text(counts + "\n", "utf-8")
    assert main([str(tmp_path)]) == 1
    assert "more than 1.50 %" in capsys.readouterr().out
