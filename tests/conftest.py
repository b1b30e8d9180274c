"""Fixtures that every test may use: one pool of isolates for all tests, a fresh store for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import IsolatePool, Sandbox, Store


@pytest.fixture(scope="session")
def pool() -> Iterator[IsolatePool]:
    """A pool that all tests share."""
    shared = IsolatePool()
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def blog() -> Iterator[Store]:
    """The sample blog; tests work on forks of it."""
    store = Store.sample("blog")
    yield store
    store.close()


@pytest.fixture
def box(pool: IsolatePool, blog: Store) -> Iterator[Sandbox]:
    """A sandbox with the sample blog."""
    store = blog.fork()
    sandbox = Sandbox(store, pool=pool)
    yield sandbox
    sandbox.close()
    store.close()
