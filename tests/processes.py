"""Servers that tests start in a session of their own, ended with whatever they have started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its session, politely first."""
    for step in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, step)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return
