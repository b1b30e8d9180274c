"""A world as attacks meet it, for the tests of what runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A world as attacks meet it."""
    made = World()
    yield made
    made.close()
