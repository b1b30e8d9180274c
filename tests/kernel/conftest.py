"""What the kernel tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.kernels import close_loop


@pytest.fixture(scope="package", autouse=True)
def loop() -> Iterator[None]:
    """The clients of kernels leave the loop open that they made: an open one is a warning, and a warning is an error."""
    yield
    close_loop()
