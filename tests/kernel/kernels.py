"""A kernel in a process of its own, and what its cells send."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

from tests import portable

SECONDS = 60.0


@dataclass
class Reply:
    """The reply to a cell, and every message that it sent: type and content, in order."""

    status: str
    seconds: float
    name: str = ""
    messages: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    @property
    def lasting(self) -> list[tuple[str, dict[str, object]]]:
        """The messages that stay: a cell that clears its output takes back all that it sent before."""
        cleared = [at for at, (kind, _) in enumerate(self.messages) if kind == "clear_output"]
        return self.messages[cleared[-1] + 1 if cleared else 0 :]

    @property
    def text(self) -> str:
        """All that a plain front end shows."""
        parts = []
        for kind, content in self.lasting:
            if kind == "stream":
                parts.append(str(content["text"]))
            elif kind in {"execute_result", "display_data"}:
                parts.append(str(content["data"].get("text/plain", "")) + "\n")  # type: ignore[attr-defined]
            elif kind == "error":
                parts.append("\n".join(content["traceback"]) + "\n")  # type: ignore[arg-type]
        return "".join(parts)


class Kernel:
    """A kernel that is driven cell by cell."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, cell: str, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Run a cell to its end; ``heard`` is told the content of each message as text."""
        messages: list[tuple[str, dict[str, object]]] = []
        started = time.monotonic()

        def keep(message: dict[str, object]) -> None:
            messages.append((str(message["msg_type"]), message["content"]))  # type: ignore[arg-type]
            heard(str(message["content"]))

        content = self.client.execute_interactive(cell, timeout=SECONDS, output_hook=keep)["content"]
        return Reply(content["status"], time.monotonic() - started, content.get("ename", ""), messages)

    def fine(self, cell: str) -> Reply:
        """Run a cell that has to succeed."""
        reply = self.run(cell)
        assert reply.status == "ok", reply.text
        return reply

    def value(self, expression: str) -> object:
        """The value of an expression, which has to be JSON data."""
        return json.loads(self.fine(f"import json; print(json.dumps({expression}))").text)

    def interrupt_at(self, text: str, cell: str) -> tuple[Reply, float]:
        """Run a cell, interrupt it when it sends ``text``, and return the reply with the seconds from the interrupt to it."""
        moments: list[float] = []
        pid = self.pid

        def interrupt(sent: str) -> None:
            if text in sent and not moments:
                moments.append(time.monotonic())
                os.kill(pid, signal.SIGINT)  # what interrupting by message comes to, without a loop in this thread

        reply = self.run(cell, interrupt)
        return reply, time.monotonic() - moments[0]

    def help(self, text: str) -> str:
        """What Shift+Tab shows at the end of a text."""
        self.client.inspect(text, len(text))
        reply = self.client.get_shell_msg(timeout=SECONDS)
        return str(reply["content"]["data"].get("text/plain", ""))

    def complete(self, text: str) -> list[str]:
        """The completions at the end of ``text``."""
        self.client.complete(text, len(text))
        matches: list[str] = self.client.get_shell_msg(timeout=SECONDS)["content"]["matches"]
        return matches

    @property
    def pid(self) -> int:
        """The process of the kernel."""
        found = self.value("__import__('os').getpid()")
        assert isinstance(found, int)
        return found

    def children(self) -> list[psutil.Process]:
        """The processes that belong to the kernel."""
        return psutil.Process(self.pid).children(recursive=True)


@contextmanager
def kernel(home: Path) -> Iterator[Kernel]:
    """A kernel with a home of its own, ended for certain."""
    places = {
        name: str(home) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    if portable.forced():
        portable.force_in_kernels(home)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, **places, "HOME": str(home)})
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=SECONDS)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def close_loop() -> None:
    """Close the event loop that clients of kernels leave open in this thread."""
    ensure_event_loop().close()
    asyncio.set_event_loop(None)


def gone(processes: list[psutil.Process], seconds: float = SECONDS) -> bool:
    """Whether all of ``processes`` end within some time; a zombie that nobody waits for has ended."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not any(alive(process) for process in processes):
            return True
        time.sleep(0.02)
    return False


def alive(process: psutil.Process) -> bool:
    """Whether a process runs."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
