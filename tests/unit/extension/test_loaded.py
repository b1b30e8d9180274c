"""What is loaded: snapshots, and what a closed sandbox takes."""

from __future__ import annotations

import pytest
from scopebox.errors import ScopeboxError
from scopebox.extension.loaded import Loaded, unknown
from scopebox.journal.log import Log
from scopebox.registry.registry import Registry


def nothing() -> None:
    """Stand for views that nobody looks at."""


def empty() -> Loaded:
    log = Log(10, nothing)
    return Loaded(Registry(log, nothing), log, nothing)


def test_nothing_is_loaded_at_first() -> None:
    loaded = empty()
    assert (dict(loaded.extensions), loaded.ever, "a" in loaded) == ({}, False, False)


def test_dropping_what_is_not_there_changes_nothing() -> None:
    loaded = empty()
    loaded.drop("a")
    assert dict(loaded.extensions) == {}


def test_a_closed_one_says_what_to_do() -> None:
    loaded = empty()
    loaded.check_open()
    loaded.closed = True
    with pytest.raises(ScopeboxError, match="This sandbox is closed"):
        loaded.check_open()


def test_an_unknown_name_comes_with_the_one_that_was_meant() -> None:
    assert "did you mean hello?" in str(unknown("extension", "helo", ["hello"]))
    assert isinstance(unknown("operation", "x", []), LookupError)
