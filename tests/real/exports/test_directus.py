"""The comparison with a real Directus as a test, where one is given: its address, an administrator's token, its extensions folder, and how it starts again."""

from __future__ import annotations

import os

import pytest

from tests.real.exports.__main__ import main

VARIABLES = (
    "SCOPEBOX_DIRECTUS_URL",
    "SCOPEBOX_DIRECTUS_TOKEN",
    "SCOPEBOX_DIRECTUS_EXTENSIONS",
    "SCOPEBOX_DIRECTUS_RESTART",
)
LOG = "SCOPEBOX_DIRECTUS_LOG"


def test_exported_extensions_answer_there_as_here(capsys: pytest.CaptureFixture[str]) -> None:
    values = [os.environ.get(name, "") for name in VARIABLES]
    if not all(values):
        pytest.skip(f"a real Directus is given by {', '.join(VARIABLES)}")
    url, token, extensions, restart = values
    arguments = ["--url", url, "--token", token, "--extensions", extensions, "--restart", restart]
    status = main([*arguments, *(["--log", os.environ[LOG]] if LOG in os.environ else [])])
    assert status == 0, capsys.readouterr().out[-4000:]
