"""What the text of a cell says: read in an isolate of its own, which runs nothing of it and is asked nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire
from scopebox_guest.javascript.outlined import MOST, Outline

from scopebox.chains.chain import Cause
from scopebox.errors import CancelledRun, ExtensionSyntaxError, ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Sized

    from scopebox.chains.chain import Chain
    from scopebox.isolate.invocation import Answer, Invocation
    from scopebox.languages import Language
    from scopebox.services import Services

MEMORY: Final = 256  # MiB for the tree of a text
BUSY: Final = 5.0  # seconds


class Nobody:
    """What an isolate reports to in which nothing runs."""

    def on_call(self, call: wire.Call, _invocation: Invocation) -> Answer:
        """Refuse it."""
        return wire.Refuse(call.id, "PermissionError", "nothing runs here")

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Nobody reads it."""

    def on_exit(self, cause: ScopeboxError) -> None:
        """Nobody waits for it but the one who asked."""


async def outline(services: Services, chain: Chain, source: str, language: Language, kind: str) -> Outline:
    """On the loop: read ``source``; ``kind`` is the type of extension that it is. ExtensionSyntaxError for one that does not compile."""
    isolate = await services.pool.acquire(
        Nobody(), memory=MEMORY, accepted=services.settings.isolation, language=language
    )
    try:
        done = await isolate.load(
            language=language.name,
            source=source,
            filename="<export>",
            style="api",
            type=kind,
            inputs={},
            append=False,
            cause=Cause(chain),
            wall=chain.left(),
            busy=BUSY,
            outline=True,
        )
    finally:
        isolate.kill(CancelledRun("its text was read"))
    if done.failure is not None:
        failure = done.failure
        raise ExtensionSyntaxError(
            failure.message, kind=failure.kind, line=failure.line, column=failure.column, sources={"": source}
        )
    return _checked(done, source)


def _checked(done: wire.Done, source: str) -> Outline:
    """Return what it told, as far as it can be true of the text."""
    try:
        found = msgspec.json.decode(done.value, type=Outline)
    except msgspec.DecodeError as error:
        raise ScopeboxError(f"The text of the cell was not read: {str(error)[:100]}") from None
    most = len(source) + 1_000
    texts = (found.source, found.javascript, found.built)
    lists: tuple[Sized, ...] = (found.imports, found.calls, found.lost, found.options, *found.options.values())
    if max(map(len, texts)) > most or max(map(len, lists)) > MOST:
        raise ScopeboxError("The text of the cell was not read: it is told to be longer than it is")
    return found
