"""Fixtures of the tests of serving."""

from __future__ import annotations

import pytest
from scopebox.server import serving
from scopebox.server.h11_connection import H11Connection


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The parser of servers that the test starts."""
    name: str = request.param
    if name == "h11":
        monkeypatch.setattr(serving, "Parsed", H11Connection)
    else:
        pytest.importorskip("httptools")
    return name
