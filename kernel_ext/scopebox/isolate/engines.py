"""The engines of the guests: which languages each runs, and what is said where one does not work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from scopebox.errors import IsolationError
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES
from scopebox.text.messages import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_ISOLATE: Final = "No isolate can be started: "  # what the zygote says, for whatever language


def languages_of(engine: str) -> tuple[str, ...]:
    """Return the languages that an engine runs, by their titles; none for the file of another one."""
    return tuple(language.title for language in LANGUAGES.values() if language.engine == engine)


def absent(engine: str, error: IsolationError) -> IsolationError:
    """Return what is said of an engine that cannot be started; without the default one, nothing runs, and ``error`` says that."""
    languages = languages_of(engine)
    if not languages or engine == DEFAULT_LANGUAGE.engine:
        return error
    reason = error.message.removeprefix(NO_ISOLATE)
    first, space, rest = reason.partition(" ")
    first = first.lower() if first.istitle() else first  # the name of an error stays as it is
    return IsolationError(
        f"No {languages[0]} on this machine, because {first}{space}{rest}",
        hint="\n".join(filter(None, [error.hint, f"{DEFAULT_LANGUAGE.title} cells run all the same."])),
    )


def beyond(engine: str, possible: Sequence[str], known: Sequence[str]) -> str:
    """Return what a guest of an engine could do that is not ``known`` of those of Python, in a sentence; empty if it is nothing."""
    more = [each for each in possible if each not in known]
    return f"{listed(languages_of(engine))}: a guest of that engine could also {listed(more)}" if more else ""


def check_portable(engine: str) -> None:
    """Raise IsolationError for an engine that only Linux has: what it is made of was tried nowhere else."""
    languages = languages_of(engine)
    if sys.platform != "linux" and languages and engine != DEFAULT_LANGUAGE.engine:
        raise IsolationError(
            f"No {languages[0]} on this system yet",
            hint=f"It needs Linux; in a container, in WSL 2 or on Binder it runs. {DEFAULT_LANGUAGE.title} cells run here all the same.",
        )
