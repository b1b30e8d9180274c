"""The check cells of the course: they try an exercise in a sandbox of its own, and say what is still wrong.

A check is a function full of assertions; the message of the first one that fails is what the learner reads::

    @check
    def exercise():
        with again("directus-extension-hello") as box:
            assert box.log, "Nothing was logged. Call exec with the type log."
"""

from __future__ import annotations

import ast
from contextlib import contextmanager
from html import escape
from inspect import getsourcelines
from textwrap import dedent
from typing import TYPE_CHECKING

from IPython.display import display
from scopebox import Extension, Sandbox, ScopeboxError, Store, current_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Verdict:
    """What a check found; ``advice`` is empty if the exercise is solved. So many of its ``points`` hold."""

    def __init__(self, advice: str, holding: int = 0, points: int = 0) -> None:
        self.advice = advice
        self.holding = holding
        self.points = points

    def __repr__(self) -> str:
        if not self.advice:
            return f"✓ Solved. {self._progress()}".rstrip()
        return f"✕ Not yet: {self.advice}\n{self._progress()}".rstrip()

    def _progress(self) -> str:
        if not self.points:
            return ""
        signs = ["✓"] * self.holding + ["✕"] * bool(self.advice)
        signs += ["·"] * (self.points - len(signs))
        return f"{' '.join(signs)}  {self.holding} of {self.points} points hold"

    def _repr_html_(self) -> str:
        colour = "var(--jp-warn-color1, #bf360c)" if self.advice else "var(--jp-success-color1, #1b5e20)"
        style = f"border-left: 4px solid {colour}; padding: 4px 12px; white-space: pre-wrap"
        return f'<div role="status" style="{style}">{escape(repr(self))}</div>'


def check(exercise: Callable[[], None]) -> None:
    """Carry out a check and show its verdict; it never fails the notebook."""
    points = _lines_of_points(exercise)
    try:
        exercise()
    except Exception as error:  # noqa: BLE001 - whatever an unfinished solution leads to is for the learner to read
        reached = _line_reached(exercise, error)
        display(Verdict(_advice(error), sum(line < reached for line in points), len(points)))
    else:
        display(Verdict("", len(points), len(points)))


def _advice(error: Exception) -> str:
    match error:
        case AssertionError():
            return str(error) or "one of the checks does not hold yet."
        case ScopeboxError():
            return f"your extension ended with an error when it was tried: {told(error)}"
        case _:
            return f"the check came to {type(error).__name__}: {error}"


def _lines_of_points(exercise: Callable[[], None]) -> list[int]:
    """Return the last lines of the assertions of a check; none where its source is not known."""
    try:
        lines, first = getsourcelines(exercise)
    except (OSError, TypeError):
        return []
    found = (node for node in ast.walk(ast.parse(dedent("".join(lines)))) if isinstance(node, ast.Assert))
    return sorted(first + (node.end_lineno or node.lineno) - 1 for node in found)


def _line_reached(exercise: Callable[[], None], error: Exception) -> int:
    """Return the line of a check at which it stopped."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not exercise.__code__:
        trace = trace.tb_next
    return 0 if trace is None else trace.tb_lineno


def told(error: ScopeboxError) -> str:
    """Return what kind of error it was, what it says, and where in the extension."""
    line = getattr(error, "line", 0)
    return f"{error.what}: {error.message}{f' (line {line})' if line else ''}{f'. {error.hint}' if error.hint else ''}"


def written(name: str) -> Extension:
    """Return the extension that the learner wrote under that name."""
    found = current_sandbox().extensions.get(name)
    assert found is not None, f"There is no extension called {name}. Run the cell of the exercise first; did it end with an error?"
    return found


def load(box: Sandbox, extension: Extension, *, grant: tuple[str, ...] = ()) -> None:
    """Run an extension once more in another sandbox, in whatever language it is written."""
    language = extension.language.name
    box.load(extension.source, name=extension.name, language=language, manifest=extension.manifest, grant=grant)


@contextmanager
def again(name: str, *, grant: tuple[str, ...] = (), before: Callable[[Sandbox], None] | None = None) -> Iterator[Sandbox]:
    """Run the learner's extension once more, in a fresh sandbox with the sample blog; ``before`` prepares that, with mocks say."""
    extension = written(name)
    with Store.sample("blog") as store, Sandbox(store, pool=current_sandbox().pool) as box:
        if before is not None:
            before(box)
        load(box, extension, grant=grant)
        yield box
