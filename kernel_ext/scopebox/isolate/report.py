"""What holds an isolate on this machine: each mechanism, what it stops, and what a real guest could do when it tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.isolate.engines import languages_of
from scopebox.isolate.levels import is_enough, not_loaded, reached, remedy, wanting
from scopebox.text.messages import listed
from scopebox.views.parts import Line, Part, Table, View, Viewed
from scopebox.vocabulary import FULL, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

STOPS: Final = {
    "seccomp": "files, sockets, processes, threads, signals, clocks of others, executable memory: all but 19 system calls are refused",
    "landlock": "files, TCP, and signals to processes outside, should a system call get through",
    "rlimits": "processes, open files, file writes, core dumps; memory by the limit that is set with each load",
    "no_new_privs": "gaining privileges by running a program",
    "capabilities": "privileges of an administrator who runs the notebook",
    "dumpable": "other processes of the same user reading or tracing a guest",
    "pages": "code that a guest writes itself: no page is both writable and executable",
    "pdeathsig": "guests that outlive a killed kernel",
    "pidfd": "a kill that reaches another process after a guest ended",
}
# The same for a portable isolate, which says "language" of itself.
STOPS_PORTABLE: Final = {
    "language": "names, attributes, modules and syntax that lead out of the language; a flaw in it gives all that this user may do",
    "watch": "running too long and growing too large: looked at from outside while something runs, ended by a kill",
    "limits": "other processes (not those of an administrator), files that are written to, core dumps",
    "host_end": "guests that outlive a killed kernel, also in the middle of a calculation",
    "profile": "files, network, programs and signals: a profile of macOS denies them, and the guest tried that",
    "job": "other processes, and guests that outlive a killed kernel: by a job object of Windows",
}


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism: what it stops, and why it is missing (empty if it works)."""

    name: str
    stops: str
    missing: str

    @property
    def active(self) -> bool:
        """Whether it works here."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class IsolationReport(Viewed):
    """The level of isolation, one of ``vocabulary.LEVELS``, and the mechanisms it is made of.

    ``attempts`` maps what a guest tried to whether it was refused; empty unless a guest was made to try, as ``doctor`` does.
    ``engines`` maps those other than that of Python to why they do not work here, or to nothing; empty where none was tried. ``administrator``
    tells that this is one, whom limits on processes do not bind.
    """

    level: str
    mechanisms: tuple[Mechanism, ...]
    attempts: Mapping[str, bool]
    engines: Mapping[str, str] = field(default_factory=dict)
    administrator: bool = False

    @classmethod
    def of(cls, mechanisms: Mapping[str, str], possible: Mapping[str, str] | None = None) -> IsolationReport:
        """Return the report for what a guest said of its mechanisms, and of what it tried."""
        table = STOPS_PORTABLE if "language" in mechanisms else STOPS
        known = tuple(Mechanism(name, stops, mechanisms.get(name, "not reported")) for name, stops in table.items())
        attempts = {name: not reached for name, reached in (possible or {}).items()}
        return cls(reached({each.name: each.missing for each in known}), known, attempts)

    @property
    def meaning(self) -> str:
        """What the level means, in a sentence."""
        return LEVELS[self.level]

    @property
    def line(self) -> str:
        """The level and, where it is less than what is accepted without asking, what is missing: one line."""
        if is_enough(self.level, FULL):
            return f"Isolation: {self.level}"
        return f"Isolation: {self.level}, less than {FULL}. Missing: {wanting(FULL, self.missing)}"

    @property
    def missing(self) -> Mapping[str, str]:
        """Each mechanism with why it is missing, empty if it is not."""
        return {each.name: each.missing for each in self.mechanisms}

    @property
    def possible(self) -> tuple[str, ...]:
        """What a guest tried and was not refused."""
        return tuple(name for name, refused in self.attempts.items() if not refused)

    def __str__(self) -> str:
        lines = [f"isolation: {self.level}", self.meaning, ""]
        for each in self.mechanisms:
            state = "on " if each.active else "OFF"
            lines.append(f"  {state} {each.name:13} {each.stops if each.active else each.missing}")
        said = [*([self.summary] if self.attempts else []), *self.other_languages, *self.follows]
        return "\n".join([*lines, *(["", *said] if said else [])])

    @property
    def summary(self) -> str:
        """What the guest that tried could do, in a sentence."""
        refused = len(self.attempts) - len(self.possible)
        text = f"A guest tried {len(self.attempts)} things that it must not do: {refused} {'was' if refused == 1 else 'were'} refused."
        return f"{text} Not refused: {', '.join(self.possible)}." if self.possible else text

    @property
    def other_languages(self) -> tuple[str, ...]:
        """Whether the languages beside the default one work here, a sentence for each engine."""
        return tuple(
            missing
            or f"{listed(languages_of(engine))} work here: a guest of that engine tried the same, and {self._outcome}."
            for engine, missing in self.engines.items()
        )

    @property
    def _outcome(self) -> str:
        return "could do no more" if self.possible else "all of it was refused"

    @property
    def follows(self) -> tuple[str, ...]:
        """What follows from a level at which nothing is loaded by itself, a sentence each, and how to have a better one."""
        if is_enough(self.level, FULL):
            return ()
        root = (
            "This is an administrator (root), whom limits on processes do not bind: start Jupyter as an ordinary user."
        )
        return (not_loaded(self.level), *([root] if self.administrator else []), remedy(self.missing))

    def view(self) -> View:
        """Return the level in words, the mechanisms, and what a guest could do when it tried."""
        rows = [
            (each.name, "✓ on" if each.active else "✕ off", each.stops if each.active else each.missing)
            for each in self.mechanisms
        ]
        columns = ("mechanism", "state", "what it stops, or why it is missing")
        table = Table("Mechanisms of confinement", columns, rows, wide=(2,))
        tried: tuple[Part, ...] = ()
        if self.attempts:
            tried = (Line(self.summary, "failed" if self.possible else "plain"),)
        others = [
            Line(sentence, "failed" if missing else "plain")
            for sentence, missing in zip(self.other_languages, self.engines.values(), strict=True)
        ]
        follows = [Line(sentence, "failed") for sentence in self.follows]
        return View((Line(f"Isolation: {self.level}"), Line(self.meaning), table, *tried, *others, *follows), self)
