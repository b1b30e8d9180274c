"""Events that the notebook emits: names, payloads and their copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.sandbox.printing import run_and_print
from scopebox.store.emitter import EventContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.services import Services
    from scopebox.store.access import Accountability

IN_A_THREAD: Final = "await asyncio.to_thread(box.{call}, …)"


def emit_filter(
    services: Services,
    event: str,
    payload: object,
    meta: Mapping[str, object] | None,
    accountability: Accountability | None,
) -> object:
    """Send ``payload`` through the filters of ``event`` and return what they made of it."""
    chain = services.chains.start(f"emit {event}", notebook=True)

    async def work() -> object:
        context = EventContext(accountability, Cause(chain))
        return await services.events.filter(event_names(event, meta), copied(payload), copied_meta(meta), context)

    return run_and_print(services, chain, work, IN_A_THREAD.format(call="emit_filter"))


def emit_action(
    services: Services, event: str, meta: Mapping[str, object] | None, accountability: Accountability | None
) -> None:
    """Call the actions of ``event`` and wait until they have ended, at most ``settings.settle`` seconds."""
    chain = services.chains.start(f"emit {event}", notebook=True)

    async def work() -> None:
        context = EventContext(accountability, Cause(chain))
        services.events.action(event_names(event, meta), copied_meta(meta), context)
        await chain.settle(services.settings.settle)

    run_and_print(services, chain, work, IN_A_THREAD.format(call="emit_action"))


def event_names(event: str, meta: Mapping[str, object] | None) -> tuple[str, ...]:
    """Return the names under which an event fires: itself, then scoped to the collection that ``meta`` names."""
    collection = (meta or {}).get("collection")
    if isinstance(collection, str) and event.startswith("items."):
        return event, f"{collection}.{event}"
    return (event,)


def copied(data: object) -> object:
    """Return a copy of JSON data; TypeError for anything else."""
    return wire.decode_json(msgspec.json.encode(data))


def copied_meta(meta: Mapping[str, object] | None) -> dict[str, object]:
    """Return a copy of an event's meta object."""
    data = copied(dict(meta or {}))
    assert isinstance(data, dict)
    return data
