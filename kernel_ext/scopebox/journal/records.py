"""Records of the log, of the trace and of runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.journal.outcomes import Kept, Notes, Outcome
from scopebox.languages import DEFAULT_LANGUAGE, Language
from scopebox.text.literals import record_text
from scopebox.text.sizes import most_in_memory
from scopebox.text.visible import shorten
from scopebox.vocabulary import CallState, Level

if TYPE_CHECKING:
    from scopebox.journal.ring import Span

MAX_REASON_CHARACTERS: Final = 1_000  # characters of what a call was refused with
MAX_WIDE_REASON_CHARACTERS: Final = 250  # the same where there are wide ones among them, which take four bytes each
_ANSWER_BYTES: Final = 400  # that an answer takes without its texts
_HEADER_BYTES: Final = 150  # that a header does


class LogRecord(msgspec.Struct, frozen=True):
    """One line of the log: when (seconds since the epoch), how grave, of which extension, in which chain."""

    number: int
    time: float
    level: Level
    extension: str
    message: str
    chain: int = 0

    __repr__ = record_text


class CallRecord(msgspec.Struct):
    """One ``exec`` call, or one callback of the host into a guest (``type`` is then ``handler:…``).

    ``parent`` is the number of the record that caused it, 0 for a root; ``seconds`` is its duration, None while it runs;
    ``arguments`` is a shortened text; ``reason`` is that of a refusal, ``hint`` what would be right; ``line`` is the line of the
    extension's source.
    """

    number: int
    time: float
    chain: int
    parent: int
    extension: str
    type: str
    arguments: str = ""
    line: int = 0
    state: CallState = "running"
    reason: str = ""
    message: str = ""
    hint: str = ""
    seconds: float | None = None

    __repr__ = record_text

    def ended_in(self, message: str, line: int) -> bool:
        """Whether an error with that ``message`` at that ``line`` came of the call, which keeps no more of it than is kept of any."""
        return (self.message, self.line) == (kept(message), line)


def kept(text: str) -> str:
    """Return what a record keeps of words."""
    return shorten(text, MAX_REASON_CHARACTERS if text.isascii() else MAX_WIDE_REASON_CHARACTERS)


class Answered(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a request was answered with, as it is kept: ``body`` is the text that it was read as.

    In a file it may be ``base64`` of bytes. A body that is not ``whole`` was too large, and is left out. Secrets are taken out of all of it.
    """

    method: str
    url: str
    status: int
    headers: dict[str, str]
    body: str
    base64: bool = False
    whole: bool = True

    __repr__ = record_text

    @property
    def size(self) -> int:
        """How many bytes it takes, at most."""
        texts = sum(map(most_in_memory, (self.url, *self.headers, *self.headers.values(), self.body)))
        return _ANSWER_BYTES + _HEADER_BYTES * len(self.headers) + texts


@dataclass(frozen=True, slots=True, repr=False)
class RunRecord:
    """What one run of a cell came to, as data. Its fields are explained at the result that users get."""

    extension: str
    called: Span[CallRecord] | None = None
    kept: Kept = field(default_factory=lambda: Kept(Outcome()))
    printed: int = 0
    logged: Span[LogRecord] | None = None
    shortened: bool = False
    duration: float = 0.0
    error: Exception | None = None
    isolation: str = ""
    busy: float = 0.0
    language: Language = DEFAULT_LANGUAGE
    tries: tuple[str, ...] = ()

    @property
    def raw(self) -> bytes:
        """The value as JSON text."""
        return self._outcome.raw

    @property
    def value(self) -> object:
        """The last expression, read anew from ``raw``."""
        return wire.decode_json(self.raw)

    @property
    def stdout(self) -> str:
        """What was printed."""
        return self._outcome.printed

    @property
    def registered(self) -> tuple[str, ...]:
        """What the cell registered."""
        return self._outcome.notes.registered

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know."""
        return self._outcome.notes.warnings

    @property
    def notes(self) -> Notes:
        """What it registered and what the user should know, nothing once that is no longer kept: for what is shown of it."""
        outcome = self.kept.outcome
        return Notes() if outcome is None else outcome.notes

    @property
    def logs(self) -> tuple[LogRecord, ...]:
        """The log lines of the whole chain, as far as the log still has them."""
        return () if self.logged is None else self.logged.records

    @property
    def _outcome(self) -> Outcome:
        """What is kept of it; a result raises where that is nothing any more."""
        raise NotImplementedError

    @property
    def calls(self) -> tuple[CallRecord, ...]:
        """The calls of the whole chain, as far as the trace still has them."""
        return () if self.called is None else self.called.records

    @property
    def refused(self) -> tuple[CallRecord, ...]:
        """The calls that were refused."""
        return tuple(call for call in self.calls if call.state == "refused")
