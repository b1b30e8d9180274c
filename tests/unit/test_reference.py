"""The reference is complete, and says what the code says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, get_args

import pytest
import scopebox
from scopebox import errors, testing
from scopebox.grants import refusal
from scopebox.languages import LANGUAGES
from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.config import ScopeboxMagics
from scopebox.notebook.verb_table import VERBS
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import RANGES
from scopebox.vocabulary import EXECUTION_TYPES, PERMISSION_KEYS
from scopebox_guest.javascript.hints.tables import NAMES

from tests.reference import PATH, text
from tests.reference_data import REASONS
from tests.reference_languages import in_javascript

if TYPE_CHECKING:
    from collections.abc import Iterable

WRITTEN = PATH.read_text("utf-8")
# Public because the parts of a sandbox use each other, not because anybody else should.
INSIDE = {"notify", "requester"}


def missing(names: Iterable[str]) -> list[str]:
    return [name for name in names if f"`{name}" not in WRITTEN]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="what modules hold depends on the version of Python")
def test_it_is_up_to_date() -> None:
    assert text() == WRITTEN, "write it anew: python -m tests.reference"


def test_every_public_name_is_there() -> None:
    assert missing(scopebox.__all__) == []


def test_every_option_and_verb_is_there() -> None:
    options = cell_parser().options()
    assert [option for option in options if option not in WRITTEN] == []
    assert missing(VERBS) == []


def test_every_language_is_there_with_its_endings_and_its_setting() -> None:
    options = [f"`--lang {name}`" for name in LANGUAGES if name != "python"]
    endings = [f"`{ending}`" for language in LANGUAGES.values() for ending in language.endings]
    settings = [f"`ScopeboxMagics.{name}`" for name in ScopeboxMagics.class_own_traits(config=True)]
    assert [written for written in (*options, *endings, *settings) if written not in WRITTEN] == []


def test_every_execution_type_is_there_as_javascript_calls_it() -> None:
    assert in_javascript('exec("read-items", collection, {"query"})') == "exec('read-items', collection, { query })"
    assert missing(in_javascript(row.call) for row in EXECUTION_TYPES.values()) == []


def test_everything_that_an_isolate_of_javascript_lacks_is_there() -> None:
    assert missing(NAMES) == []


def test_every_setting_is_there() -> None:
    assert missing(RANGES) == []


def test_every_error_is_there() -> None:
    assert missing(name for name, kind in vars(errors).items() if isinstance(kind, type)) == []


def test_every_execution_type_is_there_with_its_options() -> None:
    assert missing(row.call for row in EXECUTION_TYPES.values()) == []


def test_every_key_of_a_manifest_is_there() -> None:
    assert missing(PERMISSION_KEYS) == []


def test_every_reason_of_a_refusal_is_there() -> None:
    assert tuple(REASONS) == get_args(refusal.Reason)


def test_everything_public_of_a_sandbox_is_there() -> None:
    public = {
        name
        for name, member in vars(Sandbox).items()
        if not name.startswith("_") and not (getattr(member, "__doc__", None) or "").startswith("On the loop:")
    }
    assert missing(public - INSIDE) == []


def test_everything_for_tests_is_there() -> None:
    assert missing([*testing.__all__, "sandbox", "sandbox_store", "sandbox_pool"]) == []
