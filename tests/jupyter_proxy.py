"""A Jupyter server on loopback as a hub gives one to a user, with jupyter-server-proxy in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import httpx
import pytest

from tests.light import python_path
from tests.loopback_server import free_port
from tests.processes import end_session

USER: Final = "/user/ada/"
START_SECONDS: Final = 120.0


def needs_the_proxy() -> None:
    """Skip where jupyter-server-proxy is not installed."""
    if find_spec("jupyter_server_proxy") is None:
        pytest.skip("jupyter-server-proxy is needed to stand behind one: pip install 'scopebox[test]'")


@dataclass
class JupyterProxy:
    """The server of the user ``ada``; ``environment`` is what the hub would tell whatever runs in it."""

    folder: Path
    port: int = field(default_factory=free_port)
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """The public address of the hub."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a user's server."""
        return {"JUPYTERHUB_SERVICE_PREFIX": USER, "JUPYTERHUB_PUBLIC_URL": f"{self.origin}{USER}"}

    def client(self, **headers: str) -> httpx.Client:
        """Return a client that the hub lets in."""
        return httpx.Client(headers={"Authorization": f"token {self.token}", **headers}, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        home = {
            name: str(self.folder) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        }
        home["PYTHONPATH"] = python_path()
        extensions = {"jupyter_server_proxy": True}
        command = [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={self.port}"),
            *("--ServerApp.port_retries=0", f"--ServerApp.base_url={USER}", f"--IdentityProvider.token={self.token}"),
            *("--ServerApp.allow_remote_access=True", f"--ServerApp.root_dir={self.folder}", f"--ServerApp.jpserver_extensions={extensions}"),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **home}, start_new_session=True
        )  # fmt: skip
        limit = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < limit:
            with contextlib.suppress(httpx.TransportError), self.client() as client:
                if client.get(f"{self.origin}{USER}api/status").is_success:
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError("The Jupyter server did not start")

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            end_session(self.process)
