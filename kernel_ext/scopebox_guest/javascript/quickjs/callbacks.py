"""What the engine calls in Python: all made once, in the zygote, and none ever freed.

A callback is a piece of machine code that ``ctypes`` writes into a page, and with most versions of its library that page stays
writable and executable. :mod:`~scopebox_guest.javascript.quickjs.pages` takes the writing away once all are there; from then on none can
be made, and none be freed. None of them may return a structure, which ``ctypes`` cannot do.

Nothing that goes wrong in a callback may be ignored, which is what ``ctypes`` does: the guest ends.
"""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import CFUNCTYPE, c_bool, c_char_p, c_int, c_uint32, c_void_p
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from scopebox_guest.javascript.quickjs.interface import Bare
from scopebox_guest.wire import BROKEN, OUT_OF_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

# With `errno` as it was when they return: that of the engine tells whether it ran out of memory.
HAS_PROPERTY: Final = CFUNCTYPE(c_int, c_void_p, Bare, c_uint32, use_errno=True)
TRACKER: Final = CFUNCTYPE(None, c_void_p, Bare, Bare, c_bool, c_void_p, use_errno=True)
NORMALISE: Final = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_char_p, c_void_p, use_errno=True)
LOAD: Final = CFUNCTYPE(c_void_p, c_void_p, c_char_p, c_void_p, use_errno=True)
INITIALISE: Final = CFUNCTYPE(c_int, c_void_p, c_void_p, use_errno=True)


class Called(Protocol):
    """What the callbacks lead to: a realm."""

    def on_port(self, atom: int) -> int:
        """Take the text before ``in port``: 1 or 0 is the answer, -1 an error that was thrown."""

    def on_rejection(self, promise: Bare, reason: Bare, *, handled: bool) -> None:
        """Take note of a promise that was rejected while nobody asked for it, or is asked for now."""

    def on_specifier(self, specifier: bytes) -> int:
        """Return the name of a module as text of the engine; 0 with an error that was thrown."""

    def on_module(self, name: bytes) -> int:
        """Return the module of that name; 0 with an error that was thrown."""

    def on_initialise(self, module: int) -> int:
        """Give a module its exports: 0, or -1 with an error that was thrown."""


def _end(kind: type[BaseException]) -> NoReturn:
    os._exit(OUT_OF_MEMORY if issubclass(kind, MemoryError) else BROKEN)


def end_on_ignored_errors() -> None:
    """End the process by what Python would otherwise print and ignore: errors around a callback and in finalizers."""
    sys.unraisablehook = lambda ignored: _end(ignored.exc_type or BaseException)
    sys.excepthook = lambda kind, _error, _traceback: _end(kind)


class Callbacks:
    """The callbacks, which lead to ``realm``: the one that runs."""

    def __init__(self) -> None:
        self.realm: Called | None = None
        self.has_property = HAS_PROPERTY(self._on_port)
        self.track = TRACKER(
            self._guarded(
                lambda realm, _context, promise, reason, handled, _: realm.on_rejection(
                    promise, reason, handled=handled
                )
            )
        )
        self.normalise = NORMALISE(
            self._guarded(lambda realm, _context, _base, specifier, _: realm.on_specifier(specifier))
        )
        self.load = LOAD(self._guarded(lambda realm, _context, name, _: realm.on_module(name)))
        self.initialise = INITIALISE(self._guarded(lambda realm, _context, module: realm.on_initialise(module)))

    def _on_port(self, _context: int, _port: Bare, atom: int) -> int:
        """Guarded as the others are, with nothing in between: every call of the host and every line of the console comes by here."""
        try:
            assert self.realm is not None
            return self.realm.on_port(atom)
        except BaseException as error:  # noqa: BLE001 - as below
            _end(type(error))

    def _guarded(self, function: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            try:
                return function(self.realm, *arguments)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it must not be ignored
                _end(type(error))

        return run


def address(callback: object) -> int | None:
    """Return where a callback stands."""
    return ctypes.cast(callback, c_void_p).value  # type: ignore[arg-type] # a function pointer
