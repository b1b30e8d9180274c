"""Another system, played on this one: what Windows lacks is hidden, in a process that has imported everything but scopebox.

``python -m tests.other_system`` hides it, and works with all of scopebox that needs no isolate.
"""

from __future__ import annotations

import importlib
import mmap
import os
import select
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Final

MODULES: Final = (
    "crypt",
    "fcntl",
    "grp",
    "nis",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
)
NAMES: Final[Mapping[ModuleType, str]] = {
    os: "O_ASYNC O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK WNOHANG chown fork forkpty getegid geteuid getgid getpgid getsid getuid "
    "killpg lchown memfd_create mkfifo openpty pidfd_open posix_spawn sched_getaffinity setsid statvfs sysconf uname wait waitid",
    socket: "AF_NETLINK AF_UNIX CMSG_LEN SCM_RIGHTS SOCK_SEQPACKET recv_fds send_fds",
    signal: "SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGSYS SIGUSR1 SIGXCPU alarm "
    "pidfd_send_signal pthread_kill pthread_sigmask setitimer sigwait",
    mmap: "MAP_ANONYMOUS MAP_PRIVATE MAP_SHARED PROT_EXEC PROT_READ PROT_WRITE",
    select: "epoll poll",
    time: "clock_gettime clock_getres pthread_getcpuclockid tzset",
}
FOREIGN: Final = (  # all that is not scopebox's own, which meets the other system alone
    "IPython.core.interactiveshell", "IPython.utils.capture", "RestrictedPython", "asyncio", "ctypes", "duckdb", "h11", "hashlib", "httpcore",
    "httpx", "idna", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipywidgets", "msgspec", "psutil", "starlette.applications", "starlette.middleware.cors", "starlette.routing", "subprocess",
    "tarfile", "tempfile", "traitlets.config", "uuid", "uvicorn", "uvicorn.loops.asyncio", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.off", "uvicorn.lifespan.on", "yaml",
    "zoneinfo", "multiprocessing", "http.client", "urllib.request", "encodings.idna", "anyio._backends._asyncio", "httpcore._backends.anyio", "httpcore._backends.auto",
)  # fmt: skip


def pair(*_: object) -> tuple[socket.socket, socket.socket]:
    """Return what ``socket.socketpair`` makes on Windows: a connection of the machine to itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        return ours, listener.accept()[0]


def _no_proc(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc"):
        raise FileNotFoundError(2, "No such file or directory", str(arguments[0]))


def hide() -> None:
    """Hide all of it. For a process that ends afterwards."""
    for name in FOREIGN:
        importlib.import_module(name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment] # that makes an import fail
    for module, names in NAMES.items():
        for name in names.split():
            vars(module).pop(name, None)
    socket.socketpair = pair  # type: ignore[assignment]
    selectors.DefaultSelector = selectors.SelectSelector  # type: ignore[misc,assignment]
    sys.addaudithook(_no_proc)
    sys.platform = "win32"


def work() -> None:
    """Work with the store, items, mocks, the application, the server, the notebook and the panel; then load an extension."""
    # ruff: noqa: PLC0415 - this is what meets the other system
    import httpx
    from scopebox import IsolationError, Sandbox, Settings, Store
    from scopebox_widgets.panel import Panel

    from tests.shells import notebook

    with Store.sample("blog") as store, Sandbox(store, settings=Settings(spares=1)) as box:
        key = box.items("authors").create([{"name": "Ada"}])[0]
        assert box.items("authors").read({"filter": {"id": {"_eq": key}}})[0]["name"] == "Ada"
        assert len(box.items("articles").read({"limit": 2})) == 2
        box.mock("GET", "https://api.example.com/*", json={"a": 1})
        assert box.request("GET", "/items/articles").status_code == 403  # as for any visitor
        server = box.serve()
        assert httpx.get(f"{server.url}/items/articles", trust_env=False).status_code == 403
        server.stop()
        panel = Panel(box)
        assert panel is not None
        box.pool.submit(box.pool.refill()).result()
        for source, language in (("1 + 1", "python"), ("1 + 1", "js")):
            try:
                box.load(source, language=language)
            except IsolationError as error:
                print(error)
        assert not box.pool.isolates
    with notebook(sys.argv[1]) as book:
        assert "articles" in book.fine("%sandbox schema").text
        print(book.run("%%sandbox hello\n1 + 1").text)
        book.fine("%sandbox panel")


if __name__ == "__main__":
    hide()
    work()
