"""Where no extension can be isolated, everything else works: all that Windows lacks is hidden here in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from scopebox.chains import loop
from scopebox.chains.loop import LoopThread
from scopebox.errors import IsolationError
from scopebox_guest.python.facades import digests

from tests import other_system


@pytest.mark.slow
def test_without_what_windows_lacks_all_but_extensions_works_and_loading_one_says_what_can_be_done(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.other_system", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = "this is Windows: only the level 'language' can be had here, and nothing below 'seccomp' is accepted"
    assert run.stdout.count(said) == 3, run.stdout  # in Python, in JavaScript, and in a notebook
    for remedy in (
        "in a container",
        "WSL 2",
        "Binder",
        '%config ScopeboxMagics.isolation = "language"',
        'Settings(isolation="language")',
    ):
        assert run.stdout.count(remedy) == 3, run.stdout


def test_what_is_hidden_is_there_on_this_system() -> None:
    for module, names in other_system.NAMES.items():
        assert [name for name in names.split() if hasattr(module, name)], module


def test_a_firewall_on_loopback_is_named_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "An attempt was made to access a socket in a way forbidden by its access permissions")

    monkeypatch.delattr(socket, "AF_UNIX")
    monkeypatch.setattr(socket, "socketpair", refused)
    with pytest.raises(IsolationError, match="forbidden by its access permissions") as caught:
        _ = LoopThread().loop
    assert "firewall" in caught.value.hint
    assert "127.0.0.1" in caught.value.hint


def test_a_connection_that_a_firewall_lets_hang_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(loop, "START_SECONDS", 0.01)
    monkeypatch.setattr(loop, "_need_descriptors", over.wait)
    hanging = LoopThread()
    with pytest.raises(IsolationError, match=r"not ready within 0\.01 seconds"):
        _ = hanging.loop
    over.set()


def test_a_python_without_the_optional_digests_has_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert digests.OPTIONAL == ("pbkdf2_hmac", "scrypt")
    monkeypatch.setattr(digests, "OPTIONAL", ())
    names = dir(digests.digest_modules()["hashlib"])
    assert "sha256" in names
    assert "scrypt" not in names
