"""Operations that the notebook runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.chains.chain import Cause
from scopebox.extension.loaded import unknown
from scopebox.sandbox.events import copied

if TYPE_CHECKING:
    from scopebox.chains.chain import Chain
    from scopebox.extension.loaded import Loaded
    from scopebox.registry.registrations import Operation
    from scopebox.services import Services


def start(services: Services, loaded: Loaded, name: str) -> tuple[Chain, Operation]:
    """Return the operation of an id, and a chain that runs it; UnknownNameError if there is none."""
    known = {entry.id: entry for entry in services.registry.operations}
    if name not in known:
        raise unknown("operation", name, known)
    extension = loaded.extensions.get(known[name].extension)
    wall = None if extension is None else extension.limits.wall
    return services.chains.start(f"operation {name}", wall), known[name]


async def run(services: Services, chain: Chain, operation: Operation, data: object) -> object:
    """Run an operation with a copy of ``data``, an empty object if None, and return its result when its chain has settled."""
    result = await operation.run({} if data is None else copied(data), Cause(chain))
    await chain.settle(services.settings.settle)
    return result
