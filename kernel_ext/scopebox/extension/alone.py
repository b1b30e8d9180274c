"""A program in an isolate of its own, that is asked nothing else and whose every call is refused: for text that is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.errors import CancelledRun, ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.chains.chain import Chain
    from scopebox.isolate.invocation import Answer, Invocation
    from scopebox.languages import Language
    from scopebox.services import Services
    from scopebox.vocabulary import Style


class Nobody:
    """What such an isolate reports to."""

    def refuses(self, _kind: str) -> bool:
        """All of them."""
        return True

    def on_call(self, call: wire.Call, _invocation: Invocation) -> Answer:
        """Refuse it."""
        return wire.Refuse(call.id, "PermissionError", "nothing runs here")

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Nobody reads it."""

    def on_exit(self, cause: ScopeboxError) -> None:
        """Nobody waits for it but the one who asked."""


async def run_alone(
    services: Services,
    chain: Chain,
    source: str,
    language: Language,
    *,
    filename: str,
    memory: int,
    wall: float,
    busy: float,
    style: Style,
    kind: str = "",
    inputs: Mapping[str, object] | None = None,
    outline: bool = False,
) -> wire.Done:
    """On the loop: run ``source``, or with ``outline`` only read it, in ``memory`` MiB, and end the isolate."""
    isolate = await services.pool.acquire(
        Nobody(), memory=memory, accepted=services.settings.isolation, language=language
    )
    try:
        return await isolate.load(
            language=language.name,
            source=source,
            filename=filename,
            style=style,
            type=kind,
            inputs=dict(inputs or {}),
            append=False,
            cause=Cause(chain),
            wall=wall,
            busy=busy,
            outline=outline,
        )
    finally:
        isolate.kill(CancelledRun("it was looked at"))
