"""The restricted Python of a guest.

:func:`make_engine` is called before the guest is confined. Everything that a guest can reach is made then.
"""

from scopebox_guest.python.engine import Engine
from scopebox_guest.python.interpreter import Interpreter


def make_engine() -> Engine:
    """An engine for one guest, with every façade in place."""
    return Engine(Interpreter())


__all__ = ["make_engine"]
