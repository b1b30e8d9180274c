"""The start of what starts the guests of an engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scopebox.errors import IsolationError
from scopebox.isolate.engines import absent, check_portable

if TYPE_CHECKING:
    from scopebox.isolate.process import Starter


async def start(engine: str, without: frozenset[str], *, portable: bool) -> Starter:
    """Return a zygote for an engine, or what starts ``portable`` isolates. On the loop. IsolationError, with the reason, if it does not come up."""
    if portable:
        check_portable(engine)
    try:
        starter = _starter(engine, without, portable=portable)
        try:
            await starter.started()
        except BaseException:
            starter.close()
            raise
    except IsolationError as error:
        raise absent(engine, error) from error
    return starter


def _starter(engine: str, without: frozenset[str], *, portable: bool) -> Starter:
    loop = asyncio.get_running_loop()
    if not portable:
        from scopebox.isolate.zygote import Zygote  # noqa: PLC0415 - it needs modules that only Linux has

        return Zygote(loop, engine, without)
    from scopebox.isolate.spawner import Spawner  # noqa: PLC0415 - and this one is needed elsewhere alone

    return Spawner(loop, engine, without)
