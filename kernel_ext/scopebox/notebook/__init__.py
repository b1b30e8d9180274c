"""The notebook's edge: ``%load_ext scopebox`` adds ``%%sandbox`` and ``%sandbox``, ``%unload_ext scopebox`` takes all of it away.

Only this package knows IPython. Everything it does goes through :class:`scopebox.Sandbox`; the state of a shell hangs on
the :class:`~scopebox.notebook.session.Session` of its magics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from IPython import get_ipython

from scopebox.notebook.collector import collector_paused
from scopebox.notebook.session import Session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.magics import SandboxMagics
    from scopebox.sandbox.sandbox import Sandbox

NAME: Final = "SandboxMagics"


def load(shell: InteractiveShell) -> None:
    """Add the magics, their configuration, completion and help to ``shell``; a second time changes nothing."""
    if NAME in shell.magics_manager.registry:
        return
    session = Session(shell)
    with collector_paused():
        session.start_pool()  # in a process of its own, while this one imports the rest
        from scopebox.notebook.completion.matcher import Completion  # noqa: PLC0415 - see above
        from scopebox.notebook.inspection.inspection import Inspection  # noqa: PLC0415 - as well
        from scopebox.notebook.magics import SandboxMagics, with_body  # noqa: PLC0415 - as well

    shell.register_magics(SandboxMagics(shell, session, Completion(session), Inspection(session)))
    shell.configurables += [session.config, session.magics_config]  # type: ignore[list-item]
    magics = _magics(shell)
    assert magics is not None
    magics.completion.attach(shell)
    magics.inspection.attach(shell)
    session.sheet.attach()
    shell.input_transformers_cleanup.append(with_body)
    session.prepare(_import_the_rest)


def unload(shell: InteractiveShell) -> None:
    """Take away everything that :func:`load` added, and end every process and thread of the sandbox."""
    magics = _magics(shell)
    if magics is None:
        return
    from scopebox.notebook.magics import with_body  # noqa: PLC0415 - as in load

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
    if found is None:
        return None
    from scopebox.notebook.magics import SandboxMagics  # noqa: PLC0415 - as in load

    return found if isinstance(found, SandboxMagics) else None


def _import_the_rest() -> None:
    """Import what runs lines, completes and helps, for the first one who asks for it."""
    from scopebox.notebook import line  # noqa: PLC0415, F401 - the first cell need not wait for it
    from scopebox.notebook.completion import words  # noqa: PLC0415, F401 - as above
    from scopebox.notebook.inspection import places  # noqa: PLC0415, F401 - as above
