"""What is shown of a trace and of the limits."""

from __future__ import annotations

from scopebox.journal.trace import Trace
from scopebox.journal.views import NEWEST_ROWS, trace_view
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import Settings
from scopebox.views.parts import Table


def shown(trace: Trace, newest: int) -> list[object]:
    (table,) = trace_view(trace, newest).parts
    assert isinstance(table, Table)
    assert table.more == len(trace) - len(table.rows)
    return [row[0] for row in table.rows]


def traced(parents: list[int]) -> Trace:
    trace = Trace(1_000)
    for parent in parents:
        trace.start(1, parent, "hello", "read-items")
    return trace


def test_the_newest_calls_begin_with_what_caused_them() -> None:
    trace = traced([0, 0, 2, 3, 3, 0, 6])
    assert shown(trace, 2) == [6, 7]
    assert shown(trace, 1) == [6, 7]
    assert shown(trace, 4) == [2, 3, 4, 5, 6, 7]
    assert shown(trace, 7) == shown(trace, 50) == [1, 2, 3, 4, 5, 6, 7]
    assert shown(traced([]), 5) == []


def test_a_chain_without_end_does_not_show_all_of_it() -> None:
    trace = traced(list(range(500)))
    assert len(shown(trace, 10)) == 10 + NEWEST_ROWS


def test_a_cause_that_is_not_kept_is_no_reason_to_go_back() -> None:
    assert shown(traced([0, 0, 0, 77, 0]), 2) == [4, 5]


def test_the_limits_have_a_line_each_and_can_be_pasted() -> None:
    words = repr(Settings(wall=3.0))
    assert "    wall=3.0,  # seconds a cell or a handler may take, sleeping included\n" in words
    assert eval(words, {"Settings": Settings}) == Settings(wall=3.0)


def test_the_settings_of_a_sandbox_show_themselves(box: Sandbox) -> None:
    assert repr(box.settings).startswith("Settings(\n    busy=")
