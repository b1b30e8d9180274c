"""Everything that could be observed of an attack."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx
from scopebox.errors import IsolationError, ScopeboxError
from scopebox.extension.extension import Extension
from scopebox.extension.result import RunResult
from scopebox.journal.records import CallRecord, LogRecord
from scopebox.sandbox.options import LoadOptions
from scopebox.sandbox.sandbox import Sandbox

from tests.security.corpus import Attack
from tests.security.fixture import Dump, added
from tests.security.servers import HONEST_PATH, Seen
from tests.security.watch import Watch
from tests.security.world import EXTENSION, HONEST, World


@dataclass
class Evidence:
    """What an attack left behind. The sandbox is still open while it is checked."""

    attack: Attack
    world: World
    box: Sandbox
    before: Dump
    own: str = EXTENSION
    served: str = ""  # the URL that the sandbox is served at, where the attack mentions it
    source: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float = 0.0  # time.time() when the cell had ended
    checked: float = 0.0  # time.time() when all that is to be checked had happened
    options: LoadOptions = field(default_factory=LoadOptions)
    answered: float = 0.0  # seconds from the start until the host ran a trivial cell
    trivial: object = None
    rejected: bool = False
    interrupted: str = ""
    error: ScopeboxError | None = None
    result: RunResult | None = None
    extension: Extension | None = None
    running: int = 0  # cells and handlers that still run
    responses: list[httpx.Response] = field(default_factory=list)
    outcomes: list[object] = field(default_factory=list)  # of triggers that are no request
    failures: list[ScopeboxError] = field(default_factory=list)  # of triggers
    html: str = ""
    text: str = ""
    cell_html: str = ""
    cell_text: str = ""
    shell: str = ""  # what a notebook showed
    inside: bool = False  # whether no request but those to loopback leaves this process
    contacted: list[str] = field(default_factory=list)
    elsewhere: list[Seen] = field(default_factory=list)  # requests to public hosts, all of which are made up
    after: Dump = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    decided: dict[tuple[str, str], bool] = field(default_factory=dict)  # before the attack
    cell_errors: list[ScopeboxError | None] = field(default_factory=list)  # of each cell, where there are several
    seconds: dict[str, float] = field(default_factory=dict)  # that something else took meanwhile, or afterwards
    beside: list[str] = field(default_factory=list)  # what went wrong with others meanwhile
    reran: httpx.Response | None = None
    guests: int = 0  # processes of guests at most, where that is asked for
    last: tuple[int, int] | None = None  # numbers of the last records of log and trace; what checks do comes after them
    caught: tuple[ScopeboxError | None] | None = None  # what the cell caught, once that was found out

    @property
    def ran(self) -> bool:
        """Whether a guest got to see the cell."""
        return not isinstance(self.error, IsolationError) and not self.rejected

    @property
    def logs(self) -> list[LogRecord]:
        """What the attack logged."""
        mine = [record for record in self.box.log if record.extension == self.own and record.level == "info"]
        return mine if self.last is None else [record for record in mine if record.number <= self.last[0]]

    @property
    def calls(self) -> list[CallRecord]:
        """What the attack called."""
        return [record for record in self.traced if not record.type.startswith("handler:")]

    @property
    def traced(self) -> list[CallRecord]:
        """What the attack called, and what was called of it."""
        mine = [record for record in self.box.trace if record.extension == self.own]
        return mine if self.last is None else [record for record in mine if record.number <= self.last[1]]

    @property
    def sent(self) -> list[Seen]:
        """Every request that was sent, wherever it arrived; those of the honest extension are none of the attack's."""
        servers = (self.world.allowed_server, self.world.canary_server)
        return [*(seen for server in servers for seen in server.seen if seen.path != HONEST_PATH), *self.elsewhere]

    @property
    def errors(self) -> list[ScopeboxError]:
        """Every error that somebody was shown."""
        return [error for error in (self.error, *self.failures) if error is not None]

    def said(self) -> Iterator[str]:
        """Yield what the guest itself got out: no source that an error repeats."""
        yield from (record.message for record in self.box.log if record.extension != HONEST)
        if self.result is not None:
            yield self.result.stdout
            yield json.dumps(self.result.value, ensure_ascii=False, default=str)
            yield from self.result.warnings
        for error in self.errors:
            yield f"{error.message}\n{error.hint}\n{getattr(error, 'data', '')}"
        for response in self.responses:
            yield f"{response.status_code} {dict(response.headers)}\n{response.text}"
        yield from map(str, self.outcomes)
        yield from (self._unfilled(seen).text() for seen in self.sent)
        yield from (str(rows) for rows in self.written().values())

    def _unfilled(self, seen: Seen) -> Seen:
        """Return a request that was sent, without the secrets that the host put into its headers: these the guest never held."""
        secrets = self.attack.setup.get("secrets") or {}
        assert isinstance(secrets, dict)
        headers = {}
        for name, value in seen.headers.items():
            for secret in secrets.values():
                value = value.replace(self.world.secret(str(secret)), "(filled in)")  # noqa: PLW2901 - one after the other
            headers[name] = value
        return replace(seen, headers=headers)

    def everything(self) -> Iterator[str]:
        """Yield all that can be observed anywhere."""
        yield from self.said()
        yield from (f"{record.arguments} {record.message} {record.hint}" for record in self.box.trace)
        yield from (self.html, self.text, self.shell)
        yield from self.kept()

    def kept(self) -> Iterator[str]:
        """Yield what the trace keeps of answers, which is exported and replayed."""
        for record in self.box.trace:
            for answer in self.box.trace.answers_to(record.number):
                headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
                body = b64decode(answer.body).decode("utf-8", "replace") if answer.base64 else answer.body
                yield f"{answer.method} {answer.url} {answer.status}\n{headers}\n{body}"

    def written(self) -> dict[str, list[tuple[object, ...]]]:
        """Return the rows that were not there before."""
        return added(self.before, self.after) if self.after else {}
