"""Tools that are required are missed aloud."""

from __future__ import annotations

import shutil

import pytest

from tests import requirements


@pytest.fixture(autouse=True)
def nothing_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as on a machine that requires nothing."""
    monkeypatch.delenv(requirements.VARIABLE, raising=False)


def test_what_is_missing_is_skipped_with_its_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="no node here"):
        requirements.missing("node", "no node here")


def test_what_is_required_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(requirements.VARIABLE, "npm, node")
    with pytest.raises(pytest.fail.Exception, match="no node here; SCOPEBOX_REQUIRE requires node"):
        requirements.missing("node", "no node here")
    with pytest.raises(pytest.skip.Exception):
        requirements.missing("chromium", "no browser here")


def test_a_misspelt_tool_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(requirements.VARIABLE, "node,chrome")
    with pytest.raises(pytest.UsageError, match="'chrome' is not one of node, npm, chromium, python"):
        requirements.required()


def test_a_program_is_found_by_any_of_its_names() -> None:
    assert requirements.program("python", "no-such-program", "sh", why="there is no shell").endswith("/sh")
    with pytest.raises(pytest.skip.Exception, match="there is none"):
        requirements.program("chromium", "no-such-program", why="there is none")


def test_what_is_skipped_is_said_in_a_line_for_each_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if "qemu" in name or name == "npm" else name)
    npm, qemu = requirements.skipped()
    assert "npm is missing" in npm
    assert "qemu-system-aarch64 is missing" in qemu
    assert "apt-get install qemu-system-arm" in qemu
    monkeypatch.setattr(shutil, "which", lambda name: name)
    assert requirements.skipped() == []
