"""The forms in which the keys of an attack may be written: one or several of a kind, numbers, nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.security.corpus import Attack, CorpusError

NULL_IS_A_VALUE: Final = frozenset({"value_equals", "value_after_trigger"})
"""What may have to be null; any other key that is null says that either is fine, and other keys decide."""
DENIED: Final = frozenset(
    {
        "store_unchanged", "grants_unchanged", "prompt_again", "grant_not_inherited", "guest_error_catchable", "row_created",
        "log_lines_equal", "values_stored_literally", "value_stored_literally", "host_header_matches_url", "final_url_allowed",
        "cell_warning_or_error", "endpoint_json_valid", "canary_unchanged",
    }
)  # fmt: skip
"""What may be false: it does not hold then."""
NOTHING: Final = frozenset({"documented", "informational", "trigger", "or_visible_escape", "js_error_free"})
"""What is not asked for where it is false."""
ANSWERED: Final = frozenset(
    {
        "host_alive", "kernel_exit", "kernel_interrupted", "cell_error", "cell_error_each", "refused", "rejected_before_run",
        "guest_ended", "no_host_exception", "no_new_processes", "operation_error", "value_equals", "value_after_trigger",
    }
)  # fmt: skip
"""Of which the check itself knows what false means."""


def several(given: object) -> list[object]:
    """Return one thing, or a list of them, as a list."""
    return given if isinstance(given, list) else [given]


def number(given: object) -> float:
    """Return a number; CorpusError for what is none."""
    try:
        return float(str(given))
    except ValueError:
        raise CorpusError(f"{given!r:.100} is no number") from None


def texts(attack: Attack, key: str) -> list[str]:
    """Return the names that a set-up gives, one or several; CorpusError for what is neither."""
    given = attack.setup.get(key)
    found = [] if given is None or given is False else several(given)
    if not all(isinstance(name, str) for name in found):
        raise CorpusError(f"{attack.id}: {key} is neither a text nor a list of texts: {given!r:.100}")
    return [str(name) for name in found]


def times(attack: Attack, key: str) -> int:
    """Return how often something is done; CorpusError for what is no whole number."""
    given = attack.setup.get(key)
    if not isinstance(given, int | str | None) or (isinstance(given, str) and not given.isdecimal()):
        raise CorpusError(f"{attack.id}: {key} is no whole number: {given!r:.100}")
    return int(given or 1)


def entries(manifest: object) -> list[object]:
    """Return the entries of what an attack hands over as its permissions: a list, or a whole manifest."""
    found = manifest.get("permissions") if isinstance(manifest, Mapping) else manifest
    return found if isinstance(found, list) else []
