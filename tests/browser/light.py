"""What makes JupyterLab light for most tests: kernels that are forks of one process, and a page without what no test asks for.

To import what a notebook needs takes most of the processor time of a short one.
"""

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
    from collections.abc import Iterator, Mapping

FORK: Final = Path(__file__).with_name("kernel_fork.py")
# The debugger asks every kernel how it is when its notebook opens, and to check whether JupyterLab has to be built, a server starts Node.js.
PAGE: Final = {"disabledExtensions": {"@jupyterlab/debugger-extension": True}, "buildCheck": False}


@contextmanager
def light_folder() -> Iterator[Path]:
    """A folder of Jupyter's data and settings whose ``python3`` is such a kernel."""
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        folder = Path(name)
        place = folder / "socket"
        listener.bind(str(place))
        listener.listen()
        command = [sys.executable, "-I", "-S", str(FORK), "ask", str(place), "-f", "{connection_file}"]
        _write(folder / "kernels" / "python3" / "kernel.json", {**get_kernel_dict(), "argv": command})
        _write(folder / "labconfig" / "page_config.json", PAGE)
        process = subprocess.Popen(
            [sys.executable, "-P", str(FORK), "serve", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": python_path(), "HOME": name},
            start_new_session=True,
        )
        try:
            yield folder
        finally:
            end_session(process)


def _write(file: Path, values: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(values), "utf-8")
