"""Fixtures that every test may use; the sandbox is that of the pytest plugin which scopebox ships."""

from __future__ import annotations

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox


@pytest.fixture
def box(sandbox: Sandbox) -> Sandbox:
    """A sandbox with the sample blog, fresh for each test."""
    return sandbox


@pytest.fixture
def pool(sandbox_pool: IsolatePool) -> IsolatePool:
    """The pool that all tests share."""
    return sandbox_pool
