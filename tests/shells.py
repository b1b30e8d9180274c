"""A notebook without a kernel: IPython's shell in this process, and what its cells showed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import capture_output
from scopebox import current_sandbox
from scopebox.isolate.pool import IsolatePool
from scopebox.notebook import load, unload
from scopebox.notebook.magics import SandboxMagics
from scopebox.notebook.session import Session
from scopebox.sandbox.sandbox import Sandbox
from scopebox.services import StoreSource
from scopebox.store.store import Store
from traitlets.config import Config

from tests.state import PATIENCE

PROMPT: Final = re.compile(r"^Out\[\d+\]: \n?", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """What running a cell came to. ``text`` is all that a plain front end shows, the error included."""

    result: ExecutionResult
    text: str
    html: str

    @property
    def value(self) -> object:
        return self.result.result

    @property
    def error(self) -> BaseException | None:
        return self.result.error_in_exec or self.result.error_before_exec


class Notebook:
    """A shell with scopebox loaded."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    @property
    def names(self) -> dict[str, object]:
        names: dict[str, object] = self.shell.user_ns
        return names

    @property
    def box(self) -> Sandbox:
        return current_sandbox()

    @property
    def magics(self) -> SandboxMagics:
        found = self.shell.magics_manager.registry["SandboxMagics"]
        assert isinstance(found, SandboxMagics)
        return found

    def prepare(self) -> None:
        """Wait until nothing is made in the background any more."""
        self.magics.session.prepared(PATIENCE)
        self.box.pool.run(self.box.pool.settle())

    def run(self, cell: str) -> Shown:
        """Run a cell and return what it showed; nothing is raised."""
        with capture_output() as shown:
            result = self.shell.run_cell(cell, store_history=False)  # type: ignore[no-untyped-call]
        rich = [output.data for output in shown.outputs]
        assert self.shell.display_formatter is not None
        value = {} if result.result is None else self.shell.display_formatter.format(result.result)[0]  # type: ignore[no-untyped-call]
        html = "".join(str(data.get("text/html", "")) for data in [*rich, value])
        plain = "".join(f"{data.get('text/plain', '')}\n" for data in rich)
        return Shown(result, PROMPT.sub("", f"{plain}{shown.stdout}{shown.stderr}"), html)

    def fine(self, cell: str) -> Shown:
        """Run a cell that has to succeed."""
        shown = self.run(cell)
        assert shown.error is None, shown.text
        return shown


@contextmanager
def bare_shell(folder: str) -> Iterator[InteractiveShell]:
    """A shell that keeps its files, and its history, to itself."""
    config = Config({"HistoryManager": {"hist_file": ":memory:", "enabled": False}})
    shell = InteractiveShell.instance(config=config, ipython_dir=folder, colors="nocolor")
    try:
        yield shell
    finally:
        if shell.history_manager is not None:
            shell.history_manager.end_session()
        InteractiveShell.clear_instance()


@contextmanager
def notebook(folder: str, shared: tuple[Store, IsolatePool] | None = None) -> Iterator[Notebook]:
    """A shell with scopebox in it.

    With what is ``shared``, a sandbox without a project has a fork of that store as soon as it needs one, and guests of that pool, which
    go on after it: what a test resets is then there at once.
    """
    with pytest.MonkeyPatch.context() as patch, bare_shell(folder) as shell:
        if shared is not None:
            store, pool = shared
            made = Session._made
            patch.setattr(Session, "start_pool", lambda session: None)
            patch.setattr(
                Session,
                "_made",
                lambda session, project: (
                    made(session, project) if project is not None else _forked(session, store, pool)
                ),
            )
        load(shell)
        try:
            yield Notebook(shell)
        finally:
            unload(shell)


def _forked(session: Session, store: Store, pool: IsolatePool) -> Sandbox:
    def made() -> Store:
        session.show_relations()
        return store.fork()

    return Sandbox(StoreSource(made), pool=pool)


@contextmanager
def left_as_it_was(shell: Notebook, folder: Path) -> Iterator[Notebook]:
    """A shell that works in ``folder``, with a sandbox and variables that are gone again afterwards."""
    known = set(shell.names)
    with chdir(folder):
        yield shell
        shell.fine("%sandbox reset")
    for name in set(shell.names) - known:
        del shell.names[name]


@pytest.fixture(scope="module")
def shell_of_module(
    tmp_path_factory: pytest.TempPathFactory, sandbox_store: Store, sandbox_pool: IsolatePool
) -> Iterator[Notebook]:
    """A shell that the tests of a module share."""
    with notebook(str(tmp_path_factory.mktemp("ipython")), (sandbox_store, sandbox_pool)) as made:
        yield made
