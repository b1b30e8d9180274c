"""Sandbox: the whole thing, headless. The magic, the widgets and the tests are thin callers of it.

The module is longer than the house rule because the class is the public face: one method for each thing that can be done, most of it what
the method promises.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scopebox import plain_file
from scopebox.chains.interrupts import Interrupts
from scopebox.chains.runner import ChainRunner
from scopebox.errors import IsolationError
from scopebox.extension import preparing, running
from scopebox.extension.loaded import Loaded, unknown
from scopebox.isolate.pool import IsolatePool
from scopebox.journal.log import Log
from scopebox.journal.outcomes import Outcomes
from scopebox.journal.trace import Trace
from scopebox.languages import language_of_file
from scopebox.manifest.bounds import MAX_SOURCE_BYTES
from scopebox.network.mocks import Mock, MockOptions, Mocks
from scopebox.network.requester import Requester
from scopebox.network.secrets import Secrets
from scopebox.registry.registry import Registry
from scopebox.sandbox import events, exporting, operations
from scopebox.sandbox.items import Items
from scopebox.sandbox.options import ExportOptions, Limits, LoadOptions
from scopebox.sandbox.printing import run_and_print
from scopebox.sandbox.subscribers import Subscribers
from scopebox.services import Services, StoreSource
from scopebox.settings import Settings
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self, Unpack

    import httpx

    from scopebox.directus.export.report import ExportReport
    from scopebox.extension.extension import Extension
    from scopebox.isolate.report import IsolationReport
    from scopebox.packages.package import Package
    from scopebox.registry.registrations import Endpoint, Hook, Operation
    from scopebox.server.app import SandboxApp
    from scopebox.server.serving import Server
    from scopebox.store.access import Accountability
    from scopebox.store.store import Store


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
        store: Store | StoreSource | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        settings: Settings | None = None,
        pool: IsolatePool | None = None,
        allow_private_network: bool = False,
    ) -> None:
        settings = settings or Settings(isolation=FULL if pool is None else pool.settings.isolation)
        self._owns_store = store is None
        stores = store if isinstance(store, StoreSource) else StoreSource.of(_empty() if store is None else store)
        self.ends_pool = pool is None
        """Whether :meth:`close` ends the pool as well."""
        self._subscribers = Subscribers()
        self.pool = IsolatePool(settings) if pool is None else pool
        self.log = Log(settings.log_capacity, self._subscribers.notify)
        self.trace = Trace(settings.trace_capacity, self._subscribers.notify)
        self.mocks = Mocks()
        self.secrets = Secrets()
        self.decisions: dict[tuple[str, str], bool] = {}
        registry = Registry(self.log, self._subscribers.notify)
        self.loaded = Loaded(registry, self.log, self._subscribers.notify)
        self.services = Services(
            settings=settings,
            pool=self.pool,
            chains=ChainRunner(self.pool.thread, settings, self.loaded.cancel, self.loaded.end_at_limit),
            stores=stores,
            log=self.log,
            trace=self.trace,
            outcomes=Outcomes(),
            registry=registry,
            requester=Requester(
                settings,
                transport=transport,
                allow_private_network=allow_private_network,
                mocks=self.mocks,
                secrets=self.secrets,
            ),
            decisions=self.decisions,
            notify=self._subscribers.notify,
        )
        self._servers: list[Server] = []

    @property
    def store(self) -> Store:
        """The collections that extensions work with."""
        return self.services.store

    @property
    def settings(self) -> Settings:
        """The limits of what is loaded here."""
        return self.services.settings

    # extensions

    def load(self, source: str, **options: Unpack[LoadOptions]) -> Extension:
        """Run a cell as an extension and return it.

        ``name`` (default directus-extension-untitled), ``language`` (python, js or ts), ``manifest`` (a mapping, text, path or Manifest; by default the comment
        block of the source, if it has one), ``type`` (hook, endpoint or operation, for default exports),
        ``grant`` and ``deny`` (permissions decided for this run), ``inputs`` (JSON data that become globals), ``timeout`` (seconds busy), ``wall`` (seconds in all), ``memory`` (MiB), ``filename`` (for
        error messages), ``append`` (run in the living isolate of that name instead of replacing the extension), ``live`` (False: no
        request leaves this machine, mocks alone answer), ``keep`` (the extension of that name goes on if the cell fails), ``on_print``
        (is called with each piece of printed text when it comes, on the loop thread, so it has to be quick).

        Raises ManifestError, GrantError or SettingsError before anything runs; ExtensionError (ExtensionSyntaxError,
        LimitError, IsolateDied) if the cell fails, with the RunResult as ``.result``; nothing of a failed cell stays.
        """
        services, loaded = self.services, self.loaded
        program = preparing.prepare(services, loaded, source, **options)
        return services.chains.run(program.chain, lambda: running.run(services, loaded, program), "await aload")

    async def aload(self, source: str, **options: Unpack[LoadOptions]) -> Extension:
        """Run a cell as :meth:`load` does."""
        program = preparing.prepare(self.services, self.loaded, source, **options)
        return await self.services.chains.run_async(program.chain, running.run(self.services, self.loaded, program))

    def load_file(self, path: str | Path, **options: Unpack[LoadOptions]) -> Extension:
        """Run a file as an extension, named as the file is; its ending (.py, .js, .mjs, .ts) tells the language.

        Every option of :meth:`load` may be given and wins. OSError for what is no plain file, or has more bytes than a cell can;
        UnicodeDecodeError for one that is not UTF-8.
        """
        file = Path(path)
        found: LoadOptions = {"name": file.stem, "filename": str(file), "language": language_of_file(file.name).name}
        found.update(options)
        return self.load(plain_file.text(file, MAX_SOURCE_BYTES), **found)

    def load_package(
        self, package: str | Path | Package, *, live: bool = False, keep: bool = False, **limits: Unpack[Limits]
    ) -> Extension:
        """Run a published package, a folder or a .tgz of npm, as it is, under what its package.json asks for and its own name.

        Nothing of its install scripts runs, and nothing is unpacked. Unless it is ``live``, no request of it leaves this machine: mocks
        answer, and one that none answers fails. ``keep``, ``timeout``, ``wall`` and ``memory`` are those of :meth:`load`. PackageError or
        ManifestError, before anything runs, for a package that cannot be read or that a Directus would run without a sandbox; what
        :meth:`load` raises for one that fails.
        """
        services, loaded = self.services, self.loaded
        program = preparing.prepare_package(services, loaded, package, live=live, keep=keep, **limits)
        return services.chains.run(program.chain, lambda: running.run(services, loaded, program), "await aload_package")

    async def aload_package(
        self, package: str | Path | Package, *, live: bool = False, keep: bool = False, **limits: Unpack[Limits]
    ) -> Extension:
        """Run a published package as :meth:`load_package` does."""
        program = preparing.prepare_package(self.services, self.loaded, package, live=live, keep=keep, **limits)
        return await self.services.chains.run_async(program.chain, running.run(self.services, self.loaded, program))

    def unload(self, name: str) -> None:
        """Stop an extension and forget all that it registered; UnknownNameError if there is none of that name."""
        if name not in self.loaded:
            raise unknown("extension", name, self.extensions)
        self.extensions[name].unload()

    def export(self, name: str, folder: str | Path, **options: Unpack[ExportOptions]) -> ExportReport:
        """Write an extension into ``folder`` as one that a Directus 11 or 12 loads, and return what carries over and what does not.

        ``force`` replaces files of an earlier export, ``permissions`` are the optional ones that are asked for there, ``allow_recursion``
        exports a hook that writes to what it listens to, ``url`` is where that Directus answers. One that registers several things becomes
        a folder for each below ``folder``.

        UnknownNameError if none is loaded of that name; ExportError, and nothing is written, for what cannot become one.
        """
        return exporting.export(self.services, self.loaded, name, Path(folder), options)

    @property
    def extensions(self) -> Mapping[str, Extension]:
        """The loaded extensions by name."""
        return self.loaded.extensions

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The registered endpoints, in order."""
        return self.services.registry.endpoints

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """The registered filters and actions, in order."""
        return self.services.events.hooks

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The registered operations, in order."""
        return self.services.registry.operations

    # using what is registered

    @cached_property
    def app(self) -> SandboxApp:
        """The ASGI application: the endpoints and the items API. What it is made of is loaded at its first use."""
        from scopebox.server.app import SandboxApp  # noqa: PLC0415 - it takes a good part of all imports

        return SandboxApp(self.services, self.loaded)

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request to ``box.app`` and return the response.

        The options are those of ``httpx.Client.request``: headers, params, content, json.
        """
        chain, app = self.services.chains.start(f"{method} {path}"), self.app
        return run_and_print(
            self.services, chain, lambda: app.request(chain, method, path, **options), "await arequest"
        )

    async def arequest(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request as :meth:`request` does."""
        chain = self.services.chains.start(f"{method} {path}")
        return await self.services.chains.run_async(chain, self.app.request(chain, method, path, **options))

    def run_operation(self, id: str, data: object = None) -> object:  # noqa: A002 - the document's word
        """Run an operation with ``data`` and return its result, JSON data.

        UnknownNameError if no operation has that id; ExtensionError for what its handler raised.
        """
        chain, operation = operations.start(self.services, self.loaded, id)
        return run_and_print(
            self.services, chain, lambda: operations.run(self.services, chain, operation, data), "await arun_operation"
        )

    async def arun_operation(self, id: str, data: object = None) -> object:  # noqa: A002 - the document's word
        """Run an operation as :meth:`run_operation` does."""
        chain, operation = operations.start(self.services, self.loaded, id)
        return await self.services.chains.run_async(chain, operations.run(self.services, chain, operation, data))

    def emit_filter(
        self,
        event: str,
        payload: object,
        meta: Mapping[str, object] | None = None,
        accountability: Accountability | None = None,
    ) -> object:
        """Send ``payload`` through the filters of ``event`` and return what they made of it."""
        return events.emit_filter(self.services, event, payload, meta, accountability)

    def emit_action(
        self, event: str, meta: Mapping[str, object] | None = None, accountability: Accountability | None = None
    ) -> None:
        """Call the actions of ``event`` and wait until they have ended, at most ``settings.settle`` seconds."""
        events.emit_action(self.services, event, meta, accountability)

    def items(self, collection: str, role: str | None = "admin") -> Items:
        """Return the items of a collection, used under a role (id or name); None is the store itself, without any check."""
        return Items(self.services, collection, None if role is None else self.store.access.for_role(role))

    def mock(self, method: str, url: str, **answer: Unpack[MockOptions]) -> Mock:
        """Answer requests to ``url`` (wildcards as in a manifest) here; see :meth:`Mocks.add`."""
        return self.mocks.add(method, url, **answer)

    def serve(self, port: int = 0, **options: object) -> Server:
        """Serve ``box.app`` over HTTP on loopback; the server has ``.url`` and ``.stop()``. Port 0 takes a free one.

        Behind a JupyterHub or a Binder, as the environment tells, its public host is served as well, and ``.public_url`` is the address there.
        Where the store has no users but an administrator who was made up, his token is printed.
        """
        from scopebox.server.hub import hub_of  # noqa: PLC0415 - loaded when it is needed
        from scopebox.server.serving import Server  # noqa: PLC0415 - uvicorn as well

        server = Server(self.app, self.pool.loop, port, hub=hub_of(os.environ), **options)  # type: ignore[arg-type]
        self._servers.append(server)
        if token := self.store.access.new_token:
            sys.stdout.write(f"The store has no users; the token of an administrator is {token}\n")
        return server

    # what belongs to the sandbox itself

    @property
    def isolation(self) -> IsolationReport:
        """The level of isolation reached on this machine, mechanism by mechanism."""
        return self.pool.isolation

    def accept_isolation(self, level: str) -> None:
        """Accept ``level`` as the lowest one from the first load on, in place of ``settings.isolation``.

        SettingsError if there is no such level; IsolationError if an extension was loaded already.
        """
        settings = replace(self.settings, isolation=level)
        if self.loaded.ever and settings != self.settings:
            raise IsolationError(
                f"It is too late for another level of isolation: an extension was loaded under {self.settings.isolation!r}",
                hint="Set it before the first cell, after a restart of the kernel or after %sandbox reset, which ends all that is loaded.",
            )
        self.services = replace(self.services, settings=settings)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every change, on the thread that made it; it has to be quick. Returns a function that unsubscribes."""
        return self._subscribers.add(callback)

    def close(self) -> None:
        """End every process, server and thread of this sandbox, also what it is doing. A shared pool and a given store stay open.

        Interrupts wait until it is closed.
        """
        with Interrupts(), ExitStack() as steps:
            if self.loaded.closed:
                return
            self.loaded.closed = True
            if self._owns_store:
                steps.callback(self.services.stores.close)
            if self.ends_pool:
                steps.callback(self.pool.close)
            if self.pool.started:
                chains = self.services.chains
                steps.callback(chains.run, chains.start("close"), self._close, "close the sandbox on another thread")
            for server in self._servers:
                steps.callback(server.stop)

    async def _close(self) -> None:
        for name in tuple(self.extensions):
            self.loaded.drop(name)
        await self.services.chains.close()
        await self.services.requester.close()
        self.services.registry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def view(self) -> View:
        """Return what is loaded, what is registered and what the store holds."""
        from scopebox.sandbox.views import sandbox_view  # noqa: PLC0415 - loaded when something is shown

        return sandbox_view(self.services, self.extensions, self)

    def __repr__(self) -> str:
        state = (
            "closed" if self.loaded.closed else f"{len(self.extensions)} extensions, {len(self.endpoints)} endpoints"
        )
        return f"<Sandbox: {state}>"


def _empty() -> Store:
    from scopebox.store.store import Store  # noqa: PLC0415 - whoever brings a store has imported it

    return Store()
