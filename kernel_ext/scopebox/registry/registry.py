"""What extensions registered: hooks, endpoints and operations. Changed on the loop only; reads see immutable snapshots."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.errors import ScopeboxError
from scopebox.registry.emitter import Events
from scopebox.registry.registrations import Endpoint, Hook, NewestErrors, Operation, Usage
from scopebox.registry.routes import PathTable
from scopebox.urls.re2 import Re2

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.journal.log import Log

MAX_BYTES: Final = 20 * 2**20  # of all that is registered in a sandbox: 10,000 hooks with ordinary names


@dataclass(frozen=True, slots=True)
class Registrations:
    """All that one extension registered."""

    hooks: tuple[Hook, ...]
    endpoints: tuple[Endpoint, ...]
    operations: tuple[Operation, ...]


class Registry:
    """The hooks, endpoints and operations of a sandbox, each in the order of registration."""

    def __init__(self, log: Log, on_change: Callable[[], None]) -> None:
        self.events = Events(log, on_change)
        self.endpoints: tuple[Endpoint, ...] = ()
        self.operations: tuple[Operation, ...] = ()
        self._newest_errors = NewestErrors()
        self._re2 = Re2()
        self._routes: dict[str, dict[str, PathTable[Endpoint]]] = {}  # by extension and method
        self._numbers: dict[Endpoint, int] = {}  # in the order of registration
        self._counter = itertools.count()
        self._size = 0  # of endpoints and operations

    def usage(self) -> Usage:
        """Return the usage of something that is to be registered here."""
        return Usage(self._newest_errors)

    def register(self, entry: Hook | Endpoint | Operation) -> None:
        """Add what an extension registers; ScopeboxError if it is too much with all that others have registered, ValueError as for its kind."""
        self._check_room(entry.size)
        if isinstance(entry, Hook):
            self.events.add(entry)
        elif isinstance(entry, Endpoint):
            self.add_endpoint(entry)
        else:
            self.add_operation(entry)

    def _check_room(self, size: int) -> None:
        if self.events.size + self._size + size > MAX_BYTES:
            count = len(self.events.hooks) + len(self.endpoints) + len(self.operations)
            raise ScopeboxError(
                f"The {count:,} hooks, endpoints and operations of all extensions of this sandbox take {MAX_BYTES // 2**20} MiB, the most that they may together",
                hint="Unload an extension that is not needed (%sandbox unload NAME), or begin anew with %sandbox reset; short names and paths take less.",
            )

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Add a route; ValueError if the extension has it already, or if its path does not parse."""
        tables = self._routes.setdefault(endpoint.extension, {})
        table = tables.setdefault(endpoint.method, PathTable(self._re2))
        if endpoint.pattern.text in table:
            raise ValueError(f"register-endpoint: {endpoint.method} {endpoint.path} is registered already")
        table.add(endpoint.pattern, endpoint)
        self._numbers[endpoint] = next(self._counter)
        self.endpoints = (*self.endpoints, endpoint)
        self._size += endpoint.size

    def find_endpoint(self, extension: str, method: str, path: str) -> Endpoint | None:
        """Return what answers ``method`` at ``path`` (as it was sent) below the name of ``extension``: the first one registered. That of GET answers HEAD."""
        tables = self._routes.get(extension)
        table = tables.get("GET" if method == "HEAD" else method) if tables is not None else None
        return table.find(path) if table is not None else None

    def find_endpoints(self, extension: str, path: str) -> list[Endpoint]:
        """Return what answers ``path`` below the name of ``extension``, one of each method, in the order of registration."""
        found = [table.find(path) for table in self._routes.get(extension, {}).values()]
        return sorted((endpoint for endpoint in found if endpoint is not None), key=lambda each: self._numbers[each])

    def add_operation(self, operation: Operation) -> None:
        """Add an operation; ValueError if its id is taken."""
        for other in self.operations:
            if other.id == operation.id:
                raise ValueError(f'register-operation: the id "{operation.id}" is taken by {other.extension}')
        self.operations = (*self.operations, operation)
        self._size += operation.size

    def registrations_of(self, extension: str) -> Registrations:
        """Return what an extension registered."""
        return Registrations(
            tuple(hook for hook in self.events.hooks if hook.extension == extension),
            tuple(entry for entry in self.endpoints if entry.extension == extension),
            tuple(entry for entry in self.operations if entry.extension == extension),
        )

    def remove(self, extension: str) -> None:
        """Forget all that an extension registered."""
        self.events.remove(extension)
        self.endpoints = tuple(entry for entry in self.endpoints if entry.extension != extension)
        self._routes.pop(extension, None)
        self._numbers = {entry: self._numbers[entry] for entry in self.endpoints}
        self.operations = tuple(entry for entry in self.operations if entry.extension != extension)
        self._size = sum(entry.size for entry in self.endpoints) + sum(entry.size for entry in self.operations)

    def restore(self, extension: str, earlier: Registrations) -> None:
        """Forget what an extension registered since ``earlier`` was taken."""
        self.remove(extension)
        for hook in earlier.hooks:
            self.events.add(hook)
        for endpoint in earlier.endpoints:
            self.add_endpoint(endpoint)
        self.operations += earlier.operations
        self._size += sum(entry.size for entry in earlier.operations)

    def close(self) -> None:
        """Free what matching took."""
        self._re2.close()
