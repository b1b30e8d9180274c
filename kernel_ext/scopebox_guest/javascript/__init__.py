"""The JavaScript of a guest, by QuickJS; TypeScript runs as JavaScript whose types are blanked out.

:func:`make_engine` is called before the guest is confined. Everything that a guest can reach is read, compiled and tried out then.
"""

from scopebox_guest.javascript.engine import Engine
from scopebox_guest.javascript.quickjs.interface import Library


def make_engine() -> Engine:
    """An engine for one guest, with its library loaded; UnavailableError where it cannot be."""
    return Engine(Library())


__all__ = ["make_engine"]
