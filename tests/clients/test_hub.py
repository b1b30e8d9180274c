"""The official SDK behind a hub, through a real jupyter-server-proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox import Sandbox, Store

from tests.clients.conftest import Run
from tests.clients.test_sdk import ECHO
from tests.jupyter_proxy import JupyterProxy, needs_the_proxy


def test_the_sdk_works_at_the_address_that_is_printed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_the_proxy()
    with JupyterProxy(tmp_path) as proxy, Store.sample() as store, Sandbox(store) as box:
        for name, value in proxy.environment.items():
            monkeypatch.setenv(name, value)
        box.load(ECHO, name="directus-extension-echo")
        found = json.loads(run("hub.mjs", box.serve().public_url, proxy.token, "editor-token"))
    assert found == {
        "list": [{"id": 1}, {"id": 2}], "created": {"title": "behind a hub"}, "echo": {"a": 1},
    }  # fmt: skip
