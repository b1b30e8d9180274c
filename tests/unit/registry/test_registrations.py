"""What is kept of how something registered was used."""

from __future__ import annotations

import gc
import weakref

import pytest
from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.registry.registrations import MAX_LINE_CHARACTERS, MAX_WHOLE_ERRORS, NewestErrors, Usage


def _fail(usage: Usage, message: str = "no") -> ExtensionError:
    error = ExtensionError(message)
    with pytest.raises(ScopeboxError), usage.timed():
        raise error
    return error


def test_the_newest_errors_are_kept_whole_and_a_line_of_any_other() -> None:
    newest = NewestErrors()
    usages = [Usage(newest) for _ in range(3 * MAX_WHOLE_ERRORS)]
    for number, usage in enumerate(usages):
        _fail(usage, f"{number} {'x' * 9_000}")
    assert [usage.error is not None for usage in usages] == [False] * 2 * MAX_WHOLE_ERRORS + [True] * MAX_WHOLE_ERRORS
    assert {len(usage.last_error) for usage in usages[-MAX_WHOLE_ERRORS:]} == {9_003}
    for number, usage in enumerate(usages[: 2 * MAX_WHOLE_ERRORS]):
        assert usage.last_error.startswith(f"{number} xxx")
        assert " more)…" in usage.last_error
        assert len(usage.last_error) < MAX_LINE_CHARACTERS + 30


def test_a_line_of_wide_characters_takes_no_more_memory() -> None:
    newest = NewestErrors()
    first = Usage(newest)
    _fail(first, f"{'x' * 9_000}\U0001f600")
    others = [Usage(newest) for _ in range(MAX_WHOLE_ERRORS)]
    for usage in others:
        _fail(usage)
    assert len(first.last_error.encode("utf-32")) < 1.2 * MAX_LINE_CHARACTERS


def test_an_ordinary_message_stays_whole_however_many_fail() -> None:
    newest = NewestErrors()
    message = "Der Artikel „Straße“ hat keinen Titel. " * 5
    usages = [Usage(newest) for _ in range(1_000)]
    for usage in usages:
        _fail(usage, message)
    assert {usage.last_error for usage in usages} == {message}


def test_what_fails_again_and_again_takes_the_place_of_none_but_itself() -> None:
    newest = NewestErrors()
    once, often = Usage(newest), Usage(newest)
    error = _fail(once)
    for _ in range(3 * MAX_WHOLE_ERRORS):
        last = _fail(often)
    assert (once.error, often.error) == (error, last)


def test_a_success_lets_the_error_go_and_leaves_its_message() -> None:
    usage = Usage(NewestErrors())
    _fail(usage)
    with usage.timed():
        pass
    assert (usage.error, usage.last_error, usage.last_status) == (None, "no", "ok")


def test_errors_of_what_is_no_longer_registered_are_not_kept() -> None:
    usage = Usage(NewestErrors())
    newest = usage.newest
    gone = weakref.ref(_fail(usage))
    assert gone() is not None
    del usage
    gc.collect()
    assert gone() is None
    _fail(Usage(newest))
