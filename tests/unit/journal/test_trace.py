"""Log and trace: bounded, numbered, exportable."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from scopebox.journal.log import MAX_LINE_CHARACTERS, MAX_LOG_BYTES, Log
from scopebox.journal.trace import MAX_ARGUMENTS_BYTES, Trace, summary


def test_records_are_numbered_from_one_and_the_oldest_go_first() -> None:
    log = Log(3)
    for index in range(5):
        log.write("info", "x", f"message {index}")
    assert [record.number for record in log] == [3, 4, 5]
    assert (log.dropped, log.last, len(log)) == (2, 5, 3)


def test_since_gives_the_newer_records_only() -> None:
    log = Log(10)
    for index in range(4):
        log.write("info", "x", str(index))
    assert [record.message for record in log.since(2)] == ["2", "3"]
    assert log.since(4) == []


def test_clearing_keeps_the_numbers_going() -> None:
    log = Log(10)
    log.write("info", "x", "a")
    log.clear()
    assert log.write("info", "x", "b").number == 2


def test_a_change_is_told() -> None:
    told: list[int] = []
    log = Log(10, lambda: told.append(1))
    log.write("warn", "x", "a")
    log.clear()
    assert len(told) == 2


def test_export_is_json_lines_with_a_head(tmp_path: Path) -> None:
    trace = Trace(10)
    record = trace.start(7, 0, "x", "log", arguments='["hi"]', line=3)
    trace.finish(record, "refused", reason="denied", message="No")
    head, line = map(json.loads, trace.export(tmp_path / "t.jsonl").read_text().splitlines())
    assert head == {"scopebox": 1, "dropped": 0}
    assert (line["chain"], line["state"], line["reason"], line["line"]) == (7, "refused", "denied", 3)
    assert line["seconds"] >= 0


def test_arguments_are_shortened_in_the_middle() -> None:
    text = summary(["a" * 1000])
    assert len(text) <= MAX_ARGUMENTS_BYTES
    assert text.startswith('["aaa')
    assert text.endswith('aaa"]')


def test_repr_says_how_many() -> None:
    log = Log(1)
    log.write("info", "x", "a")
    log.write("info", "x", "b")
    assert repr(log).startswith("1 records, 1 dropped")


def test_a_log_may_be_written_on_any_thread() -> None:
    log = Log(10_000)

    def write(name: str) -> None:
        for _ in range(500):
            log.write("info", name, "x")

    threads = [threading.Thread(target=write, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.number for record in log] == list(range(1, 2001))


def test_a_log_keeps_as_many_bytes_as_it_may_also_of_wide_characters() -> None:
    log = Log(10_000)
    for text in ("a", "\U0001f600"):
        for _ in range(1_000):
            log.write("info", "a", text * 50_000)
        assert sum(sys.getsizeof(record.message) for record in log) <= MAX_LOG_BYTES + 100 * len(log)
    assert len(log) == MAX_LOG_BYTES // 200_000
    log.write("info", "a", "b" * 10**6)
    assert len(log[-1].message) < MAX_LINE_CHARACTERS + 100


def test_a_trace_keeps_less_of_wide_characters() -> None:
    trace = Trace(100)
    record = trace.start(1, 0, "a", "log")
    trace.finish(record, "failed", message="\U0001f600" * 5_000, hint="a" * 5_000)
    assert sys.getsizeof(record.message) < 1_500
    assert len(record.hint) < 1_100


def test_large_arguments_are_cut_as_bytes_and_stay_text() -> None:
    text = summary(["\U0001f600" * 1_000_000])
    assert len(text) < 210
    assert text.startswith('["\U0001f600')
