"""The emitter: filters and actions that extensions registered, and how they are called.

Event names have parts divided by dots. In the name a hook listens to, ``*`` stands for one part and ``**`` for any number of
them, as in the emitter of a Directus 11. For every event the general name (``items.create``) fires before the scoped one
(``articles.items.create``), whatever the order of registration; hooks of one name run in that order.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Raw

from scopebox.chains.chain import Cause, Chain
from scopebox.errors import LimitError, ScopeboxError
from scopebox.errors.frames import forget_frames
from scopebox.registry.event_names import matches
from scopebox.registry.kept import Arguments, InFilters, Told
from scopebox.registry.registrations import Hook, Returned
from scopebox.registry.series import Sent, SeriesCall, Step
from scopebox.store.emitter import EventContext, Filtered
from scopebox.vocabulary import ACTION_PREFIX, FILTER_PREFIX, HookKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from scopebox_guest.wire import Certain

    from scopebox.journal.log import Log
    from scopebox.registry.series import Passed


class Events:
    """All hooks of a sandbox. Changed on the loop thread only; ``hooks`` is a snapshot that any thread may read."""

    def __init__(self, log: Log, on_change: Callable[[], None]) -> None:
        self.hooks: tuple[Hook, ...] = ()
        self.size = 0  # about how many bytes they take
        self._log = log
        self._on_change = on_change
        self._listening: dict[tuple[HookKind, str], tuple[Hook, ...]] = {}
        self._series: dict[tuple[str, ...], SeriesCall | None] = {}
        self._actions: dict[tuple[str, ...], _Steps] = {}
        self._in_filters = InFilters()
        self._told: Counter[str] = Counter()

    def add(self, hook: Hook) -> None:
        """Register a hook behind all others."""
        self._replace((*self.hooks, hook))
        self.size += hook.size

    def remove(self, extension: str) -> None:
        """Forget all hooks of an extension."""
        self._replace(tuple(hook for hook in self.hooks if hook.extension != extension))
        self.size = sum(hook.size for hook in self.hooks)

    def _replace(self, hooks: Iterable[Hook]) -> None:
        self.hooks = tuple(hooks)
        self._listening, self._series, self._actions = {}, {}, {}
        self._on_change()

    def listening(self, kind: HookKind, name: str) -> tuple[Hook, ...]:
        """Return the hooks that are called for the event ``name``, in order."""
        key = (kind, name)
        found = self._listening.get(key)
        if found is None:
            found = tuple(hook for hook in self.hooks if hook.kind == kind and matches(hook.event, name))
            self._listening[key] = found
        return found

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        """Whether any hook is called for one of ``names``."""
        if self.hooks:
            for name in names:
                if self.listening(kind, name):
                    return True
        return False

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Send ``payload`` through the filters of ``names`` and return what they made of it.

        Of a payload that is JSON text they make one again. A filter that returns nothing leaves it as it is; JavaScript's null takes its place. What a filter raises ends the event: ExtensionError, LimitError.
        """
        first = next((hook for name in names for hook in self.listening("filter", name)), None)
        if first is None:
            return payload
        with self._in_filters.keeping(first.extension, payload):
            filtered = await self.filter_first(names, [payload], meta, context, None)
            return filtered.as_it_is() if isinstance(payload, Raw) else filtered.only()

    async def filter_first(
        self,
        names: tuple[str, ...],
        payloads: Sequence[object],
        meta: dict[str, object],
        context: EventContext,
        certain: Certain | None,
    ) -> Filtered:
        """Send the first of ``payloads`` through the filters of ``names``, and those behind it where nobody can tell the difference.

        That is so where all filters are of one extension, for as long as what comes of a payload is ``certain`` to be written.
        """
        call = self._series_of(names)
        steps = [Step(hook, name, meta) for name in names for hook in self.listening("filter", name)] if call else []
        if call is None or len(steps) * len(payloads) == 1:
            return Filtered([await self._all(names, payloads[0], meta, context)])
        assert isinstance(context.cause, Cause)
        passed = await call.series(steps, Sent(payloads, context_data(context), certain), context.cause)
        values, error = passed.values, passed.error
        if passed.steps:
            try:
                values.append(await self._rest(names, steps, passed, meta, context))
            except ScopeboxError as raised:
                error = raised
        return Filtered(values, error)

    def _series_of(self, names: tuple[str, ...]) -> SeriesCall | None:
        """Return what can call all filters of ``names`` by one frame, if anything can."""
        if names not in self._series:
            calls = {hook.call for name in names for hook in self.listening("filter", name)}
            call = calls.pop() if len(calls) == 1 else None
            self._series[names] = call if isinstance(call, SeriesCall) else None
        return self._series[names]

    async def _all(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Send ``payload`` through the filters of ``names``, each called by itself."""
        for name in names:
            payload = await self._one_by_one(self.listening("filter", name), name, payload, meta, context)
        return payload

    async def _rest(
        self,
        names: tuple[str, ...],
        steps: Sequence[Step],
        passed: Passed,
        meta: dict[str, object],
        context: EventContext,
    ) -> object:
        """Send what ``passed`` some of ``steps`` through what is left: of the later names, whoever listens by now."""
        name = steps[passed.steps - 1].name
        hooks = [step.hook for step in steps[passed.steps :] if step.name == name]
        payload = await self._one_by_one(hooks, name, passed.part, meta, context)
        return await self._all(names[names.index(name) + 1 :], payload, meta, context)

    async def _one_by_one(
        self, hooks: Iterable[Hook], name: str, payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        named = {"event": name, **meta}
        for hook in hooks:
            cause = context.cause
            assert isinstance(cause, Cause)
            args = [payload, named, context_data(context)]
            with hook.usage.timed():
                returned = await hook.call(hook.handler, args, cause, f"{FILTER_PREFIX}{hook.event}")
            if not returned.nothing:
                payload = returned.value
        return payload

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Start the actions of ``names`` as part of the chain that caused them; their errors are only logged."""
        if not self.listens("action", names):
            return
        cause = context.cause
        assert isinstance(cause, Cause)
        steps = self._actions_of(names)
        chain = cause.chain
        if not chain.vacant:
            self._note_full(*steps.at(0), chain)
            return
        told = Told(meta, self._told, steps.at(0)[0].extension)
        if not told.fits:
            self._note_much(*steps.at(0), told, chain)
            return
        several = _Actions(self, steps, min(steps.count, chain.vacant), told, context)
        chain.queue(several)
        if several.end < steps.count:
            self._note_full(*steps.at(several.end), chain)

    def _actions_of(self, names: tuple[str, ...]) -> _Steps:
        """Return the actions of ``names`` in order: once for all events of these names."""
        if names not in self._actions:
            self._actions[names] = _Steps(tuple((name, self.listening("action", name)) for name in names))
        return self._actions[names]

    async def note_failed(self, hook: Hook, name: str, error: ScopeboxError, chain: Chain) -> None:
        """Log what an action came to that could not begin."""
        self._note_failed(hook, name, error, chain)

    async def finish(self, hook: Hook, name: str, running: Coroutine[object, object, Returned], chain: Chain) -> None:
        """Wait for an action, and log what it came to."""
        try:
            with hook.usage.timed():
                await running
        except ScopeboxError as error:
            self._note_failed(hook, name, error, chain)
            forget_frames(error)

    def _note_full(self, hook: Hook, name: str, chain: Chain) -> None:
        """Warn that a chain has reached its action limit."""
        self._note_skipped(hook, name, f"More than {chain.fan_out_limit} callbacks in one chain", chain)

    def _note_much(self, hook: Hook, name: str, told: Told, chain: Chain) -> None:
        """Warn that the payloads of what waits take all the memory that they may."""
        self._note_skipped(hook, name, f"Actions wait with more than {told.limit}", chain)

    def _note_skipped(self, hook: Hook, name: str, limit: str, chain: Chain) -> None:
        """Warn once of what a chain may not have; further actions are skipped."""
        if not chain.overflowed:
            chain.overflowed = True
            self._note_failed(hook, name, LimitError(f"{limit}, started by {chain.root}", kind="chain"), chain)

    def _note_failed(self, hook: Hook, name: str, error: ScopeboxError, chain: Chain) -> None:
        """Log what an action came to in two lines, as a Directus does."""
        for text in (f'An error was thrown while executing action "{name}"', error.message):
            self._log.write("warn", hook.extension, text, chain.id)


class _Steps:
    """The actions of an event in order, by the names that they are called for. They may be thousands, for each of many events, so none is kept by itself."""

    __slots__ = ("_named", "count")

    def __init__(self, named: tuple[tuple[str, tuple[Hook, ...]], ...]) -> None:
        self._named = named
        self.count = sum(len(hooks) for _, hooks in named)

    def at(self, index: int) -> tuple[Hook, str]:
        """Return one of them, and the name that it is called for."""
        for name, hooks in self._named:
            if index < len(hooks):
                return hooks[index], name
            index -= len(hooks)
        raise IndexError


class _Actions:
    """The actions of one event, which begin in order: what they are told is kept once for all of them."""

    __slots__ = ("_context", "_events", "_steps", "_told", "end", "left")

    def __init__(self, events: Events, steps: _Steps, end: int, told: Told, context: EventContext) -> None:
        self._events, self._steps, self._told, self._context = events, steps, told, context
        self.left = self.end = end

    def begin(self) -> Coroutine[object, object, None]:
        """Call the next action; like those of a Directus they do not wait for each other."""
        hook, name = self._steps.at(self.end - self.left)
        self.left -= 1
        cause, told = self._context.cause, self._told
        assert isinstance(cause, Cause)
        args = Arguments(told, {"event": name, **told.meta}, context_data(self._context))
        try:
            running = hook.call(hook.handler, args, cause, f"{ACTION_PREFIX}{hook.event}")
        except ScopeboxError as error:
            return self._events.note_failed(hook, name, error, cause.chain)
        return self._events.finish(hook, name, running, cause.chain)


def context_data(context: EventContext) -> dict[str, object]:
    """Return the context that a handler gets: the accountability alone, None for internal calls."""
    accountability = context.accountability
    return {"accountability": None if accountability is None else accountability.as_data()}
