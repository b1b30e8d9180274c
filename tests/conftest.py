"""Fixtures that every test may use; the sandbox is that of the pytest plugin which scopebox ships."""

from __future__ import annotations

import fcntl
import gc
import signal
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.store import Store

from tests import portable
from tests.requirements import required
from tests.stores import project


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run with portable isolates."""
    parser.addoption(portable.OPTION, action="store_true", help="make portable isolates in place of forked ones")


def pytest_configure(config: pytest.Config) -> None:
    """Give generated examples all the time that a busy machine takes for them, and force portable isolates where that is wanted."""
    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")
    if config.getoption(portable.OPTION):
        portable.force()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a forked isolate where there are none."""
    if portable.forced() and (mark := item.get_closest_marker("forked")):
        pytest.skip(f"needs a forked isolate: {mark.args[0]}")


def pytest_sessionstart() -> None:
    """Take interrupts as in a terminal: a shell that starts a run in the background has it ignore them."""
    required()  # a misspelt name is said before hours of tests
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Import each module in one process after the other: what the first compiles, the others of a run find."""
    if not isinstance(collector, pytest.Module):
        return (yield)
    with collector.path.open("rb") as module:
        fcntl.flock(module, fcntl.LOCK_EX)
        return (yield)


def pytest_collection_finish() -> None:
    """Leave what was loaded out of every later look for garbage: tests that ask for one take a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let everything be found again when the process ends."""
    gc.unfreeze()


@pytest.fixture
def box(sandbox: Sandbox) -> Sandbox:
    """A sandbox with the sample blog, fresh for each test."""
    return sandbox


@pytest.fixture
def pool(sandbox_pool: IsolatePool) -> IsolatePool:
    """The pool that all tests share."""
    return sandbox_pool


@pytest.fixture(scope="session")
def empty() -> Iterator[Store]:
    """A store without collections: take a copy of it, which is there in an eighth of the time of opening a database."""
    with Store() as store:
        yield store


@pytest.fixture(scope="session")
def recorded() -> Iterator[Store]:
    """The dataset that comes with the recordings: read it, or take a copy of it."""
    with project() as store:
        yield store
