"""The benchmarks compare fairly, print what they found, and every row of them runs. Nothing here depends on speed."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks import __main__ as command
from benchmarks import bare, boxes, machine, measure, table
from benchmarks.measure import WARM_UP, Medians, Pair, Row, Size, Stage, Target, compare, reported, timed

T = TypeVar("T")
TINY = Size(rounds=1, items=30, repeat=2, isolates=2)


class FakeClock:
    """A clock that goes on only when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds


def steady(seconds: float) -> Callable[[Stage], Pair]:
    return lambda _: Pair(reported(lambda: seconds), reported(lambda: 1.0))


def row(name: str, start: Callable[[Stage], Pair] | None = None, target: Target | None = None) -> Row:
    return Row(name, f"the {name}", "a reference", start or steady(2.0), target)


def noting(seen: list[T], value: Callable[[], T]) -> Callable[[], float]:
    """A side that costs nothing and notes something."""

    def side() -> float:
        seen.append(value())
        return 0.0

    return side


class TestComparing:
    def test_the_figure_of_a_side_is_the_median_of_its_rounds(self) -> None:
        rounds = iter([9.0] * WARM_UP + [1.0, 50.0, 2.0])
        pair = Pair(reported(lambda: next(rounds)), reported(lambda: 4.0))
        assert compare(pair, 3) == Medians(2.0, 4.0)

    def test_the_sides_take_turns_and_change_who_is_first(self) -> None:
        order: list[str] = []

        compare(Pair(reported(noting(order, lambda: "ours")), reported(noting(order, lambda: "theirs"))), 2)
        assert order == ["ours", "theirs", "theirs", "ours"] * 2

    def test_only_the_work_itself_is_timed_and_shared_among_its_parts(self) -> None:
        clock = FakeClock()
        side = timed(lambda: clock.work(6), per=3, before=lambda: clock.work(100), after=lambda: clock.work(100))
        assert side(clock) == 2

    def test_garbage_is_not_collected_during_a_round(self) -> None:
        seen: list[bool] = []
        watch = reported(noting(seen, gc.isenabled))
        compare(Pair(watch, watch), 1)
        assert not any(seen)
        assert gc.isenabled()


class TestTargets:
    @pytest.mark.parametrize(
        ("target", "met"),
        [
            (Target("ratio", 2), True),
            (Target("ratio", 1.9), False),
            (Target("value", 4), True),
            (Target("value", 3), False),
            (Target("difference", 2), True),
            (Target("difference", 1), False),
            (Target("share", 2), True),
            (Target("share", 2.1), False),
            (Target("faster", 0.5), True),
            (Target("faster", 0.6), False),
        ],
    )
    def test_a_target_is_about_the_ratio_the_value_or_the_difference(self, target: Target, met: bool) -> None:
        assert target.met(4, 2) is met

    def test_a_ratio_to_nothing_is_never_met(self) -> None:
        assert not Target("ratio", 100).met(1, 0)


class TestStage:
    def test_what_rows_share_is_made_once_and_closed_at_the_end(self) -> None:
        events: list[str] = []

        @contextmanager
        def thing() -> Iterator[str]:
            events.append("opened")
            yield "thing"
            events.append("closed")

        def make(stage: Stage) -> str:
            return stage.enter(thing())

        stage = Stage(TINY)
        assert stage.shared(make) is stage.shared(make)
        assert events == ["opened"]
        stage.close()
        assert events == ["opened", "closed"]


class TestTable:
    OUTCOMES = (
        table.Outcome(row("fast", target=Target("ratio", 3)), Medians(0.002, 0.001)),
        table.Outcome(row("slow", target=Target("value", 0.001)), Medians(0.25, 0.000_05)),
        table.Outcome(row("broken", target=Target("difference", 0.005)), None, "it | broke"),
        table.Outcome(row("free"), Medians(1.5, 3.0)),
        table.Outcome(row("quick", target=Target("faster", 1.5)), Medians(0.001, 0.002)),
        table.Outcome(replace(row("busy", target=Target("share", 0.7)), unit="/s"), Medians(2_000, 4_000)),
    )

    def test_a_line_says_what_against_what_and_whether_it_is_good_enough(self) -> None:
        assert [table.cells(outcome) for outcome in self.OUTCOMES] == [
            ("the fast", "2 ms", "a reference", "1 ms", "2.00x", "at most 3x", "yes"),
            ("the slow", "250 ms", "a reference", "50 µs", "5000.00x", "at most 1 ms", "no"),
            ("the broken", "failed: it / broke", "a reference", "", "", "at most 5 ms more", "no"),
            ("the free", "1.5 s", "a reference", "3 s", "0.50x", "", ""),
            ("the quick", "1 ms", "a reference", "2 ms", "2.00x faster", "at least 1.5x faster", "yes"),
            ("the busy", "2,000 a second", "a reference", "4,000 a second", "0.50x", "at least 0.7x", "no"),
        ]

    def test_markdown_has_as_many_columns_in_every_line(self) -> None:
        assert {line.count("|") for line in table.markdown(table.lines(self.OUTCOMES)).splitlines()} == {
            len(table.HEAD) + 1
        }

    def test_text_stands_in_columns(self) -> None:
        lines = table.text(table.lines(self.OUTCOMES)).splitlines()
        assert len({line.index(word) for line, word in zip(lines[2:], ["a ref"] * 6, strict=True)}) == 1

    def test_data_are_plain_json(self) -> None:
        found = json.loads(json.dumps(table.data(self.OUTCOMES)))
        assert [entry["met"] for entry in found] == [True, False, False, None, True, False]
        assert found[0]["ratio"] == 2

    def test_memory_is_written_in_megabytes(self) -> None:
        assert table.amount(1.754, "MB") == "1.75 MB"


class TestCommand:
    def test_rows_are_chosen_by_name_area_or_pattern(self) -> None:
        assert [entry.name for entry in command.chosen(command.ROWS, "forks")] == ["forks.store"]
        assert [entry.name for entry in command.chosen(command.ROWS, "hooks.filter,forks.s*")] == [
            "forks.store",
            "hooks.filter",
        ]

    def test_a_row_that_does_not_exist_is_an_error_that_lists_those_that_do(self) -> None:
        with pytest.raises(SystemExit, match=r"nonsense.*hooks\.filter"):
            command.chosen(command.ROWS, "nonsense")

    def test_a_row_that_fails_is_reported_and_the_others_go_on(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        def broken(stage: Stage) -> Pair:
            raise RuntimeError("no such thing\nand more")

        monkeypatch.setattr(command, "ROWS", (row("a.broken", broken), row("a.good")))
        assert command.main(["--json", str(tmp_path / "out.json"), "--rounds", "1"]) == 1
        printed = capsys.readouterr().out
        assert "failed: no such thing " in printed
        assert "2 s" in printed
        assert len(json.loads((tmp_path / "out.json").read_text())["rows"]) == 2

    def test_the_machine_is_described_in_words(self) -> None:
        assert "cores" in machine.describe()
        assert "DuckDB" in machine.describe()

    def test_row_names_are_unique_and_begin_with_their_area(self) -> None:
        names = [entry.name for entry in command.ROWS]
        assert len(set(names)) == len(names)
        assert all(entry.name.count(".") == 1 for entry in command.ROWS)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage(TINY)
    yield stage
    stage.close()


@pytest.mark.slow
@pytest.mark.parametrize("entry", command.ROWS, ids=lambda entry: entry.name)
def test_every_row_runs(entry: Row, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "WARM_UP", 1)  # twice shows that a row can be run again
    medians = compare(entry.start(stage), 1)
    if entry.unit == "s":
        assert medians.ours > 0
        assert medians.reference > 0


def test_both_sides_hold_the_same_items(stage: Stage) -> None:
    box, tables = stage.shared(boxes.full_box), stage.shared(bare.bare_tables)
    for name in ("things", "things_12", "things_0"):
        assert box.items(name).read({"limit": -1}) == json.loads(tables.page(name, 1_000, 1))
