"""The loop thread: what is handed over runs, or ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from threading import Event

import pytest
from scopebox.chains.loop import LoopThread


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    made = LoopThread()
    yield made
    made.close()


def test_an_interrupt_while_work_is_handed_over_cancels_it_and_is_raised(
    thread: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, told, ended = Event(), Event(), Event()
    hand_over = asyncio.run_coroutine_threadsafe
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored

    async def work() -> None:
        begun.set()
        told.wait(60)  # it executes while the interrupt comes
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.set()

    def interrupted(work: Coroutine[object, object, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
        future = hand_over(work, loop)
        begun.wait(60)
        signal.raise_signal(signal.SIGINT)
        return future

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            thread.submit(work())
    finally:
        told.set()
        signal.signal(signal.SIGINT, before)
    assert ended.wait(60)
