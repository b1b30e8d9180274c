"""What is loaded: changed on the loop, and read from any thread as snapshots."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.errors import CancelledRun, ScopeboxError, UnknownNameError
from scopebox.text.messages import quote, remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scopebox.chains.chain import Chain
    from scopebox.extension.extension import Extension
    from scopebox.journal.log import Log
    from scopebox.registry.registry import Registrations, Registry


FIRST: Final = "the cell of the extension has to run without an error first"


@dataclass(frozen=True, slots=True)
class Aside:
    """An extension that makes room for another one of its name, until that has run, and what it registered."""

    extension: Extension
    registrations: Registrations


class Loaded:
    """The extensions of a sandbox by name. ``ever`` is whether there was one already, ``closed`` whether there can be more."""

    def __init__(self, registry: Registry, log: Log, notify: Callable[[], None]) -> None:
        self._registry = registry
        self._log = log
        self._notify = notify
        self.extensions: Mapping[str, Extension] = MappingProxyType({})
        self.ever = False
        self.closed = False

    def __contains__(self, name: object) -> bool:
        """Whether an extension of that name is loaded."""
        return name in self.extensions

    def check_open(self) -> None:
        """Raise ScopeboxError if the sandbox is closed."""
        if self.closed:
            raise ScopeboxError("This sandbox is closed", hint="Make another one.")

    def publish(self, extension: Extension) -> None:
        """On the loop: make an extension known under its name; it replaces the one of that name. ScopeboxError if closed."""
        self.check_open()
        self.ever = True
        self.drop(extension.name)
        self.extensions = MappingProxyType({**self.extensions, extension.name: extension})
        self._notify()

    def set_aside(self, name: str) -> Aside | None:
        """On the loop: make room for another extension of that name, and return what there was: alive still, and called by nobody new."""
        extension = self.extensions.get(name)
        if extension is None or not extension.alive:
            return None
        aside = Aside(extension, self._registry.registrations_of(name))
        self._forget(name)
        return aside

    def put_back(self, aside: Aside) -> None:
        """On the loop: have an extension go on that was set aside, under what it registered."""
        extension = aside.extension
        if not extension.alive or self.closed:
            _kill(extension)
            return
        self.publish(extension)
        self._registry.restore(extension.name, aside.registrations)
        self._notify()

    def give_up(self, aside: Aside | None) -> None:
        """On the loop: end an extension that was set aside, if one was."""
        if aside is not None:
            _kill(aside.extension)

    def drop(self, name: str) -> None:
        """On the loop: kill the extension of that name, if there is one, and forget all that it registered."""
        extension = self.extensions.get(name)
        self._forget(name)
        if extension is not None:
            _kill(extension)
        self._notify()

    def _forget(self, name: str) -> None:
        self._registry.remove(name)
        self.extensions = MappingProxyType({key: entry for key, entry in self.extensions.items() if key != name})

    def discard(self, extension: Extension) -> None:
        """On the loop: leave nothing of an extension, and nothing else: its name may have another owner by now."""
        if self.extensions.get(extension.name) is extension:
            self.drop(extension.name)
        else:
            _kill(extension)

    def cancel(self, chain: Chain) -> None:
        """On the loop: end everything that runs for ``chain``; guests that merely wait for it survive."""
        chain.cancel()
        for extension in tuple(self.extensions.values()):
            if extension.isolate is not None:
                extension.isolate.cancel(chain)

    def end_at_limit(self, chain: Chain) -> None:
        """On the loop: end everything that runs for a chain that has used its processor time; only say so of the notebook's."""
        if chain.ended is None:
            text = f"{chain.root} used more than {chain.busy_limit:g} s; it goes on, since the notebook started it"
            self._log.write("warn", "", text, chain.id)
            return
        chain.cancel_work()
        for extension in tuple(self.extensions.values()):
            if extension.isolate is not None:
                extension.isolate.cancel(chain, copy(chain.ended))


def _kill(extension: Extension) -> None:
    if extension.isolate is not None:
        extension.isolate.kill(CancelledRun("The extension was unloaded", extension=extension.name))


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Return the error for a name that nothing has, with the closest one that there is."""
    names = sorted(known)
    otherwise = "" if names else f"there is none: {FIRST}"
    return UnknownNameError(f"No {what} is called {quote(name)}; {remedy(name, names, otherwise)}")
