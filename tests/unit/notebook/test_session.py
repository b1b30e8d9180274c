"""Loading and unloading: once, twice, again, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell
from scopebox.errors import SchemaError
from scopebox.notebook import current_sandbox, load, unload
from scopebox.store.store import Store

from tests.shells import Notebook, bare_shell
from tests.state import eventually


@pytest.fixture
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    with bare_shell(str(tmp_path_factory.mktemp("ipython"))) as made:
        yield made
        unload(made)


def traces(shell: InteractiveShell) -> dict[str, object]:
    """Everything that loading changes."""
    assert shell.Completer is not None
    return {
        "magics": {kind: sorted(names) for kind, names in shell.magics_manager.magics.items()},
        "registry": sorted(shell.magics_manager.registry),
        "matchers": list(map(id, shell.Completer.custom_matchers)),
        "configurables": list(map(id, shell.configurables)),
        "callbacks": {event: list(map(id, known)) for event, known in shell.events.callbacks.items()},
        "names": sorted(name for name in shell.user_ns if not name.startswith("_")),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "children": [child.pid for child in psutil.Process().children(recursive=True)],
    }


def test_unloading_leaves_nothing_behind(shell: InteractiveShell) -> None:
    before = traces(shell)
    load(shell)
    book = Notebook(shell)
    book.fine("%%sandbox hello --quiet\nawait exec('log', 'x')")
    book.fine("%sandbox serve\n")
    book.fine("%%sandbox other --bg --quiet --wall 60\nawait exec('sleep', 50000)")
    unload(shell)
    assert traces(shell) == before


def test_unloading_at_once_leaves_nothing_behind(shell: InteractiveShell) -> None:
    before = traces(shell)
    load(shell)
    unload(shell)
    assert traces(shell) == before


def test_loading_twice_is_loading_once(shell: InteractiveShell) -> None:
    load(shell)
    before = current_sandbox()
    after = traces(shell)["matchers"]
    load(shell)
    assert current_sandbox() is before
    assert traces(shell)["matchers"] == after


def test_reloading_gives_a_sandbox_that_works(shell: InteractiveShell) -> None:
    book = Notebook(shell)
    book.fine("%load_ext scopebox")
    book.fine("%reload_ext scopebox")
    assert book.fine("%%sandbox hello\n1 + 1").text.startswith("2\n")
    book.fine("%unload_ext scopebox")
    assert "Cell magic `%%sandbox` not found" in book.run("%%sandbox hello\n1 + 1").text


def test_without_the_extension_there_is_no_current_sandbox(shell: InteractiveShell) -> None:
    with pytest.raises(RuntimeError, match="%load_ext scopebox"):
        current_sandbox()


def test_unloading_what_is_not_loaded_does_nothing(shell: InteractiveShell) -> None:
    before = traces(shell)
    unload(shell)
    assert traces(shell) == before


def test_the_first_isolate_starts_while_the_store_is_filled(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = Store.sample

    def patient(name: str) -> Store:
        assert eventually(lambda: bool(psutil.Process().children()), wanted=True)
        return filled(name)

    monkeypatch.setattr(Store, "sample", patient)
    load(shell)
    assert Notebook(shell).fine("%%sandbox hello\n1 + 1").text.startswith("2\n")


def test_a_store_that_cannot_be_filled_leaves_nothing_behind(shell: InteractiveShell, tmp_path: Path) -> None:
    load(shell)
    book = Notebook(shell)
    book.fine("%%sandbox hello --quiet\n1")
    current_sandbox().pool.run(current_sandbox().pool.settle())
    before = traces(shell)
    assert isinstance(book.run(f"%sandbox reset --project {tmp_path / 'nowhere'}").error, SchemaError)
    assert traces(shell) == before


def test_closing_the_sandbox_of_a_notebook_ends_its_processes(shell: InteractiveShell) -> None:
    before = traces(shell)["children"]
    load(shell)
    current_sandbox().close()
    assert traces(shell)["children"] == before
