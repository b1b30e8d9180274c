"""What the text of a cell says: read in an isolate of its own, which runs nothing of it and is asked nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire
from scopebox_guest.javascript.outlined import MOST, Outline

from scopebox.errors import ExtensionSyntaxError, ScopeboxError
from scopebox.extension.alone import run_alone

if TYPE_CHECKING:
    from collections.abc import Sized

    from scopebox.chains.chain import Chain
    from scopebox.languages import Language
    from scopebox.services import Services

MEMORY: Final = 256  # MiB for the tree of a text
BUSY: Final = 5.0  # seconds


async def outline(services: Services, chain: Chain, source: str, language: Language, kind: str) -> Outline:
    """On the loop: read ``source``; ``kind`` is the type of extension that it is. ExtensionSyntaxError for one that does not compile."""
    done = await run_alone(
        services,
        chain,
        source,
        language,
        filename="<export>",
        memory=MEMORY,
        wall=chain.left(),
        busy=BUSY,
        style="api",
        kind=kind,
        outline=True,
    )
    if done.failure is not None:
        failure = done.failure
        raise ExtensionSyntaxError(
            failure.message, kind=failure.kind, line=failure.line, column=failure.column, sources={"": source}
        )
    return _checked(done, source)


def _checked(done: wire.Done, source: str) -> Outline:
    """Return what it told, as far as it can be true of the text."""
    try:
        found = wire.decode_as(done.value, Outline)
    except msgspec.DecodeError as error:
        raise ScopeboxError(f"The text of the cell was not read: {str(error)[:100]}") from None
    most = len(source) + 1_000
    texts = (found.source, found.javascript, found.built)
    lists: tuple[Sized, ...] = (
        found.imports,
        found.types,
        found.calls,
        found.lost,
        found.options,
        *found.options.values(),
    )
    if max(map(len, texts)) > most or max(map(len, lists)) > MOST:
        raise ScopeboxError("The text of the cell was not read: it is told to be longer than it is")
    return found
