"""What planning was answered from outside, kept so that planning once more asks no guest twice."""

from __future__ import annotations

from collections import defaultdict, deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest.wire import decode_json

from scopebox.store.emitter import Filtered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scopebox_guest.wire import Certain

    from scopebox.store.emitter import Emitter, EventContext
    from scopebox.vocabulary import HookKind


_SHORT: Final = 64  # bytes of a text that stands for itself; of a longer one its digest is kept
_UNCHANGED: Final = object()  # what a filter left as it was


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
    """The emitter of a plan: filters answer from the replay the second time, actions of its reads run once."""

    def __init__(self, emitter: Emitter, replay: HookReplay) -> None:
        self._emitter = emitter
        self._replay = replay

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        """Return whether any listener would be called."""
        return self._emitter.listens(kind, names)

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Return what the filters make of ``payload``."""
        if not self._emitter.listens("filter", names):
            return payload
        question = (names, _fingerprint(payload), _fingerprint(meta))
        if self._replay.again:
            return _opened(await self._replay.answer(question, never), payload)
        found = await self._emitter.filter(names, payload, meta, context)
        self._replay.keep(question, _closed(found, payload))
        return found

    async def filter_first(
        self,
        names: tuple[str, ...],
        payloads: Sequence[object],
        meta: dict[str, object],
        context: EventContext,
        certain: Certain,
    ) -> Filtered:
        """Return what the filters make of the first of ``payloads``; the second time, of one."""
        if self._replay.again:
            return Filtered([await self.filter(names, payloads[0], meta, context)])
        filtered = await self._emitter.filter_first(names, payloads, meta, context, certain)
        for payload, value in zip(payloads, filtered.values, strict=False):
            self._replay.keep((names, _fingerprint(payload), _fingerprint(meta)), _closed(value, payload))
        return filtered

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Queue the actions of something that planning has read."""
        if not self._replay.again:
            self._emitter.action(names, meta, context)


async def never() -> object:
    """Ask nobody: the second time, what is not on the replay cannot be asked."""
    raise ChangedError


def _closed(found: object, payload: object) -> object:
    """Return what a filter made of ``payload`` as it is kept: as text, since as data it takes many times as much, and is hardly ever needed again."""
    if found is payload:
        return _UNCHANGED
    if not isinstance(found, dict | list):
        return found
    try:
        return msgspec.Raw(msgspec.json.encode(found))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return found


def _opened(kept: object, payload: object) -> object:
    """Return what a filter made of ``payload``, from what was kept of it."""
    if kept is _UNCHANGED:
        return payload
    return decode_json(kept) if isinstance(kept, msgspec.Raw) else kept


def _fingerprint(value: object) -> object:
    try:
        text = msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return id(value)
    return text if len(text) <= _SHORT else blake2b(text).digest()
