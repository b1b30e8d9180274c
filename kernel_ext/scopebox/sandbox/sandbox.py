"""Sandbox: the whole thing, headless. The magic, the widgets and the tests are thin callers of it."""

from __future__ import annotations

from contextlib import ExitStack
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.chains.chain import Cause
from scopebox.chains.interrupts import Interrupts
from scopebox.chains.runner import Roots
from scopebox.errors import CancelledRun, IsolationError, ScopeboxError, UnknownNameError
from scopebox.extension import preparing, running
from scopebox.isolate.pool import IsolatePool
from scopebox.journal.log import Log
from scopebox.journal.trace import Trace
from scopebox.network.mocks import Mock, MockOptions, Mocks
from scopebox.network.secrets import Secrets
from scopebox.registry.registry import Registry
from scopebox.sandbox.events import copied, copied_meta, event_names
from scopebox.sandbox.items import Items
from scopebox.sandbox.options import LoadOptions
from scopebox.server.app import SandboxApp
from scopebox.settings import Settings
from scopebox.store.emitter import EventContext
from scopebox.store.store import Store
from scopebox.text.messages import closest, quote
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self, Unpack

    import httpx

    from scopebox.chains.chain import Chain
    from scopebox.extension.extension import Extension
    from scopebox.isolate.report import IsolationReport
    from scopebox.network.requester import Requester
    from scopebox.registry.registrations import Endpoint, Hook, Operation
    from scopebox.server.serving import Server
    from scopebox.store.access import Accountability


IN_A_THREAD: Final = "await asyncio.to_thread(box.{call}, …)"


class Sandbox(Viewed):
    """A store, the extensions that run against it, and everything they registered.

    ``store`` defaults to an empty one in memory. ``transport`` is an httpx transport that answers requests instead of the
    network, ``pool`` an :class:`IsolatePool` that several sandboxes share, and whose level of isolation holds where no settings are given; ``allow_private_network`` lets requests reach
    private addresses that a manifest names exactly.

    Extensions and registrations change on the loop thread only and are published as immutable snapshots, so every property
    may be read from any thread. A sandbox is also a context manager; with :meth:`close` every process of it ends.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        settings: Settings | None = None,
        pool: IsolatePool | None = None,
        allow_private_network: bool = False,
    ) -> None:
        self.settings = settings or Settings(isolation=FULL if pool is None else pool.settings.isolation)
        self._subscribers: tuple[Callable[[], None], ...] = ()
        self._owns_store, self._owns_pool = store is None, pool is None
        self.store = Store() if store is None else store
        self.pool = IsolatePool(self.settings) if pool is None else pool
        self.log = Log(self.settings.log_capacity, self.notify)
        self.trace = Trace(self.settings.trace_capacity, self.notify)
        self.registry = Registry(self.log, self.notify)
        self.events = self.registry.events
        self.mocks = Mocks()
        self.secrets = Secrets()
        self.roots = Roots(self.pool, self.settings, self._cancel, self._at_limit)
        self.app = SandboxApp(self)
        self.decisions: dict[tuple[str, str], bool] = {}
        self._transport = transport
        self._allow_private_network = allow_private_network
        self._requester: Requester | None = None
        self._extensions: Mapping[str, Extension] = MappingProxyType({})
        self._servers: list[Server] = []
        self._closed = False
        self._loaded = False

    @staticmethod
    def current() -> Sandbox:
        """Return the sandbox of ``%%sandbox`` in this notebook; RuntimeError without ``%load_ext scopebox``."""
        from scopebox.notebook import current_sandbox  # noqa: PLC0415 - IPython is imported only at the edge

        return current_sandbox()

    # extensions

    def load(self, source: str, **options: Unpack[LoadOptions]) -> Extension:
        """Run a cell as an extension and return it.

        ``name`` (default directus-extension-untitled), ``manifest`` (a mapping, text, path or Manifest; by default the comment
        block of the source, if it has one), ``type`` (hook, endpoint or operation, for default exports),
        ``grant`` and ``deny`` (permissions decided for this run), ``inputs`` (JSON data that become globals), ``timeout`` (seconds busy), ``wall`` (seconds in all), ``memory`` (MiB), ``filename`` (for
        error messages), ``append`` (run in the living isolate of that name instead of replacing the extension).

        Raises ManifestError, GrantError or SettingsError before anything runs; ExtensionError (ExtensionSyntaxError,
        LimitError, IsolateDied) if the cell fails, with the RunResult as ``.result``; nothing of a failed cell stays.
        """
        program = self._prepare(source, options)
        return self.roots.wait(program.chain, lambda: running.run(self, program), "await aload")

    async def aload(self, source: str, **options: Unpack[LoadOptions]) -> Extension:
        """Run a cell as :meth:`load` does."""
        program = self._prepare(source, options)
        return await self.roots.join(program.chain, running.run(self, program))

    def load_file(self, path: str | Path, **options: Unpack[LoadOptions]) -> Extension:
        """Run a file as an extension, named as the file is; every option of :meth:`load` may be given and wins."""
        file = Path(path)
        found: LoadOptions = {"name": file.stem, "filename": str(file)}
        found.update(options)
        return self.load(file.read_text(encoding="utf-8"), **found)

    def _check_open(self) -> None:
        if self._closed:
            raise ScopeboxError("This sandbox is closed", hint="Make another one.")

    def _prepare(self, source: str, options: LoadOptions) -> preparing.Program:
        self._check_open()
        return preparing.prepare(self, source, **options)

    def unload(self, name: str) -> None:
        """Stop an extension and forget all that it registered; UnknownNameError if there is none of that name."""
        if name not in self._extensions:
            raise UnknownNameError(unknown("extension", name, self._extensions))

        async def work() -> None:
            self.drop(name)

        self.roots.wait(self.roots.start(f"unload {name}"), work, IN_A_THREAD.format(call="unload"))

    def publish(self, extension: Extension) -> None:
        """On the loop: make an extension known under its name; it replaces the one of that name. ScopeboxError if closed."""
        self._check_open()
        self._loaded = True
        self.drop(extension.name)
        self._extensions = MappingProxyType({**self._extensions, extension.name: extension})
        self.notify()

    def drop(self, name: str) -> None:
        """On the loop: kill the extension of that name, if there is one, and forget all that it registered."""
        extension = self._extensions.get(name)
        self.registry.remove(name)
        self._extensions = MappingProxyType({key: entry for key, entry in self._extensions.items() if key != name})
        if extension is not None and extension.isolate is not None:
            extension.isolate.kill(CancelledRun("The extension was unloaded", extension=name))
        self.notify()

    @property
    def extensions(self) -> Mapping[str, Extension]:
        """The loaded extensions by name."""
        return self._extensions

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The registered endpoints, in order."""
        return self.registry.endpoints

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """The registered filters and actions, in order."""
        return self.events.hooks

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The registered operations, in order."""
        return self.registry.operations

    # using what is registered

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request to ``box.app`` and return the response.

        The options are those of ``httpx.Client.request``: headers, params, content, json.
        """
        chain = self.roots.start(f"{method} {path}")
        return self.roots.use(chain, lambda: self.app.request(chain, method, path, **options), "await arequest")

    async def arequest(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request as :meth:`request` does."""
        chain = self.roots.start(f"{method} {path}")
        return await self.roots.join(chain, self.app.request(chain, method, path, **options))

    def run_operation(self, id: str, data: object = None) -> object:  # noqa: A002 - the document's word
        """Run an operation with ``data`` and return its result, JSON data.

        UnknownNameError if no operation has that id; ExtensionError for what its handler raised.
        """
        chain, operation = self._operation(id)
        return self.roots.use(chain, lambda: self._run_operation(operation, data, chain), "await arun_operation")

    async def arun_operation(self, id: str, data: object = None) -> object:  # noqa: A002 - the document's word
        """Run an operation as :meth:`run_operation` does."""
        chain, operation = self._operation(id)
        return await self.roots.join(chain, self._run_operation(operation, data, chain))

    def _operation(self, name: str) -> tuple[Chain, Operation]:
        known = {entry.id: entry for entry in self.operations}
        if name not in known:
            raise UnknownNameError(unknown("operation", name, known))
        extension = self._extensions.get(known[name].extension)
        wall = None if extension is None else extension.limits.wall
        return self.roots.start(f"operation {name}", wall), known[name]

    async def _run_operation(self, operation: Operation, data: object, chain: Chain) -> object:
        result = await operation.run({} if data is None else copied(data), Cause(chain))
        await chain.settle(self.settings.settle)
        return result

    def emit_filter(
        self,
        event: str,
        payload: object,
        meta: Mapping[str, object] | None = None,
        accountability: Accountability | None = None,
    ) -> object:
        """Send ``payload`` through the filters of ``event`` and return what they made of it."""
        chain = self.roots.start(f"emit {event}", notebook=True)

        async def work() -> object:
            names = event_names(event, meta)
            context = EventContext(accountability, Cause(chain))
            return await self.events.filter(names, copied(payload), copied_meta(meta), context)

        return self.roots.use(chain, work, IN_A_THREAD.format(call="emit_filter"))

    def emit_action(
        self, event: str, meta: Mapping[str, object] | None = None, accountability: Accountability | None = None
    ) -> None:
        """Call the actions of ``event`` and wait until they have ended, at most ``settings.settle`` seconds."""
        chain = self.roots.start(f"emit {event}", notebook=True)

        async def work() -> None:
            context = EventContext(accountability, Cause(chain))
            self.events.action(event_names(event, meta), copied_meta(meta), context)
            await chain.settle(self.settings.settle)

        self.roots.use(chain, work, IN_A_THREAD.format(call="emit_action"))

    def items(self, collection: str, role: str | None = "admin") -> Items:
        """Return the items of a collection, used under a role (id or name); None is the store itself, without any check."""
        return Items(self, collection, None if role is None else self.store.access.for_role(role))

    def mock(self, method: str, url: str, **answer: Unpack[MockOptions]) -> Mock:
        """Answer requests to ``url`` (wildcards as in a manifest) here; see :meth:`Mocks.add`."""
        return self.mocks.add(method, url, **answer)

    def serve(self, port: int = 0, **options: object) -> Server:
        """Serve ``box.app`` over HTTP on loopback; the server has ``.url`` and ``.stop()``. Port 0 takes a free one."""
        from scopebox.server.serving import Server  # noqa: PLC0415 - uvicorn is loaded when it is needed

        server = Server(self, port, **options)  # type: ignore[arg-type]
        self._servers.append(server)
        return server

    # what belongs to the sandbox itself

    @property
    def requester(self) -> Requester:
        """Sends the requests of extensions; made at the first one."""
        if self._requester is None:
            from scopebox.network.requester import Requester  # noqa: PLC0415 - httpx is loaded when it is needed

            self._requester = Requester(
                self.settings,
                transport=self._transport,
                allow_private_network=self._allow_private_network,
                mocks=self.mocks,
                secrets=self.secrets,
            )
        return self._requester

    @property
    def isolation(self) -> IsolationReport:
        """The level of isolation reached on this machine, mechanism by mechanism."""
        return self.pool.isolation

    def accept_isolation(self, level: str) -> None:
        """Accept ``level`` as the lowest one from the first load on, in place of ``settings.isolation``.

        SettingsError if there is no such level; IsolationError if an extension was loaded already.
        """
        settings = replace(self.settings, isolation=level)
        if self._loaded and settings != self.settings:
            raise IsolationError(
                f"It is too late for another level of isolation: an extension was loaded under {self.settings.isolation!r}",
                hint="Set it before the first cell, after a restart of the kernel or after %sandbox reset, which ends all that is loaded.",
            )
        self.settings = settings

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every change, on the thread that made it; it has to be quick. Returns the way to end it."""
        self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            self._subscribers = tuple(entry for entry in self._subscribers if entry is not callback)

        return unsubscribe

    def notify(self) -> None:
        """Tell the subscribers that something changed."""
        for callback in self._subscribers:
            callback()

    def _cancel(self, chain: Chain) -> None:
        """On the loop: end everything that runs for ``chain``; guests that merely wait for it survive."""
        chain.cancel()
        for extension in tuple(self._extensions.values()):
            if extension.isolate is not None:
                extension.isolate.cancel(chain)

    def _at_limit(self, chain: Chain) -> None:
        """On the loop: end everything that runs for a chain that has used its processor time; only say so of the notebook's."""
        if chain.ended is None:
            text = f"{chain.root} used more than {chain.busy_limit:g} s; it goes on, since the notebook started it"
            self.log.write("warn", "", text, chain.id)
            return
        chain.cancel_work()
        for extension in tuple(self._extensions.values()):
            if extension.isolate is not None:
                extension.isolate.cancel(chain, copy(chain.ended))

    def close(self) -> None:
        """End every process, server and thread of this sandbox, also what it is doing. A shared pool and a given store stay open.

        Interrupts wait until it is closed.
        """
        with Interrupts(), ExitStack() as steps:
            if self._closed:
                return
            self._closed = True
            if self._owns_store:
                steps.callback(self.store.close)
            if self._owns_pool:
                steps.callback(self.pool.close)
            if self.pool.started:
                steps.callback(
                    self.roots.wait, self.roots.start("close"), self._close, "close the sandbox on another thread"
                )
            for server in self._servers:
                steps.callback(server.stop)

    async def _close(self) -> None:
        for name in tuple(self._extensions):
            self.drop(name)
        await self.roots.close()
        if self._requester is not None:
            await self._requester.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def view(self) -> View:
        """Return what is loaded, what is registered and what the store holds."""
        from scopebox.sandbox.views import sandbox_view  # noqa: PLC0415 - loaded when something is shown

        return sandbox_view(self)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self._extensions)} extensions, {len(self.endpoints)} endpoints"
        return f"<Sandbox: {state}>"


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that nothing has, with the closest one that there is."""
    names = sorted(known)
    match = closest(name, names)
    remedy = f"did you mean {match}?" if match else f"there is {', '.join(names) or 'none'}"
    return f"No {what} is called {quote(name)}; {remedy}"
