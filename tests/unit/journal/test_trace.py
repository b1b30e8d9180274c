"""Log and trace: bounded, numbered, exportable."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from scopebox.journal.log import MAX_LINE_CHARACTERS, Log
from scopebox.journal.records import Answered
from scopebox.journal.ring import MAX_RING_BYTES
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
        log.jsonl()  # leaves a copy of each wide text beside it
        assert sum(sys.getsizeof(record.message) for record in log) <= MAX_RING_BYTES
    assert len(log) == MAX_RING_BYTES // 400_000
    log.write("info", "a", "b" * 10**6)
    assert len(log[-1].message) < MAX_LINE_CHARACTERS + 100


def test_a_log_of_control_characters_is_exported_in_as_many_bytes_as_it_may_keep(tmp_path: Path) -> None:
    log = Log(10_000)
    for _ in range(1_000):
        log.write("info", "a", "\x01" * 9_900)
    text = log.export(tmp_path / "log.jsonl").read_bytes()
    assert MAX_RING_BYTES * 0.8 < len(text) <= MAX_RING_BYTES
    assert text.decode() == log.jsonl()


WIDE = "\U0001f600"


def texts_in(trace: Trace) -> int:
    """The bytes of all texts in a trace, with the copies that are left when they are written as JSON."""
    trace.jsonl()
    texts = [text for record in trace for text in (record.type, record.arguments, record.message, record.hint)]
    return sum(map(sys.getsizeof, texts))


def test_a_trace_keeps_as_many_bytes_as_it_may_also_of_wide_characters() -> None:
    trace = Trace(20_000)
    for _ in range(20_000):
        record = trace.start(1, 0, "a", WIDE * 60, arguments=summary([WIDE + "a" * 400]))
        trace.finish(record, "failed", message=WIDE * 500, hint=WIDE * 500)
    assert MAX_RING_BYTES * 0.8 < texts_in(trace) <= MAX_RING_BYTES
    assert trace.dropped == 20_000 - len(trace)
    assert (trace[-1].number, trace[0].number) == (20_000, trace.dropped + 1)


def test_what_calls_end_with_counts_also_where_they_end_late() -> None:
    trace = Trace(10_000)
    records = [trace.start(1, 0, "a", "sleep") for _ in range(10_000)]
    for record in records:
        trace.finish(record, "failed", message=WIDE * 500, hint=WIDE * 500)
    assert texts_in(trace) <= MAX_RING_BYTES
    assert trace.last == 10_000


def test_a_call_that_ends_when_the_trace_has_dropped_it_counts_no_more() -> None:
    trace = Trace(10_000)
    dropped = [trace.start(1, 0, "a", "sleep") for _ in range(10_000)]
    trace.clear()
    for record in dropped:
        trace.finish(record, "failed", message=WIDE * 500, hint=WIDE * 500)
    for _ in range(10_000):
        trace.finish(trace.start(1, 0, "a", "log", arguments="[" + "a" * 198 + "]"))
    assert len(trace) == 10_000


def test_answers_are_weighed_with_their_wide_characters() -> None:
    answer = Answered("GET", "https://a.example/", 200, {"x": "y"}, WIDE * 1_000)
    assert answer.size >= sys.getsizeof(answer.body) - sys.getsizeof("") - 100


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


def test_a_span_has_the_records_of_its_chain_and_keeps_none_of_them() -> None:
    trace = Trace(3)
    trace.start(1, 0, "a", "before")
    after = trace.last
    trace.start(1, 0, "a", "mine")
    trace.start(2, 0, "b", "another")
    span = trace.span(after, 1)
    trace.start(1, 0, "a", "later")
    assert [record.type for record in span.records] == ["mine"]
    assert span.whole
    trace.start(3, 0, "c", "newer")
    assert (span.records, span.whole) == ((), False)


def test_a_span_without_records_stays_whole() -> None:
    trace = Trace(1)
    span = trace.span(trace.last, 1)
    for _ in range(3):
        trace.start(2, 0, "b", "another")
    assert (span.records, span.whole) == ((), True)
