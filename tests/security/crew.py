"""The processes that run attacks. One that dies, or that does not answer, has lost; another takes its place."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Final

from tests.security import worker
from tests.security.corpus import Attack
from tests.security.watch import MOST_KEPT

PATIENCE: Final = 90.0  # seconds that one attack may take, whatever it does
Verdict = dict[str, object]
_FORKS: Final = multiprocessing.get_context("forkserver")  # what processes import is imported once
_FORKS.set_forkserver_preload(["tests.security.worker"])


class _Worker:
    def __init__(self) -> None:
        self.answered = 0
        self._start()

    def _start(self) -> None:
        self._channel, theirs = _FORKS.Pipe()
        self._process = _FORKS.Process(target=worker.main, args=(theirs,))
        self._process.start()
        theirs.close()

    def run(self, attack: Attack) -> Verdict:
        """Hand over one attack and wait for what came of it."""
        process = self._process
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        try:
            self._channel.send(attack.source)
            found: Verdict | None = self._channel.recv()
        except (OSError, EOFError):
            found = None
        finally:
            timer.cancel()
        if found is not None:
            self.answered += 1
            if float(str(found.get("kept", 0.0))) > MOST_KEPT:
                self.close()
                self._start()  # the next attack is measured from a baseline like the first
            return found
        self.close()
        if self.answered:
            self._start()  # the next attack meets another process
        why = f"the host ended with {process.exitcode}, or did not answer within {PATIENCE:g} s"
        return {"id": attack.id, "layer": attack.layer, "wrong": {"host_alive": why}}

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        self._process.join(10)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()


def run(attacks: Sequence[Attack], count: int) -> Iterator[Verdict]:
    """Run ``attacks`` in ``count`` processes and yield what came of each, in the order in which they end."""
    waiting: queue.SimpleQueue[Attack] = queue.SimpleQueue()
    for attack in attacks:
        waiting.put(attack)
    verdicts: queue.SimpleQueue[Verdict] = queue.SimpleQueue()

    def work() -> None:
        worker = _Worker()
        while True:
            try:
                attack = waiting.get_nowait()
            except queue.Empty:
                worker.close()
                return
            verdicts.put(worker.run(attack))
            if not worker.answered:
                verdicts.put({"broken": "no process can run attacks"})
                return

    for _ in range(count):
        threading.Thread(target=work, daemon=True).start()
    for _ in attacks:
        verdict = verdicts.get()
        if "broken" in verdict:
            raise RuntimeError(verdict["broken"])
        yield verdict
