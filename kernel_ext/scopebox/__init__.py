"""Permission-scoped extensions in a notebook.

``%load_ext scopebox`` adds ``%%sandbox`` cells; :class:`Sandbox` is the same thing without a notebook.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.errors import (
        CancelledRun,
        DirectusError,
        ExportError,
        ExtensionError,
        ExtensionSyntaxError,
        GrantError,
        IsolateDied,
        IsolationError,
        LimitError,
        ManifestError,
        MockError,
        PackageError,
        PullError,
        SchemaError,
        ScopeboxError,
        SettingsError,
        UnknownNameError,
    )
    from scopebox.extension.extension import Extension
    from scopebox.extension.result import RunResult
    from scopebox.isolate.pool import IsolatePool
    from scopebox.manifest.manifest import Manifest, Permission
    from scopebox.notebook import current_sandbox
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.settings import Settings
    from scopebox.store.access import Access
    from scopebox.store.store import Store

if sys.platform == "emscripten":
    raise ImportError(
        "scopebox runs extensions in processes of Linux, and a page of JupyterLite (Pyodide) has none: "
        "look at the executed course on its site, or run it on Binder or in a JupyterLab on Linux."
    )

__version__ = "0.1.0"
__all__ = [
    "Access",
    "CancelledRun",
    "DirectusError",
    "ExportError",
    "Extension",
    "ExtensionError",
    "ExtensionSyntaxError",
    "GrantError",
    "IsolateDied",
    "IsolatePool",
    "IsolationError",
    "LimitError",
    "Manifest",
    "ManifestError",
    "MockError",
    "PackageError",
    "Permission",
    "PullError",
    "RunResult",
    "Sandbox",
    "SchemaError",
    "ScopeboxError",
    "Settings",
    "SettingsError",
    "Store",
    "UnknownNameError",
    "current_sandbox",
]

_HOMES = {
    "Access": "scopebox.store.access",
    "Extension": "scopebox.extension.extension",
    "IsolatePool": "scopebox.isolate.pool",
    "Manifest": "scopebox.manifest.manifest",
    "Permission": "scopebox.manifest.manifest",
    "RunResult": "scopebox.extension.result",
    "Sandbox": "scopebox.sandbox.sandbox",
    "Settings": "scopebox.settings",
    "Store": "scopebox.store.store",
    "current_sandbox": "scopebox.notebook",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import scopebox`` stays quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "scopebox.errors.tree")), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add ``%%sandbox`` and ``%sandbox`` to a shell (``%load_ext scopebox``)."""
    from scopebox.notebook import load  # noqa: PLC0415 - IPython is imported only at the edge

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take away everything that loading added (``%unload_ext scopebox``)."""
    from scopebox.notebook import unload  # noqa: PLC0415 - as above

    unload(shell)
