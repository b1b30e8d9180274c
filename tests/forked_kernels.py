"""Kernels that are forks of one process: to import what a notebook needs takes most of the processor time of a short one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ipykernel.kernelspec import get_kernel_dict

from tests.light import python_path
from tests.processes import end_session

if TYPE_CHECKING:
    from collections.abc import Iterator

FORK: Final = Path(__file__).with_name("kernel_fork.py")


@contextmanager
def forked_kernels() -> Iterator[Path]:
    """A folder of Jupyter's data whose ``python3`` is such a kernel."""
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        folder = Path(name)
        place = folder / "socket"
        listener.bind(str(place))
        listener.listen()
        command = [sys.executable, "-I", "-S", str(FORK), "ask", str(place), "-f", "{connection_file}"]
        description = folder / "kernels" / "python3" / "kernel.json"
        description.parent.mkdir(parents=True)
        description.write_text(json.dumps({**get_kernel_dict(), "argv": command}), "utf-8")
        process = subprocess.Popen(
            [sys.executable, str(FORK), "serve", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": python_path(), "HOME": name},
            start_new_session=True,
        )
        try:
            yield folder
        finally:
            end_session(process)
