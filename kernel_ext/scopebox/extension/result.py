"""The result of a cell: the value first, then what it registered, one muted line, what the user should know, the log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox_guest import wire

from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.errors.traceback_lines import kind_of, render
from scopebox.isolate.levels import caution
from scopebox.journal.outcomes import Outcome
from scopebox.journal.records import RunRecord
from scopebox.journal.views import calls_text, log_lines, refusal_line, refusals_of
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.manifest.naming import UNTITLED
from scopebox.views.data import Data
from scopebox.views.parts import Block, Line, Part, Paste, View, Viewed, counted, took

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scopebox.languages import Language

T = TypeVar("T")
MAX_LOG_LINES: Final = 20  # log lines under a result
MAX_WARNINGS: Final = 20  # warnings, and refusals
MAX_REGISTRATIONS: Final = 5  # registrations that have a line each
GONE: Final = "What this run returned and printed is no longer kept: the results of later ones needed the room"
AGAIN: Final = "Run the cell again; data = _.value right after it keeps the value."


def result_view(result: RunResult) -> View:
    """Return the whole result."""
    outcome = result.kept.outcome
    # Decoded once: each look at it is a copy, and a large one takes a tenth of a second.
    value = None if outcome is None else wire.decode_json(outcome.raw)
    gone = (Line(GONE, "muted"),) if outcome is None else ()
    ended = () if result.error is None else (Block("\n".join(render(result.error))),)
    return View((*gone, *_value(result, value), *_registrations(result), *ended, *aftermath(result)), value)


def aftermath(result: RunResult) -> tuple[Part, ...]:
    """Return all but the value: the muted line, warnings, refusals and the log."""
    parts: list[Part] = [Line(summary(result), "muted")]
    noted = caution(result.isolation)
    warnings = list(dict.fromkeys(result.notes.warnings))
    parts += _few(warnings, lambda text: Line(text, "muted" if text == noted else "warning"), "warnings")
    parts += refusals(result)
    if result.logs:
        parts.append(Block(log_lines(result.logs, MAX_LOG_LINES), "log"))
    return tuple(parts)


def refusals(result: RunResult) -> list[Line]:
    """Return what was refused, but for the refusal that ended the run: the error tells it."""
    error = result.error
    ended_by = error if isinstance(error, ExtensionError) and error.reason else None
    others = [
        call
        for call in result.refused
        if ended_by is None or call.reason != ended_by.reason or not call.ended_in(ended_by.message, ended_by.line)
    ]
    return _few(refusals_of(others), lambda refused: refusal_line(*refused), "refusals, see %sandbox trace")


def _few(entries: Sequence[T], written: Callable[[T], Line], noun: str) -> list[Line]:
    """Return the lines of the first entries, and how many more there are: there may be thousands, and only what is shown is written."""
    more = len(entries) - MAX_WARNINGS
    lines = list(map(written, entries[:MAX_WARNINGS]))
    return lines if more <= 0 else [*lines, Line(f"… {more:,} more {noun}", "muted")]


def summary(result: RunResult) -> str:
    """Return one line: who, what was called, refused and printed, and how long it took."""
    refused = len(result.refused)
    facts = [
        f"{UNTITLED} (the cell has no name)" if result.extension == UNTITLED else result.extension,
        "" if result.language is DEFAULT_LANGUAGE else result.language.title,
        calls_text(result.calls),
        f"{refused:,} refused" if refused else "",
        _missing(result),
        f"printed {counted(result.printed, 'character')}" if result.printed else "",
        "" if result.error is None else _ended(result, result.error),
        took(result.duration),
    ]
    return " · ".join(filter(None, facts))


def _missing(result: RunResult) -> str:
    """Return what no longer has all that belongs to the run, nothing where both do."""
    spans = {"trace": result.called, "log": result.logged}
    names = [name for name, span in spans.items() if span is not None and not span.whole]
    return (
        f"the {' and the '.join(names)} no longer reach{'' if names[1:] else 'es'} back to its start" if names else ""
    )


def _value(result: RunResult, value: object) -> Iterator[Part]:
    if result.shortened and value is not None:
        yield Block(str(value))
        yield Line("The value is not JSON data; only its text was returned.", "muted")
    elif value is not None:
        yield Data(value, as_json=result.language is not DEFAULT_LANGUAGE)


def _ended(result: RunResult, error: ScopeboxError) -> str:
    registered = result.notes.registered
    undone = f", {counted(len(registered), 'registration')} undone" if registered else ""
    return f"ended by {kind_of(error)}{undone}"


def _registrations(result: RunResult) -> Iterator[Part]:
    """Return a line for each thing that is registered now, and below it one by which it can be tried."""
    registered = result.notes.registered
    if result.error is not None or not registered:
        return
    for what, line in zip_longest(registered[:MAX_REGISTRATIONS], result.tries, fillvalue=""):
        yield Line(what, "done")
        if line:
            yield Paste("try", line)
    more = len(registered) - MAX_REGISTRATIONS
    if more > 0:
        yield Line(f"… {more:,} more, see %sandbox list", "muted")


@dataclass(frozen=True, slots=True, repr=False)
class RunResult(RunRecord, Viewed):
    """What one run of a cell came to.

    ``value`` is the last expression: JSON data, or the text of its shortened repr, then ``shortened`` is true. It is kept as
    the JSON text ``raw``, which is much smaller, so that every look at ``value`` gives a copy of its own. ``stdout`` is what was
    printed, ``printed`` the number of its characters. ``logs`` and ``calls`` are those of the whole chain, as far as the log and
    the trace still have them, ``registered`` what the cell registered, ``tries`` a line of a notebook for each of the first of them,
    which tries it, ``refused`` the calls that were refused (also when the cell caught it), ``warnings`` what the user should know,
    ``duration`` is in seconds, ``error`` what ended the run, if anything did. ``isolation`` is the level at which it ran, empty if
    it did not; ``busy`` is how many seconds of processor time the chain used, that of guests and of the host for them. ``language``
    is what the cell is written in.

    A notebook keeps the result of every cell, so those of a sandbox share a few MiB: where newer ones need the room, large old ones
    let go of ``value``, ``raw``, ``stdout``, ``registered`` and ``warnings``, which raise a ScopeboxError from then on.
    """

    error: ScopeboxError | None = None

    @property
    def _outcome(self) -> Outcome:
        outcome = self.kept.outcome
        if outcome is None:
            raise ScopeboxError(GONE, hint=AGAIN)
        return outcome

    def view(self) -> View:
        """Return value, summary, warnings, refusals and logs."""
        return result_view(self)

    def __repr__(self) -> str:
        ended = f", ended by {self.error.__class__.__name__}" if self.error is not None else ""
        return f"<RunResult of {self.extension}: {len(self.calls)} calls, {self.duration:.3f} s{ended}>"


def result_of(error: ScopeboxError, extension: str, language: Language = DEFAULT_LANGUAGE) -> RunResult:
    """Return the result that ``error`` carries; one that says no more than the error where the run did not begin."""
    return error.result if isinstance(error.result, RunResult) else RunResult(extension, error=error, language=language)
