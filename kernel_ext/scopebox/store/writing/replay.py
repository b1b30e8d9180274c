"""What planning was answered from outside, kept so that planning once more asks no guest twice."""

from __future__ import annotations

from collections import defaultdict, deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.store.emitter import Filtered, data_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scopebox_guest.wire import Certain

    from scopebox.store.emitter import Emitter, EventContext
    from scopebox.store.writing.volume import Volume
    from scopebox.vocabulary import HookKind


DIGEST_BYTES: Final = 32  # of what was asked: nobody finds two questions with one answer

UNCHANGED: Final = object()  # the answer of filters that left a payload as it was


class ChangedError(Exception):
    """Planning once more would have to ask a hook something that it was not asked before."""


class HookReplay:
    """The answers of hooks and sequences, by question."""

    def __init__(self) -> None:
        self._answers: defaultdict[object, deque[object]] = defaultdict(deque)
        self.again = False

    def rewind(self) -> None:
        """Give every answer once more, and no others."""
        self.again = True

    def forget(self) -> None:
        """Let go of all answers: nothing will be planned once more."""
        self._answers.clear()

    def keep(self, question: object, answer: object) -> None:
        """Keep an answer that was given the first time."""
        self._answers[question].append(answer)

    async def answer(self, question: object, ask: Callable[[], Awaitable[object]], *, anew: bool = False) -> object:
        """Return the answer to ``question``: the second time from the replay.

        What is not on it is asked ``anew`` where that is no matter, else :class:`ChangedError` is raised.
        """
        if self.again and self._answers[question]:
            return self._answers[question].popleft()
        if self.again and not anew:
            raise ChangedError
        found = await ask()
        if not self.again:
            self.keep(question, found)
        return found


class ReplayedEmitter:
    """The emitter of a plan: filters answer from the replay the second time, actions of its reads run once.

    What filters made is on the replay as JSON text, counted in ``volume``: as data it may take many times as much.
    """

    def __init__(self, emitter: Emitter, replay: HookReplay, volume: Volume | None = None) -> None:
        self._emitter = emitter
        self._replay = replay
        self._volume = volume

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        """Return whether any listener would be called."""
        return self._emitter.listens(kind, names)

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Return what the filters make of ``payload``."""
        if not self._emitter.listens("filter", names):
            return payload
        found: list[object] = []

        async def ask() -> object:
            found.append(await self._emitter.filter(names, payload, meta, context))
            return self._kept(found[0], payload, meta)

        answer = await self._replay.answer(_question(names, payload, meta), ask)
        if answer is UNCHANGED:
            return payload
        return found[0] if found else data_of(answer)

    async def filter_first(
        self,
        names: tuple[str, ...],
        payloads: Sequence[object],
        meta: dict[str, object],
        context: EventContext,
        certain: Certain,
    ) -> Filtered:
        """Return what the filters make of the first of ``payloads``, as JSON text where that is something else; the second time, of one."""
        if self._replay.again:
            return Filtered([await self.filter(names, payloads[0], meta, context)])
        filtered = await self._emitter.filter_first(names, payloads, meta, context, certain)
        for payload, value in zip(payloads, filtered.values, strict=False):
            self._replay.keep(_question(names, payload, meta), self._kept(value, payload, meta))
        return filtered

    def _kept(self, made: object, payload: object, meta: dict[str, object]) -> object:
        """Return what is kept of what filters ``made`` of ``payload``; LimitError where that is too much."""
        if made is payload:
            return UNCHANGED
        text = made if isinstance(made, msgspec.Raw) else msgspec.Raw(wire.encode(made))
        if self._volume is not None:
            keys = meta.get("keys")  # of an update: each of these items gets what was made
            self._volume.make(text, payload, len(keys) if isinstance(keys, list) else 1)
        return text

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Queue the actions of something that planning has read."""
        if not self._replay.again:
            self._emitter.action(names, meta, context)


def _question(names: tuple[str, ...], payload: object, meta: dict[str, object]) -> object:
    return names, _fingerprint(payload), _fingerprint(meta)


def _fingerprint(value: object) -> object:
    """Return what stands for ``value`` and is small: each of many payloads that lie in each other holds all within it."""
    try:
        return blake2b(msgspec.json.encode(value), digest_size=DIGEST_BYTES).digest()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return id(value)
