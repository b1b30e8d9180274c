"""Work in steps."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from scopebox.store.steps import at_once


def work(steps: int) -> Generator[None, None, int]:
    for _ in range(steps):
        yield
    return steps


@pytest.mark.parametrize("steps", [0, 1, 1_000])
def test_all_of_it_is_done_whatever_the_steps_are(steps: int) -> None:
    assert at_once(work(steps)) == steps
