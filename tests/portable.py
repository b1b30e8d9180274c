"""A run of the tests with portable isolates in place of forked ones: ``pytest --portable``.

A portable isolate reaches the level ``language`` only, and nothing that a test could set makes a pool take one by itself. So what a pool is made with
by default is changed here, and what is accepted without a word. Tests marked ``forked`` need what only a forked isolate has,
and say which of ``EXCEPTIONS``: they are few.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from scopebox.isolate import pool
from scopebox.isolate.levels import PORTABLE
from scopebox.settings import Settings
from scopebox.vocabulary import FULL

OPTION: Final = "--portable"
MOST_EXCEPTIONS: Final = 25
EXCEPTIONS: Final = ("a memory error that a cell survives", "counting zygotes", "the probes of Linux")
STARTUP: Final = "import sys\nsys.path[:0] = {path!r}\nfrom tests import portable\nportable.force()\n"
_state: Final = {"forced": False}


def force() -> None:
    """Have every pool of this process make portable isolates, and accept their level."""
    _state["forced"] = True
    by_name = pool.IsolatePool.__init__.__kwdefaults__
    assert by_name is not None
    by_name["portable"] = True
    defaults = Settings.__init__.__defaults__
    assert defaults is not None
    assert defaults[-1] == FULL
    Settings.__init__.__defaults__ = (*defaults[:-1], PORTABLE)
    for module in [module for name, module in sys.modules.items() if name.startswith("scopebox")]:
        if "FULL" in vars(module):
            vars(module)["FULL"] = PORTABLE


def forced() -> bool:
    """Whether that was done."""
    return _state["forced"]


def force_in_kernels(ipython: Path) -> None:
    """Have the kernels that use this folder of IPython do the same."""
    startup = ipython / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00-portable.py").write_text(STARTUP.format(path=[path for path in sys.path if path]))
