"""A JupyterLab server and one of its pages, driven by command ids and kernel status instead of menus and pauses."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

import httpx
from playwright.sync_api import ViewportSize

from tests.browser.measures import accessibility
from tests.light import python_path
from tests.loopback_server import free_port
from tests.processes import end_session
from tests.requirements import missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import ConsoleMessage, Error, Locator, Page

START_SECONDS: Final = 60.0
CELL_MILLISECONDS: Final = 60_000
POLLING: Final = 50  # milliseconds; by default it is each frame, and the browser draws sixty a second for it
VIEWPORT: Final[ViewportSize] = {"width": 1280, "height": 900}
SETTINGS: Final = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
APPLICATIONS: Final = ("LabApp", "JupyterNotebookApp")
QUIET: Final = (
    *("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
    *("--LabApp.extension_manager=readonly", "--LanguageServerManager.autodetect=False"),
)
IDLE: Final = """() => {
    const kernel = window.jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel;
    return !!kernel && kernel.connectionStatus === "connected" && kernel.status === "idle";
}"""
EXECUTE: Final = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    let printed = "", failed = "";
    future.onIOPub = message => {
        if (message.header.msg_type === "stream" && message.content.name === "stdout") printed += message.content.text;
        if (message.header.msg_type === "error") failed = message.content.traceback.join("\\n");
    };
    await future.done;
    return {printed, failed};
}"""
# Whether the page shows the application, and no document in it.
EMPTY: Final = """() => {
    const shell = window.jupyterapp?.shell;
    return !!shell?.node.isConnected && ![...shell.widgets("main")].some(widget => widget.context);
}"""
# Whether every cell of the notebook is part of the page: JupyterLab adds those out of sight when the browser has time.
COMPLETE: Final = """() => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    return notebook.widgets.every(cell => cell.node.isConnected && !cell.isPlaceholder());
}"""
# Closes everything without a question and ends every kernel, where the page still shows the application.
CLOSE: Final = """async () => {
    const app = window.jupyterapp;
    if (!app?.shell.node.isConnected) return;
    for (const widget of [...app.shell.widgets("main")]) widget.dispose();
    await app.serviceManager.sessions.shutdownAll();
}"""
# What JupyterLab itself says on the console of a healthy page.
HARMLESS: Final = ("favicon", "Download the React DevTools", "Could not restore the debugger state: Canceled")


def packages_of(name: str) -> Path:
    """Return the folder of the packages that ``beside/NAME.txt`` lists, where ``make browser`` puts them."""
    found = Path(sys.prefix) / "beside" / name
    return found if found.is_dir() else missing("chromium", f"make browser installs what beside/{name}.txt lists")


@dataclass
class LabServer:
    """JupyterLab on loopback, with a home of its own below ``folder``; notebooks lie in ``folder/notebooks``.

    With a folder of ``shipped`` settings it has those, and none that suit tests. A folder of packages ``beside`` is its alone,
    and one that makes it ``light``; the application is JupyterLab or Notebook.
    """

    folder: Path
    shipped: Path | None = None
    beside: Path | None = None
    light: Path | None = None
    application: Literal["jupyterlab", "notebook"] = "jupyterlab"
    port: int = field(default_factory=free_port)
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        """The folder that the server shows."""
        return self.folder / "notebooks"

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.folder / "lab.log"

    def url(self, path: str) -> str:
        """The address of ``path`` on this server, with the token."""
        return f"http://127.0.0.1:{self.port}{path}{'&' if '?' in path else '?'}token={self.token}"

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True)
        if self.shipped is None:
            self._write_settings()
        else:
            shutil.copytree(self.shipped, self.folder / "home" / "jupyter_config_dir")
        command = [
            *(sys.executable, "-m", self.application, "--no-browser", "--allow-root", "--ip=127.0.0.1"),
            *(f"--port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}"),
            *(f"--ServerApp.root_dir={self.root}", *(f"--{name}.expose_app_in_browser=True" for name in APPLICATIONS)),
            *(QUIET if self.shipped is None else ()),
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,  # where collaboration keeps its own files
                env=self._environment(),
                start_new_session=True,
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            end_session(self.process)

    def _environment(self) -> dict[str, str]:
        """The surroundings without anybody's own settings: nothing is read from or written to the home of the user."""
        places = {
            name: str(self.folder / "home" / name.lower())
            for name in (
                *("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
                *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
            )
        }
        if self.light is not None:
            places["JUPYTER_PATH"] = places["JUPYTER_CONFIG_PATH"] = str(self.light)
        places["PYTHONPATH"] = python_path(*([] if self.beside is None else [self.beside]))
        if self.beside is not None:
            places["JUPYTER_PATH"] = str(self.beside / "share" / "jupyter")
            places["JUPYTER_CONFIG_PATH"] = str(self.beside / "etc" / "jupyter")
            if (added := self.beside / "share" / "jupyter" / "lab").is_dir():
                places["JUPYTERLAB_DIR"] = str(self._with_schemas(added))
        return {**os.environ, **places, "HOME": str(self.folder / "home")}

    def _with_schemas(self, added: Path) -> Path:
        """A copy of the folder of JupyterLab, with what is ``added`` to it: a server follows no links out of it."""
        folder = self.folder / "application"
        for found in (Path(sys.prefix) / "share" / "jupyter" / "lab", added):
            shutil.copytree(found, folder, dirs_exist_ok=True)
        return folder

    def _write_settings(self) -> None:
        for name, values in SETTINGS.items():
            path = self.folder / "home" / "jupyterlab_settings_dir" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), "utf-8")

    def _wait(self) -> None:
        """Return when the server answers; raise with its log when it ended or took too long."""
        limit = time.monotonic() + START_SECONDS
        while self.process is not None and self.process.poll() is None and time.monotonic() < limit:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url("/api/status"), trust_env=False).is_success:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text('utf-8', 'replace')}")


@dataclass
class Lab:
    """One page of JupyterLab, and everything that its console complained about."""

    page: Page
    server: LabServer
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in HARMLESS):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def open(self, name: str, cells: Iterable[str] = ()) -> None:
        """Open the notebook ``name`` when its kernel is ready; with ``cells``, write it from these sources first.

        The page is loaded anew, but where it shows the application and no document.
        """
        if cells:
            self.write(name, cells)
        if self.empty():
            self.command("docmanager:open", {"path": name})
        else:
            place = "notebooks" if self.server.application == "notebook" else "doc/tree"
            self.page.goto(self.server.url(f"/{place}/{name}?reset"))
            self.page.wait_for_function("() => !!window.jupyterapp")
            self.page.evaluate("() => window.jupyterapp.restored")
        self.page.locator(".jp-Notebook").wait_for()
        self.wait_idle()

    def write(self, name: str, cells: Iterable[str]) -> None:
        """Write a notebook of code cells."""
        code: list[dict[str, object]] = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.server.root / name).write_text(json.dumps(notebook), "utf-8")

    def run_all(self) -> None:
        """Run every cell, and return when all are done and shown."""
        self.command("notebook:run-all-cells")
        self.wait_idle()
        self.page.wait_for_function(COMPLETE, timeout=3 * CELL_MILLISECONDS, polling=POLLING)

    def command(self, identifier: str, arguments: object = None) -> None:
        """Carry out a command of JupyterLab by its id, and return when it is done."""
        script = "async ([id, arguments]) => { await window.jupyterapp.commands.execute(id, arguments ?? undefined); }"
        self.page.evaluate(script, [identifier, arguments])

    def wait_idle(self) -> None:
        """Return when the kernel has nothing to do."""
        self.page.wait_for_function(IDLE, timeout=CELL_MILLISECONDS, polling=POLLING)

    def execute(self, code: str) -> str:
        """Run ``code`` in the kernel of the notebook, outside its cells, and return what it printed."""
        answer = self.page.evaluate(EXECUTE, code)
        if answer["failed"]:
            raise AssertionError(answer["failed"])
        return str(answer["printed"])

    def outputs(self) -> Locator:
        """All outputs of the notebook."""
        return self.page.locator(".jp-OutputArea-output")

    def theme(self, name: Literal["JupyterLab Light", "JupyterLab Dark"]) -> None:
        """Switch the theme, and return when the page shows it."""
        self.command("apputils:change-theme", {"theme": name})
        light = "true" if name == "JupyterLab Light" else "false"
        self.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def violations(self, selector: str) -> list[str]:
        """What axe finds wrong with the accessibility of the first element that matches ``selector``."""
        return accessibility(self.page, selector)

    def empty(self) -> bool:
        """Whether the page shows the application, and no document in it."""
        return bool(self.page.evaluate(EMPTY))

    def leave(self) -> bool:
        """End every kernel and leave the page as a fresh one is, whatever is not saved; return whether it can be used again."""
        self.page.evaluate(CLOSE)
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_error)
        if not self.empty():
            return False
        self.page.emulate_media(media="null")
        self.page.set_viewport_size(VIEWPORT)
        self.theme("JupyterLab Light")
        return not self.complaints

    def shut_down(self) -> None:
        """End the kernel of the notebook, if one is open."""
        self.page.evaluate(
            "async () => { await window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.shutdown(); }"
        )
