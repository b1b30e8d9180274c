"""The check cells of the course: they try an exercise in a sandbox of its own, and say what is still wrong.

A check is a function full of assertions; the message of the first one that fails is what the learner reads::

    @check
    def exercise():
        with again("directus-extension-hello") as box:
            assert box.log, "Nothing was logged. Call exec with the type log."
"""

from __future__ import annotations

from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from IPython.display import display
from scopebox import Extension, Sandbox, ScopeboxError, Store, current_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Verdict:
    """What a check found; ``advice`` is empty if the exercise is solved."""

    def __init__(self, advice: str) -> None:
        self.advice = advice

    def __repr__(self) -> str:
        return f"✕ Not yet: {self.advice}" if self.advice else "✓ Solved."

    def _repr_html_(self) -> str:
        colour = "var(--jp-warn-color1, #bf360c)" if self.advice else "var(--jp-success-color1, #1b5e20)"
        style = f"border-left: 4px solid {colour}; padding: 4px 12px; white-space: pre-wrap"
        return f'<div role="status" style="{style}">{escape(repr(self))}</div>'


def check(exercise: Callable[[], None]) -> None:
    """Carry out a check and show its verdict; it never fails the notebook."""
    try:
        exercise()
    except AssertionError as error:
        display(Verdict(str(error) or "one of the checks does not hold yet."))
    except ScopeboxError as error:
        display(Verdict(f"your extension ended with an error when it was tried: {error}"))
    except Exception as error:  # noqa: BLE001 - whatever an unfinished solution leads to is for the learner to read
        display(Verdict(f"the check came to {type(error).__name__}: {error}"))
    else:
        display(Verdict(""))


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
