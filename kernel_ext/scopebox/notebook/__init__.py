"""The notebook's edge: ``%load_ext scopebox`` adds ``%%sandbox`` and ``%sandbox``, ``%unload_ext scopebox`` takes all of it away.

Only this package knows IPython. Everything it does goes through :class:`scopebox.Sandbox`; the state of a shell hangs on
the :class:`~scopebox.notebook.session.Session` of its magics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from IPython import get_ipython

from scopebox.notebook.completion.matcher import Completion
from scopebox.notebook.inspection.inspection import Inspection
from scopebox.notebook.magics import SandboxMagics, with_body
from scopebox.notebook.session import Session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.sandbox.sandbox import Sandbox

NAME: Final = SandboxMagics.__name__


def load(shell: InteractiveShell) -> None:
    """Add the magics, their configuration, completion and help to ``shell``; a second time changes nothing."""
    if NAME in shell.magics_manager.registry:
        return
    session = Session(shell)
    shell.register_magics(SandboxMagics(shell, session, Completion(session), Inspection(session)))
    shell.configurables += [session.config, session.magics_config]  # type: ignore[list-item]
    magics = _magics(shell)
    assert magics is not None
    magics.completion.attach(shell)
    magics.inspection.attach(shell)
    session.sheet.attach()
    shell.input_transformers_cleanup.append(with_body)
    session.prepare()


def unload(shell: InteractiveShell) -> None:
    """Take away everything that :func:`load` added, and end every process and thread of the sandbox."""
    magics = _magics(shell)
    if magics is None:
        return
    magics.completion.detach(shell)
    magics.inspection.detach(shell)
    shell.input_transformers_cleanup[:] = [
        entry for entry in shell.input_transformers_cleanup if entry is not with_body
    ]
    ours = {id(magics), id(magics.session.config), id(magics.session.magics_config)}  # magics add themselves
    shell.configurables[:] = [entry for entry in shell.configurables if id(entry) not in ours]
    manager = shell.magics_manager
    manager.registry.pop(NAME)
    for kind in ("line", "cell"):
        manager.magics[kind].pop("sandbox", None)
    magics.session.close()
    magics.session.sheet.detach()


def current_sandbox() -> Sandbox:
    """Return the sandbox of the running shell; RuntimeError outside of one, and without ``%load_ext scopebox``."""
    shell = get_ipython()
    magics = None if shell is None else _magics(shell)
    if magics is None:
        raise RuntimeError(
            "There is no current sandbox; run %load_ext scopebox in a notebook, or make a Sandbox() yourself"
        )
    return magics.session.box


def _magics(shell: InteractiveShell) -> SandboxMagics | None:
    found = shell.magics_manager.registry.get(NAME)
    return found if isinstance(found, SandboxMagics) else None
