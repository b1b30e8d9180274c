"""The public names: adding or removing one is a decision, so it changes this file."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest
import scopebox

NAMES: Final = (
    "Access",
    "CancelledRun",
    "DirectusError",
    "ExportError",
    "Extension",
    "ExtensionError",
    "ExtensionSyntaxError",
    "GrantError",
    "IsolateDied",
    "IsolatePool",
    "IsolationError",
    "LimitError",
    "Manifest",
    "ManifestError",
    "MockError",
    "PackageError",
    "Permission",
    "PullError",
    "RunResult",
    "Sandbox",
    "SchemaError",
    "ScopeboxError",
    "Settings",
    "SettingsError",
    "Store",
    "UnknownNameError",
    "current_sandbox",
)


def test_the_public_names_are_these() -> None:
    assert tuple(scopebox.__all__) == NAMES
    assert set(NAMES) < set(dir(scopebox))


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_exists_and_says_what_it_is(name: str) -> None:
    assert getattr(scopebox, name).__doc__


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        scopebox.nonsense  # noqa: B018


def test_a_page_of_jupyterlite_is_told_in_a_sentence_that_it_has_no_processes() -> None:
    code = "import sys; sys.platform = 'emscripten'; import scopebox"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    *_, said = done.stderr.splitlines()
    assert said.startswith("ImportError: scopebox runs extensions in processes of Linux, and a page of JupyterLite")
    assert "site" in said
    assert "Binder" in said
