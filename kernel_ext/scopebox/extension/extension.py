"""An extension: one loaded cell, its isolate, what it may do and what it registered."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.errors import LimitError, ScopeboxError
from scopebox.extension.limits import Limits
from scopebox.extension.result import RunResult
from scopebox.views.parts import View, Viewed

if TYPE_CHECKING:
    from scopebox.chains.chain import Chain
    from scopebox.grants.grants import Grants
    from scopebox.isolate.isolate import Isolate
    from scopebox.journal.records import Answered
    from scopebox.languages import Language
    from scopebox.manifest.manifest import Manifest
    from scopebox.packages.package import Package
    from scopebox.services import Services
    from scopebox.settings import Settings

MAX_ADVICE: Final = 100  # calls that failed whose advice is kept
MAX_NOTES: Final = 100  # warnings kept of one extension, and notes on what a Directus does not have


@dataclass(eq=False, repr=False)
class Extension(Viewed):
    """One loaded cell. Made by :meth:`Sandbox.load`; treat all attributes but ``grants`` as read-only."""

    services: Services
    drop: Callable[[str], None]  # on the loop: ends the extension of a name
    name: str
    language: Language
    source: str
    filename: str
    manifest: Manifest
    grants: Grants
    limits: Limits
    live: bool = True  # whether its requests may leave this machine where no mocks are set
    package: Package | None = None  # that it was published in
    inputs: tuple[str, ...] = ()
    isolate: Isolate | None = None
    result: RunResult = field(init=False)
    ended: ScopeboxError | None = None
    sources: dict[str, str] = field(default_factory=dict)  # of every cell that ran in the isolate, by file name
    registered: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    not_portable: list[str] = field(default_factory=list)
    advice: dict[int, str] = field(default_factory=dict)  # on calls that failed, by their number
    _log_second: int = 0
    _log_count: int = 0

    def __post_init__(self) -> None:
        self.result = RunResult(self.name, language=self.language)
        self.sources[self.filename] = self.source

    @property
    def settings(self) -> Settings:
        """The limits of the sandbox."""
        return self.services.settings

    @property
    def wall(self) -> float:
        """Seconds that a cell or a handler of it may take in all."""
        return self.limits.wall

    @property
    def alive(self) -> bool:
        """Whether the isolate still runs."""
        return self.isolate is not None and self.isolate.alive

    @property
    def kept(self) -> int:
        """Bytes of memory that its cells and its package take."""
        return sum(map(sys.getsizeof, self.sources.values())) + (0 if self.package is None else self.package.kept)

    @property
    def isolation(self) -> str:
        """The level of isolation of its isolate; empty before it has one."""
        return "" if self.isolate is None else self.isolate.isolation.level

    def view(self) -> View:
        """Return what it may do, what it registered and how its run ended."""
        from scopebox.extension.views import extension_view  # noqa: PLC0415 - loaded when something is shown

        return extension_view(self, self.services.registry)

    def __repr__(self) -> str:
        from scopebox.extension.views import named  # noqa: PLC0415 - loaded when something is shown

        return f"<Extension {named(self)}: {'running' if self.alive else 'ended'}>"

    def unload(self) -> None:
        """Stop the extension and forget all that it registered."""

        async def work() -> None:
            self.drop(self.name)

        chains = self.services.chains
        chains.run(chains.start(f"unload {self.name}"), work, "await asyncio.to_thread(box.unload, …)")

    def describe_end(self) -> str:
        """Return why the isolate ended, in one sentence; empty while it runs."""
        match self.ended:
            case None:
                return ""
            case LimitError() as error:
                return f"stopped at a limit: {error.message}"
            case error:
                return error.message

    # what its calls leave behind

    def write_log(self, message: str, chain: Chain) -> None:
        """Write one line; RuntimeError above the allowed number a second."""
        second = int(time.monotonic())
        if second != self._log_second:
            self._log_second, self._log_count = second, 0
        self._log_count += 1
        if self._log_count > self.settings.logs_per_second:
            raise ScopeboxError(f"More than {self.settings.logs_per_second} log messages in a second")
        self.services.log.write("info", self.name, message, chain.id)

    def keep_answer(self, call: int, answer: Answered) -> None:
        """Keep what the request of a call was answered with."""
        self.services.trace.keep_answer(call, answer)

    def warn(self, message: str, chain: Chain) -> None:
        """Warn the user."""
        self.note(message)
        self.services.log.write("warn", self.name, message, chain.id)

    def note_not_portable(self, what: str) -> None:
        """Note a use of something that a Directus does not have, for ``%sandbox export``."""
        if what not in self.not_portable and len(self.not_portable) < MAX_NOTES:
            self.not_portable.append(what)

    def count_registration(self) -> None:
        """Raise ValueError if the extension has registered as much as it may."""
        limit = self.settings.registrations
        if len(self.registered) >= limit:
            raise ValueError(f"An extension may register at most {limit} endpoints, hooks and operations")

    def note(self, text: str) -> None:
        """Have ``text``, unless it is empty, stand below the result."""
        if text and len(self.warnings) < MAX_NOTES:
            self.warnings.append(text)

    def note_advice(self, call: int, text: str) -> None:
        """Keep what the user should know of a call that failed, for the error that it may end in."""
        if len(self.advice) >= MAX_ADVICE:
            del self.advice[next(iter(self.advice))]
        self.advice[call] = text

    def note_registered(self, what: str, note: str = "") -> None:
        """Note something registered, and what the user should know of it."""
        self.registered.append(what)
        self.note(note)
        self.services.notify()
