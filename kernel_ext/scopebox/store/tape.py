"""What planning was answered from outside, kept so that planning once more asks nobody twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scopebox.store.emitting import Emitter, EventContext, EventKind


class Changed(Exception):  # noqa: N818 - says what happened
    """Planning once more would have to ask something that was not asked before."""


class Tape:
    """The answers of hooks and sequences in the order they came."""

    def __init__(self) -> None:
        self._answers: list[tuple[object, object]] = []
        self._at = 0
        self.again = False

    def rewind(self) -> None:
        """Give the same answers from the start, and no others."""
        self._at, self.again = 0, True

    async def answer(self, question: object, ask: Callable[[], Awaitable[object]]) -> object:
        """Return the answer to ``question``: from the tape the second time. Raises :class:`Changed` if it is not there."""
        if self.again:
            if self._at >= len(self._answers) or self._answers[self._at][0] != question:
                raise Changed
            found = self._answers[self._at][1]
            self._at += 1
            return found
        found = await ask()
        self._answers.append((question, found))
        return found


class TapedEmitter:
    """The emitter of a plan: filters answer from the tape the second time, actions of its reads run once."""

    def __init__(self, emitter: Emitter, tape: Tape) -> None:
        self._emitter = emitter
        self._tape = tape

    def listens(self, kind: EventKind, names: tuple[str, ...]) -> bool:
        """Return whether any listener would be called."""
        return self._emitter.listens(kind, names)

    async def filter(
        self, names: tuple[str, ...], payload: object, meta: dict[str, object], context: EventContext
    ) -> object:
        """Return what the filters make of ``payload``."""
        if not self._emitter.listens("filter", names):
            return payload
        return await self._tape.answer(names, lambda: self._emitter.filter(names, payload, meta, context))

    def action(self, names: tuple[str, ...], meta: dict[str, object], context: EventContext) -> None:
        """Queue the actions of something that planning has read."""
        if not self._tape.again:
            self._emitter.action(names, meta, context)
