"""Loading and unloading: once, twice, again, and nothing left behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell
from scopebox.errors import SchemaError
from scopebox.extension.result import RunResult
from scopebox.isolate.pool import IsolatePool
from scopebox.notebook import current_sandbox, load, unload
from scopebox.notebook.session import Session
from scopebox.sandbox.sandbox import Sandbox
from scopebox.services import StoreSource
from scopebox.settings import Settings
from scopebox.store.store import Store
from scopebox.vocabulary import FULL, LEVELS

from tests.shells import Notebook, bare_shell
from tests.state import descendants, eventually

READING: Final = """%%sandbox hello
# /// sandbox
# [[permissions]]
# permission = "read-items"
# role = "editor"
# ///
print(len(await exec("read-items", "articles", {"query": {"limit": 1}})))
"""
FIRST_CELL: Final = r"""
import sys, tempfile
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}), ipython_dir=tempfile.mkdtemp())
before = set(sys.modules)
LATE = (
    "duckdb", "httpx", "starlette", "uvicorn", "yaml", "httptools", "ipywidgets", "scopebox_widgets", "scopebox.store.store", "scopebox.store.reading",
    "scopebox.store.writing", "scopebox.server.app", "scopebox.directus.export", "scopebox.workbench.review", "scopebox.packages.package",
    "scopebox.notebook.completion.words", "scopebox.notebook.inspection.places",
)

def late():
    return sorted(name for name in LATE if name in sys.modules and name not in before)

from scopebox.notebook.session import Session
Session.prepare = lambda session, then: None  # what comes in the background comes at a time of its own
shell.run_line_magic("load_ext", "scopebox")
loaded = late()
assert shell.run_cell("%%sandbox hello --quiet\n1 + 1").success
shown = late()
shell.run_line_magic("unload_ext", "scopebox")
print(f"\n{loaded}\n{shown}")
"""


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
    }


class Running(NamedTuple):
    """The threads and the processes that there are. Some may be those of a test before this one, and end at any moment."""

    threads: frozenset[threading.Thread]
    children: frozenset[int]

    @classmethod
    def now(cls) -> Running:
        return cls(frozenset(threading.enumerate()), frozenset(descendants()))

    def since(self) -> list[str]:
        """Say what runs now and did not then."""
        now = Running.now()
        return [*(thread.name for thread in now.threads - self.threads), *map(str, now.children - self.children)]


def test_unloading_leaves_nothing_behind(shell: InteractiveShell) -> None:
    before, running = traces(shell), Running.now()
    load(shell)
    book = Notebook(shell)
    book.fine("%%sandbox hello --quiet\nawait exec('log', 'x')")
    book.fine("%sandbox serve\n")
    book.fine("%%sandbox other --bg --quiet --wall 60\nawait exec('sleep', 50000)")
    assert running.since()
    unload(shell)
    assert traces(shell) == before
    assert running.since() == []


def test_unloading_at_once_leaves_nothing_behind(shell: InteractiveShell) -> None:
    before, running = traces(shell), Running.now()
    load(shell)
    unload(shell)
    assert traces(shell) == before
    assert running.since() == []


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
    before, running = traces(shell), Running.now()
    unload(shell)
    assert traces(shell) == before
    assert running.since() == []


def test_the_first_isolate_starts_while_the_store_is_filled(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, running = Store.sample, Running.now()

    def patient(name: str) -> Store:
        assert eventually(lambda: bool(Running.now().children - running.children), wanted=True)
        return filled(name)

    monkeypatch.setattr(Store, "sample", patient)
    load(shell)
    assert current_sandbox().store.schema.collections
    assert Notebook(shell).fine("%%sandbox hello\n1 + 1").text.startswith("2\n")


def test_what_runs_a_language_starts_while_the_sandbox_is_made(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, before = Session._sandbox, set(psutil.Process().children())

    def patient(session: Session, project: Path | None, settings: Settings, pool: IsolatePool) -> Sandbox:
        assert eventually(lambda: len(set(psutil.Process().children()) - before), wanted=2) == 2
        return made(session, project, settings, pool)

    monkeypatch.setattr(Session, "_sandbox", patient)
    load(shell)
    assert Notebook(shell).fine("%%sandbox hello --lang js\n1 + 1").text.startswith("2\n")


def test_a_cell_that_asks_for_nothing_waits_for_no_store(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, filled = threading.Event(), Store.sample

    def patient(name: str) -> Store:
        assert fill.wait(60)
        return filled(name)

    monkeypatch.setattr(Store, "sample", patient)
    load(shell)
    try:
        assert Notebook(shell).fine("%%sandbox hello\n1 + 1").text.startswith("2\n")
    finally:
        fill.set()
    assert current_sandbox().store.schema.collections


def test_the_first_cell_may_read_items(shell: InteractiveShell) -> None:
    load(shell)
    assert "1\n" in Notebook(shell).fine(READING).text


def test_the_first_cell_learns_what_it_has_to_ask_for(shell: InteractiveShell) -> None:
    load(shell)
    shown = Notebook(shell).run("%%sandbox hello\nawait exec('read-items', 'articles', {'query': {'limit': 1}})")
    assert "role" in shown.text


def test_what_the_first_result_can_do_without_is_not_imported_before_it() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_CELL], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    *_, loaded, shown = done.stdout.splitlines()
    assert (loaded, shown) == ("[]", "[]")


@pytest.mark.parametrize("running", [True, False])
def test_the_collector_runs_as_it_did(shell: InteractiveShell, running: bool) -> None:
    (gc.enable if running else gc.disable)()
    try:
        load(shell)
        book = Notebook(shell)
        book.fine("%%sandbox hello\n1 + 1")
        book.prepare()
        assert gc.isenabled() is running
    finally:
        gc.enable()


def test_what_was_started_before_a_level_was_accepted_is_not_used(shell: InteractiveShell) -> None:
    load(shell)
    lowest = list(LEVELS)[-1]
    Notebook(shell).fine(f"%config ScopeboxMagics.isolation = {lowest!r}")
    assert current_sandbox().settings.isolation == lowest != FULL
    assert Notebook(shell).fine("%%sandbox hello\n1 + 1").text.startswith("2\n")


@pytest.mark.parametrize("closed_first", [False, True])
def test_a_store_is_made_once_and_closed_with_its_source(closed_first: bool) -> None:
    made: list[Store] = []

    def make() -> Store:
        made.append(Store())
        return made[-1]

    source = StoreSource(make)
    if closed_first:
        source.close()
    with ThreadPoolExecutor(4) as threads:
        stores = {id(store) for store in threads.map(lambda _: source.get(), range(16))}
    source.close()
    assert stores == {id(store) for store in made}
    assert len(made) == 1
    assert made[0].database.closed


def test_closing_a_source_makes_no_store() -> None:
    made: list[object] = []

    def make() -> Store:
        made.append(None)
        return Store()

    source = StoreSource(make)
    source.close()
    source.close()
    assert not made


def test_a_store_that_could_not_be_made_is_tried_again() -> None:
    with Store() as store:
        errors = [SchemaError("no")]

        def make() -> Store:
            if errors:
                raise errors.pop()
            return store

        source = StoreSource(make)
        with pytest.raises(SchemaError):
            source.get()
        assert source.get() is store


def test_a_store_that_cannot_be_filled_leaves_nothing_behind(shell: InteractiveShell, tmp_path: Path) -> None:
    load(shell)
    book = Notebook(shell)
    book.fine("%%sandbox hello --quiet\n1")
    book.prepare()
    before, running = traces(shell), Running.now()
    assert isinstance(book.run(f"%sandbox reset --project {tmp_path / 'nowhere'}").error, SchemaError)
    assert traces(shell) == before
    assert running.since() == []


def test_closing_the_sandbox_of_a_notebook_ends_its_processes(shell: InteractiveShell) -> None:
    running = Running.now()
    load(shell)
    assert eventually(lambda: bool(Running.now().children - running.children), wanted=True)
    current_sandbox().close()
    assert Running.now().children - running.children == set()


def test_results_of_a_sandbox_that_was_reset_keep_nothing_of_its_trace_and_log(shell: InteractiveShell) -> None:
    load(shell)
    book = Notebook(shell)
    book.fine("%%sandbox hello --out kept\nawait exec('log', 'x')\n1")
    kept = book.names["kept"]
    assert isinstance(kept, RunResult)
    assert (len(kept.calls), len(kept.logs)) == (1, 1)
    book.fine("%sandbox reset")
    assert (kept.calls, kept.logs, kept.value) == ((), (), 1)
