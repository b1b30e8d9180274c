"""Testing extensions: a pytest plugin with a ``sandbox`` fixture, and assertions on calls, logs and registrations.

The plugin is there as soon as scopebox is installed::

    def test_hello(sandbox):
        extension = sandbox.load_file("directus-extension-hello.py", grant=["request"])
        assert_logged(sandbox, "Hello")

A file's ending tells its language (``.py``, ``.js``, ``.mjs``, ``.ts``); a text is loaded with ``sandbox.load(source, language="js")``.

Every test gets a fresh fork of the store and no memory of the tests before it; the isolates come from one pool that all tests
share. To use another store, override the fixture ``sandbox_store``; to accept less isolation than there is by default, override
``sandbox_pool`` by one with ``IsolatePool(Settings(isolation=…))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scopebox.text.literals import inline
from scopebox.vocabulary import HANDLER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.isolate.pool import IsolatePool
    from scopebox.journal.records import CallRecord
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.store import Store

__all__ = ["assert_called", "assert_logged", "assert_refused", "assert_registered", "calls"]


@pytest.fixture(scope="session")
def sandbox_pool() -> Iterator[IsolatePool]:
    """One pool of isolates for all tests of the session."""
    from scopebox.isolate.pool import IsolatePool  # noqa: PLC0415 - a plugin is imported in every pytest run

    pool = IsolatePool()
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def sandbox_store() -> Iterator[Store]:
    """The store that every test gets a fork of: the sample blog, unless a conftest overrides this fixture."""
    from scopebox.store.store import Store  # noqa: PLC0415 - as above

    store = Store.sample("blog")
    yield store
    store.close()


@pytest.fixture
def sandbox(sandbox_pool: IsolatePool, sandbox_store: Store) -> Iterator[Sandbox]:
    """A sandbox of the test's own: a fork of the store, no mocks, no grants, no extensions."""
    from scopebox.sandbox.sandbox import Sandbox  # noqa: PLC0415 - as above

    store = sandbox_store.fork()
    box = Sandbox(store, pool=sandbox_pool)
    yield box
    box.close()
    store.close()


def calls(box: Sandbox, type: str | None = None, *, state: str | None = None) -> list[CallRecord]:  # noqa: A002 - the field's word
    """Return the recorded ``exec`` calls, oldest first; of one execution type or state (ok, refused, failed) if given."""
    return [
        record
        for record in box.trace
        if not record.type.startswith(HANDLER_PREFIX)
        and (type is None or record.type == type)
        and (state is None or record.state == state)
    ]


def assert_called(box: Sandbox, type: str, times: int | None = None) -> None:  # noqa: A002 - the field's word
    """Fail unless an execution type was called and allowed: at least once, or exactly ``times``."""
    found = [record for record in calls(box, type) if record.state != "refused"]
    wanted = "at least once" if times is None else f"{times} times"
    if (times is None and not found) or (times is not None and len(found) != times):
        pytest.fail(f'exec("{type}") was called {len(found)} times, not {wanted}.\n{_shown(calls(box))}', pytrace=False)


def assert_refused(box: Sandbox, type: str, reason: str | None = None) -> None:  # noqa: A002 - the field's word
    """Fail unless a call of the execution type was refused, for ``reason`` (undeclared, denied, url …) if given."""
    found = calls(box, type, state="refused")
    if not [record for record in found if reason is None or record.reason == reason]:
        because = f" as {reason}" if reason else ""
        pytest.fail(f'No call of exec("{type}") was refused{because}.\n{_shown(calls(box))}', pytrace=False)


def assert_logged(box: Sandbox, text: str) -> None:
    """Fail unless a log message contains ``text``."""
    if not any(text in record.message for record in box.log):
        lines = "\n".join(f"  {record.level}: {record.message[:200]}" for record in box.log) or "  nothing"
        pytest.fail(f"No log message contains {inline(text)}. What was logged:\n{lines}", pytrace=False)


def assert_registered(box: Sandbox, what: str) -> None:
    """Fail unless something is registered: ``GET /name/path``, ``filter items.create``, ``action …`` or ``operation id``."""
    there = [
        *(f"{entry.method} {entry.path}" for entry in box.endpoints),
        *(f"{hook.kind} {hook.event}" for hook in box.hooks),
        *(f"operation {entry.id}" for entry in box.operations),
    ]
    if what not in there:
        pytest.fail(
            f"{inline(what)} is not registered. What is:\n" + "\n".join(f"  {entry}" for entry in there), pytrace=False
        )


def _shown(records: list[CallRecord]) -> str:
    lines = [
        f"  {record.type} {record.arguments[:100]} → {record.state} {record.reason}".rstrip() for record in records
    ]
    return "The calls were:\n" + ("\n".join(lines) or "  none")
