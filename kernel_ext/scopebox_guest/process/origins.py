"""Where Python and the guest are installed: it tells who runs the notebook, so guests do not get to know.

What a Python program can read is taken out of ``sys``, of the modules and of the code, and the command line is overwritten. The
interpreter's own copies of its configuration, and the names of the libraries in the dynamic linker, stay in the memory.
"""

from __future__ import annotations

import _imp
import ctypes
import gc
import sys
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

CODE_FILE: Final = "<python>"  # what code says of its file
MODULE_ATTRIBUTES: Final = ("__file__", "__cached__", "__spec__", "__loader__")  # where a module says it
SYS_TEXTS: Final = (
    "executable _base_executable prefix exec_prefix base_prefix base_exec_prefix _stdlib_dir _home"  # of sys
)
ARGUMENTS_FIELD: Final = 47  # where the bounds of the command line stand in /proc/self/stat, counted from zero


def forget() -> None:
    """Forget it all. Nothing can be imported from a file after this."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            _forget_module(module)
    functions = [thing for thing in gc.get_objects() if isinstance(thing, FunctionType)]
    for function in functions:
        if function.__defaults__ and sys.executable in function.__defaults__:
            function.__defaults__ = tuple("" if each == sys.executable else each for each in function.__defaults__)
    for code in [*(function.__code__ for function in functions), *_running()]:
        _imp._fix_co_filename(code, CODE_FILE)  # type: ignore[attr-defined] # what Python itself corrects moved files with
    if "linecache" in sys.modules:  # not with every language
        sys.modules["linecache"].cache.clear()
    _forget_system()
    _overwrite_arguments()


def _running() -> Iterator[CodeType]:
    """The code that runs now; that of a module belongs to no function."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


def _forget_module(module: ModuleType) -> None:
    names = vars(module)
    for name in MODULE_ATTRIBUTES:
        if name in names:
            names[name] = None
    if "__path__" in names:
        names["__path__"] = []  # still a package, with nothing in it


def _forget_system() -> None:
    sys.path.clear()
    sys.path_hooks.clear()
    sys.path_importer_cache.clear()
    sys.argv[:] = [""]
    sys.orig_argv[:] = [""]
    for name in SYS_TEXTS.split():
        if isinstance(getattr(sys, name, None), str):
            setattr(sys, name, "")


def _overwrite_arguments() -> None:
    """Overwrite the command line, which other users see as well; where /proc does not tell where it is, it stays."""
    with suppress(OSError, ValueError, IndexError):
        with open("/proc/self/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123 - pathlib would be imported for it alone
            numbers = stat.read().rpartition(") ")[2].split()
        start, end = map(int, numbers[ARGUMENTS_FIELD - 2 : ARGUMENTS_FIELD])
        if 0 < start < end:
            ctypes.memset(start, 0, end - start)
