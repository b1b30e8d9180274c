"""The state of one shell: its sandbox, made in the background, and what was tried in it."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.errors import IsolationError, ManifestError, ScopeboxError
from scopebox.manifest.naming import check_extension_name
from scopebox.notebook.collector import collector_paused
from scopebox.notebook.completion.language import Language
from scopebox.notebook.config import Sandbox as SandboxConfig
from scopebox.notebook.config import ScopeboxMagics
from scopebox.notebook.secret_file import SecretFile
from scopebox.notebook.sheet import Sheet
from scopebox.settings import Settings
from scopebox.text.messages import hint, quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.isolate.pool import IsolatePool
    from scopebox.manifest.manifest import Manifest
    from scopebox.notebook.arguments import CellOptions
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.server.serving import Server
    from scopebox.store.store import Store

PAUSE_SECONDS: Final = (
    0.1  # in which the cell with %load_ext ends, and then the first one of ours, before imports take the processor
)


class Shown(Protocol):
    """Something on the page that follows the sandbox until it is closed."""

    def close(self) -> None:
        """Stop following the sandbox, and leave the page."""


class Session:
    """What the magics of a shell share. The sandbox has the sample blog; it is made by whoever needs it first."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.config = SandboxConfig(parent=shell)
        self._tried: dict[str, Manifest] = {}  # by extension, also of cells that failed
        self.server: Server | None = None
        self.panel: Shown | None = None
        self.language = Language()
        self.sheet = Sheet(shell)
        self._lock = threading.Lock()
        self._box: Sandbox | None = None
        self._pools: list[IsolatePool] = []  # at most one, that no sandbox has yet
        self._newest: IsolatePool | None = None  # that of the sandbox, also while that is being made
        self._level = ""
        self.magics_config = ScopeboxMagics(self._accept, parent=shell)
        self._preparing: threading.Thread | None = None
        self._closing = threading.Event()

    def start_pool(self) -> None:
        """Begin with the first isolate."""
        self._newest = _started_pool(self._settings())
        self._pools.append(self._newest)

    def expect(self, options: CellOptions) -> None:
        """Begin with what runs the language of a cell, in a process of its own, while this one imports and makes what the cell needs."""
        if self._newest is not None:
            self._newest.expect(options.language(self.magics_config.lang))

    def prepare(self, then: Callable[[], None]) -> None:
        """Make the sandbox in the background, so that neither ``%load_ext`` nor the first cell waits for all of it, and do what comes ``then``."""
        self._preparing = threading.Thread(target=self._prepare, args=(then,), name="scopebox-prepare", daemon=True)
        self._preparing.start()

    def prepared(self, timeout: float) -> None:
        """Wait until the preparations have ended, at most ``timeout`` seconds."""
        if self._preparing is not None:
            self._preparing.join(timeout)

    def _prepare(self, then: Callable[[], None]) -> None:
        if self._closing.wait(PAUSE_SECONDS):
            return
        try:
            box = self.box
            box.pool.run(box.pool.settle())
            if self._closing.wait(PAUSE_SECONDS):
                return
            box.services.stores.get()
            then()
            self.language = Language.read()
        except Exception:  # noqa: BLE001 - whoever needs it next gets the error, at a place where it can be shown
            return

    @property
    def box(self) -> Sandbox:
        """The sandbox of this shell."""
        with self._lock:
            if self._box is None:
                self._box = self._made(None)
            return self._box

    def _accept(self, level: str) -> None:
        """Accept a level of isolation from the first cell on; IsolationError if there was one."""
        with self._lock:
            if self._box is not None:
                self._box.accept_isolation(level)
            self._level = level

    @property
    def ready_box(self) -> Sandbox | None:
        """The sandbox if it is there already; nobody waits."""
        return self._box

    @property
    def manifests(self) -> dict[str, Manifest]:
        """The manifests of all extensions that are loaded, and of those whose cells failed."""
        box = self._box
        loaded = {} if box is None else {name: extension.manifest for name, extension in box.extensions.items()}
        return {**self._tried, **loaded}

    @property
    def decidable(self) -> dict[str, list[str]]:
        """The optional permissions by extension, of those that have any; a cell may have failed for want of one."""
        return {
            name: optional
            for name, manifest in self.manifests.items()
            if (optional := [entry.permission for entry in manifest.permissions if entry.optional])
        }

    def note_tried(self, name: str, manifest: Manifest) -> None:
        """Keep what a cell asks for, whatever becomes of it; a name that no extension can have is forgotten."""
        with suppress(ManifestError):
            self._tried[check_extension_name(name)] = manifest

    def reset(self, project: Path | None = None) -> Sandbox:
        """End the sandbox and all that it holds, and return a new one: with the sample blog, or with the project in a folder.

        SchemaError, and the old one goes on, if the project cannot be read.
        """
        box = self._made(project)
        self._end()
        with self._lock:
            self._box = box
        return box

    def close(self) -> None:
        """End every process and thread."""
        self._closing.set()
        if self._preparing is not None:
            self._preparing.join()
        self._end()
        for pool in self._pools:  # which no sandbox took
            pool.close()

    def _end(self) -> None:
        with self._lock:
            box, self._box = self._box, None
        self._tried.clear()
        self.server = None
        if self.panel is not None:
            self.panel.close()
            self.panel = None
        if box is not None:
            box.close()
            for ring in (box.log, box.trace):  # which results that the notebook keeps refer to
                ring.clear()
            box.services.stores.close()

    def variable(self, name: str, what: str) -> object:
        """Return the value of a variable of the notebook; ScopeboxError with a close match if there is none."""
        values = self.shell.user_ns
        if name in values:
            return values[name]
        own = (entry for entry in values if entry not in self.shell.user_ns_hidden)  # others are IPython's
        names = (entry for entry in own if not entry.startswith("_"))
        raise ScopeboxError(
            f"{what} {quote(name)} is not a variable of this notebook",
            hint=hint(name, names, "Make it in a cell before this one."),
        )

    def show_relations(self) -> None:
        """Show what ``store.sql`` returns as a table."""
        from duckdb import DuckDBPyRelation  # noqa: PLC0415 - the first cell need not wait for it

        from scopebox.store.views.rows import rows_view  # noqa: PLC0415 - as above

        self.sheet.show(DuckDBPyRelation, rows_view)

    def _store(self, project: Path | None) -> Store:
        """Return the store of a project, or the sample blog."""
        with collector_paused():
            from scopebox.store.store import Store  # noqa: PLC0415 - the first cell need not wait for it

            self.show_relations()
        return Store.sample("blog") if project is None else Store.from_project(project)

    def _made(self, project: Path | None) -> Sandbox:
        """Return a sandbox with the project in a folder, or with the sample blog.

        Its first isolate starts in a process of its own while this one imports the rest. The sample is made when it is needed first; a project
        is read at once, since it may be one that cannot be.
        """
        settings = self._settings()
        pool = self._newest = self._taken(settings) or _started_pool(settings)
        try:
            with collector_paused():
                box = self._sandbox(project, settings, pool)
        except BaseException:
            pool.close()
            raise
        try:
            SecretFile(Path.cwd()).fill(box.secrets)
        except ScopeboxError as error:
            box.log.write("warn", "", str(error))
        return box

    def _settings(self) -> Settings:
        return Settings(isolation=self._level) if self._level else Settings()

    def _taken(self, settings: Settings) -> IsolatePool | None:
        """Return the pool that was started, if it is of these settings; from then on it belongs to a sandbox."""
        with suppress(IndexError):
            pool = self._pools.pop()
            if pool.settings == settings:
                return pool
            pool.close()
        return None

    def _sandbox(self, project: Path | None, settings: Settings, pool: IsolatePool) -> Sandbox:
        from scopebox.sandbox.sandbox import Sandbox  # noqa: PLC0415 - loading must be quick
        from scopebox.services import StoreSource  # noqa: PLC0415 - as above

        stores = StoreSource(lambda: self._store(None)) if project is None else StoreSource.of(self._store(project))
        box = Sandbox(stores, settings=settings, pool=pool)
        box.ends_pool = True
        return box


def _started_pool(settings: Settings) -> IsolatePool:
    """Return a pool whose first isolate is being made."""
    from scopebox.isolate.pool import IsolatePool  # noqa: PLC0415 - loading must be quick

    pool = IsolatePool(settings)
    with suppress(IsolationError):  # the first load tries once more, and says why
        pool.loop.call_soon_threadsafe(pool.refill_soon)
    return pool
