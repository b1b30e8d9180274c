"""How an error is shown: where in the user's own cell, where in the extension, what is wrong, what would be right. Plain text throughout."""

from __future__ import annotations

import linecache
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.journal.views import call_text
from scopebox.languages import COMMENT_SIGNS
from scopebox.text.visible import clean, line_of, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from scopebox_guest.wire import Frame

    from scopebox.journal.records import CallRecord

LINES_BEFORE: Final = 2  # lines of source shown before the one that failed
LINES_AFTER: Final = 1
SHOWN_FRAMES: Final = 6  # levels of the extension's call stack
SHOWN_MESSAGE: Final = 4_000  # characters of a message, and of a hint
SHOWN_SOURCE: Final = 160  # characters of a line of source
BEFORE_COLUMN: Final = 60  # characters of a long line before the one that failed
CUT: Final = "… "
READ_SOURCE: Final = 10_000  # characters of such a line that are looked at

_OURS: Final = str(Path(__file__).parents[1])
_LIBRARIES: Final = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
# What stands between the user's own line and a magic: the line is the magic itself, and says nothing.
_MAGIC: Final = ("run_cell_magic", "run_line_magic")


class InExtension(Protocol):
    """Where in an extension something failed, and in which call."""

    extension: str
    line: int
    column: int
    frames: tuple[Frame, ...]
    sources: Mapping[str, str]

    @property
    def call(self) -> CallRecord | None:
        """The refused call behind it."""


class Failure(Protocol):
    """What is shown of an error."""

    message: str
    hint: str
    __traceback__: TracebackType | None

    @property
    def what(self) -> str:
        """What went wrong, in a word."""

    @property
    def in_extension(self) -> InExtension | None:
        """Where in an extension it happened, if it happened in one."""


def render(error: Failure) -> list[str]:
    """Return the lines that a notebook shows for ``error``."""
    lines = [*_callers(error.__traceback__)]
    hint, place = error.hint, error.in_extension
    if place is not None:
        refused = place.call
        lines += _in_extension(place)
        lines += [f"Call: {clean(call_text(refused), SHOWN_MESSAGE)}"] if refused is not None else []
        hint = hint or (refused.hint if refused is not None else "")
    lines += [f"{kind_of(error)}: {clean(error.message, SHOWN_MESSAGE, lines=True)}"]
    return [*lines, clean(hint, SHOWN_MESSAGE, lines=True)] if hint else lines


def kind_of(error: Failure) -> str:
    """Return what went wrong, in a word."""
    return clean(error.what, SHOWN_SOURCE)


def _callers(trace: TracebackType | None) -> Iterator[str]:
    """Say where in files of the user the call was made that failed; a magic is no such place."""
    while trace is not None:
        code, line, trace = trace.tb_frame.f_code, trace.tb_lineno, trace.tb_next
        if trace is not None and trace.tb_frame.f_code.co_name in _MAGIC:
            return
        if code.co_filename.startswith(_OURS):
            return
        source = linecache.getline(code.co_filename, line).strip()
        if source and not code.co_filename.startswith(_LIBRARIES):
            yield f"Called at line {line}: {clean(source, SHOWN_SOURCE)}"


def _in_extension(error: InExtension) -> Iterator[str]:
    file = error.frames[-1].file if error.frames else ""
    place = f", line {error.line}{' of an earlier cell' if file else ''}" if error.line else ""
    place += f", column {error.column}" if error.column > SHOWN_SOURCE else ""
    yield f"In {clean(error.extension, SHOWN_SOURCE) or 'the extension'}{place}"
    frames = error.frames[-SHOWN_FRAMES:]
    if len(error.frames) > SHOWN_FRAMES:
        yield f"  … {len(error.frames) - SHOWN_FRAMES} more levels"
    for frame in frames[:-1]:
        line = (_line(_source(error, frame.file), frame.line) or "").strip()
        yield f"  line {frame.line}{_within(frame.function)}: {line}"
    if frames and len(error.frames) > 1:
        yield f"  line {frames[-1].line}{_within(frames[-1].function)}"
    yield from _excerpt(_source(error, file), error.line, error.column)


def _source(error: InExtension, file: str) -> str:
    """Return a source as the user sees it: the line of a cell magic stands in it as a comment."""
    source = error.sources.get(file, "")
    sign = next((comment for comment in COMMENT_SIGNS if source.startswith(f"{comment} %%")), "")
    return source.removeprefix(f"{sign} ").rstrip("\n")


def _within(function: str) -> str:
    return "" if function.startswith("<") else f", in {clean(function, SHOWN_SOURCE)}"


def _line(source: str, number: int) -> str | None:
    """Return a line of a source as it is shown; None where there is none."""
    line = line_of(source, number, READ_SOURCE)
    return None if line is None else clean(line, SHOWN_SOURCE, lines=True)


def _piece(source: str, number: int, first: int) -> str:
    """Return what stands behind the ``first`` characters of a line: minified code has all of it in one."""
    words = line_of(source, number, SHOWN_SOURCE - len(CUT), first) or ""
    return f"{CUT}{visible_lines(words)}"


def _excerpt(source: str, line: int, column: int) -> Iterator[str]:
    """Show the line that failed with its neighbours, the column below it where it is known."""
    around = {number: _line(source, number) for number in range(max(1, line - LINES_BEFORE), line + LINES_AFTER + 1)}
    if around.get(line) is None:
        return
    if column > SHOWN_SOURCE:
        first = column - 1 - BEFORE_COLUMN
        around[line] = _piece(source, line, first)
        column -= first - len(CUT)
    yield ""
    shown = {number: words for number, words in around.items() if words is not None}
    width = len(str(max(shown)))
    for number, words in shown.items():
        arrow = "-->" if number == line else "   "
        yield f"{arrow} {number:>{width}} | {words}".rstrip()
        if number == line and 0 < column <= SHOWN_SOURCE:
            before = "".join("\t" if sign == "\t" else " " for sign in words[: column - 1].ljust(column - 1))
            yield f"{' ' * (width + 7)}{before}^"  # a tab is as wide here as in the line above
    yield ""
