"""Where the engine is not what it is taken for, there is no JavaScript, and the reason is said."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from scopebox.errors import IsolationError
from scopebox.isolate import guest_modules
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LANGUAGES
from scopebox_guest.engine import UnavailableError
from scopebox_guest.javascript.quickjs import interface
from scopebox_guest.javascript.quickjs.interface import Library

from tests.isolates import SETTINGS, Guest


@pytest.fixture
def own_pool() -> Iterator[IsolatePool]:
    made = IsolatePool(SETTINGS)
    yield made
    made.close()


def test_a_function_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(interface.SIGNATURES, "JS_Missing", (None, ()))
    with pytest.raises(UnavailableError, match="has no function JS_Missing"):
        Library()


def test_another_version_is_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "VERSION", b"0.99.")
    with pytest.raises(UnavailableError, match=r"is 0\.17\.\d+, and 0\.99\.x is needed"):
        Library()


@pytest.mark.parametrize("module", guest_modules.ENGINE_MODULES["javascript"])
def test_without_one_of_its_packages_python_goes_on(
    own_pool: IsolatePool, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(guest_modules, "find_spec", lambda name: None if name == module else real(name))
    package = guest_modules.ENGINE_MODULES["javascript"][module]
    words = f"No JavaScript on this machine, because the package {package} is not installed"
    for name in ("js", "ts"):
        with pytest.raises(IsolationError, match=words) as caught:
            own_pool.run(own_pool.acquire(None, memory=64, language=LANGUAGES[name]))  # type: ignore[arg-type]
        assert package in caught.value.hint
    guest = Guest(own_pool)
    assert guest.value("1 + 1") == 2
    guest.end()


def test_a_python_zygote_is_told_nothing_of_the_packages_of_javascript(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    missing = guest_modules.ENGINE_MODULES["javascript"]
    monkeypatch.setattr(guest_modules, "find_spec", lambda name: None if name in missing else real(name))
    assert guest_modules.module_paths("python")
