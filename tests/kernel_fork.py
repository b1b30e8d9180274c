"""Serves forks of itself as kernels, and, as the command of a kernel, asks for one; the second imports next to nothing."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from threading import Thread

MAX_BYTES = 200_000  # of what a kernel is started with: most of it is the environment
# What most notebooks of the tests come to import.
MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipywidgets"),
    *("scopebox.notebook.magics", "scopebox.sandbox.sandbox", "scopebox.store.store", "scopebox.server.app"),
    *("scopebox_guest.python", "scopebox_widgets.panel"),
)


def ask(place: str, *arguments: str) -> None:
    """Have a kernel started in the place of this process, and return when it has ended; it is interrupted and ends with this process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        signal.signal(signal.SIGINT, lambda *_: server.send(b"interrupt"))
        server.connect(place)
        folder = os.getcwd()  # noqa: PTH109 - to import pathlib takes longer than all the rest
        start = {"arguments": arguments, "folder": folder, "environment": dict(os.environ)}
        socket.send_fds(server, [json.dumps(start).encode()], [0, 1, 2])
        server.recv(1)


def serve(listening: int) -> None:
    """Answer each that asks with a fork, which is a kernel."""
    del sys.path[0]  # the folder of this file, which a kernel would not have
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel here
    with socket.socket(fileno=listening) as listener:
        while True:
            asked, _ = listener.accept()
            text, files, _, _ = socket.recv_fds(asked, MAX_BYTES, 3)
            if not os.fork():
                break
            asked.close()
            for file in files:
                os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    run(asked, files, **json.loads(text))


def run(asked: socket.socket, files: list[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be a kernel, until it is shut down or whoever ``asked`` for it has ended."""

    def follow() -> None:
        while asked.recv(MAX_BYTES):
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(1)

    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["ipykernel_launcher", *arguments]
    Thread(target=follow, daemon=True).start()
    app = importlib.import_module("ipykernel.kernelapp")
    app.IPKernelApp.log_connection_info = lambda _: None  # it is printed where a kernel seems to be started by hand
    app.launch_new_instance()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        ask(*sys.argv[2:])
