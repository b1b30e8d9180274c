"""The check cells of the course: they try an exercise in a sandbox of its own, and say point by point what is still wrong.

A check is a function full of points, and a point is full of assertions; the message of the first one that fails is what the learner
reads beside its title. A point that fails ends there, and the next one is tried::

    @check("01 · Permissions")
    def welcome(point):
        with again("directus-extension-hello") as box:
            with point("It logs a line"):
                assert box.log, 'Nothing was logged. Use exec("log", …).'

``progress()`` lists the verdicts of all chapters, ``report("ada.json")`` writes them down.
"""

from __future__ import annotations

import ast
import json
from contextlib import contextmanager, redirect_stdout
from difflib import get_close_matches
from inspect import getsourcelines
from io import StringIO
from textwrap import dedent
from typing import TYPE_CHECKING

from IPython.display import display
from scopebox import Extension, Sandbox, ScopeboxError, Store, UnknownNameError, current_sandbox
from verdicts import Point, Verdict, progress, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from scopebox.registry.registrations import Endpoint, Hook, Operation

    Registered = Endpoint | Hook | Operation

__all__ = ["again", "cause", "check", "failure", "load", "progress", "report", "returned", "run", "written"]


class Points:
    """The points of a check. Called with the title of one, it tries what stands below it."""

    def __init__(self, titles: list[str]) -> None:
        self._tried = {title: Point(title) for title in titles}

    @property
    def all(self) -> tuple[Point, ...]:
        """Every point, also those that were not reached."""
        return tuple(self._tried.values())

    @contextmanager
    def __call__(self, title: str) -> Iterator[None]:
        """Keep what the assertions below say, and go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever an unfinished solution leads to is for the learner to read
            advice = _advice(error)
            said = any(point.advice == advice for point in self._tried.values())
            self._tried[title] = Point(title, advice="as above" if said else advice)
        else:
            self._tried[title] = Point(title, holds=True)


def check(chapter: str) -> Callable[[Callable[[Points], None]], None]:
    """Carry out the check of a chapter, show its verdict and keep it; it never fails the notebook."""

    def carry_out(exercise: Callable[[Points], None]) -> None:
        points, ended = Points(_titles(exercise)), ""
        try:
            with redirect_stdout(StringIO()):  # what an extension prints was shown below its own cell
                exercise(points)
        except Exception as error:  # noqa: BLE001 - as above
            ended = _advice(error)
        verdict = Verdict(chapter, points.all, ended)
        verdict.keep()
        display(verdict.said())

    return carry_out


def _titles(exercise: Callable[[Points], None]) -> list[str]:
    """Return the titles of the points of a check in order; none where its source is not known."""
    try:
        source = dedent("".join(getsourcelines(exercise)[0]))
    except (OSError, TypeError):
        return []
    calls = [
        item.context_expr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.With) for item in node.items
    ]
    found = [
        call
        for call in calls
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "point"
    ]
    return [call.args[0].value for call in sorted(found, key=lambda call: call.lineno)]


def _advice(error: Exception) -> str:
    match error:
        case AssertionError():
            return str(error) or "this does not hold yet."
        case UnknownNameError():
            return _told(error)
        case ScopeboxError():
            return f"your extension ended with an error when it was tried: {_told(error)}"
        case RuntimeError() if "%load_ext" in str(error):
            return "scopebox is not loaded. Run %load_ext scopebox, the first cell of the notebook, then the cell of the exercise."
        case _:
            return f"the check came to {type(error).__name__}: {error}"


def _told(error: ScopeboxError) -> str:
    """Return what kind of error it was, what it says, and where in the extension."""
    line = getattr(error, "line", 0)
    return f"{error.what}: {error.message}{f' (line {line})' if line else ''}{f'. {error.hint}' if error.hint else ''}"


def written(name: str) -> Extension:
    """Return the extension that the learner wrote under that name."""
    extensions = current_sandbox().extensions
    if name in extensions:
        return extensions[name]
    near = get_close_matches(name, extensions, 1, 0.8)
    other = f" There is {near[0]}; the exercise asks for {name}." if near else ""
    raise AssertionError(
        f"There is no extension called {name}. Run the cell of the exercise first; did it end with an error?{other}"
    )


def load(box: Sandbox, extension: Extension, *, grant: tuple[str, ...] = ()) -> None:
    """Run an extension once more in another sandbox, in whatever language it is written."""
    language = extension.language.name
    box.load(extension.source, name=extension.name, language=language, manifest=extension.manifest, grant=grant)


@contextmanager
def again(
    name: str, *, grant: tuple[str, ...] = (), before: Callable[[Sandbox], None] | None = None
) -> Iterator[Sandbox]:
    """Run the learner's extension once more, in a fresh sandbox with the sample blog; ``before`` prepares that, with mocks say."""
    extension = written(name)
    with Store.sample("blog") as store, Sandbox(store, pool=current_sandbox().pool) as box:
        if before is not None:
            before(box)
        load(box, extension, grant=grant)
        yield box


def run(box: Sandbox, operation: str, data: dict[str, object]) -> object:
    """Run an operation of the learner's and return its result."""
    known = [each.id for each in box.operations]
    entry = f'exec("register-operation", {{"id": "{operation}", "handler": …}})'
    there = f" There is {', '.join(known)}." if known else ""
    assert operation in known, f"no operation {operation} is registered.{there} Register it with {entry}."
    return box.run_operation(operation, data)


def returned(response: httpx.Response) -> object:
    """Return the body of an answer: JSON as data, anything else as text."""
    try:
        return response.json()
    except json.JSONDecodeError:
        return response.text


def failure(*registered: Registered) -> str:
    """Return what the last call of a handler ended with; nothing where it ended well."""
    errors = [each.usage.error for each in registered if each.usage.error is not None]
    return _told(errors[-1]) if errors else ""


def cause(box: Sandbox, response: httpx.Response) -> str:
    """Return the status of an answer and its body; of a failed handler the error, which the caller is not told."""
    told = failure(*box.endpoints) if response.status_code == 500 else ""
    if told:
        return f"500, because of {told}"
    said = returned(response)
    errors = said.get("errors") if isinstance(said, dict) else None
    return f"{response.status_code}: {errors[0]['message'] if errors else response.text}"
