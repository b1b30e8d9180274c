"""Every check by its key in ``must``. A check returns what is wrong, empty if it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tests.security import checks_calls as calls
from tests.security import checks_display as display
from tests.security import checks_errors as errors
from tests.security import checks_host as host
from tests.security import checks_others as others
from tests.security import checks_store as store
from tests.security import forms
from tests.security.corpus import EITHER, CorpusError
from tests.security.evidence import Evidence

Check = Callable[[Evidence, object], str]


def _nothing(_evidence: Evidence, _wanted: object) -> str:
    return ""  # what was done, or what is only recorded


def _named(module: object, *names: str) -> dict[str, Check]:
    return {name: getattr(module, name) for name in names}


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "informational": _nothing,
        "trigger": _nothing,
        "js_global_unset": display.inert,
        "js_error_free": display.inert,
        "max_requests": calls.requests_seen_max,
        **_named(
            host, "not_in_result", "not_kept", "host_alive", "within_s", "guest_ended", "kernel_exit", "kernel_interrupted",
            "no_host_exception", "max_host_rss_mb", "host_fd_growth_max", "no_new_processes", "max_output_bytes",
            "canary_unchanged", "file_absent", "no_call_after_end", "max_outstanding_calls", "handlers_max",
            "max_guest_processes",
        ),
        **_named(
            errors, "cell_error", "cell_warning_or_error", "error_matches", "cell_error_each", "error_type", "value_equals",
            "value_matches", "value_after_trigger", "guest_error_catchable", "operation_error",
        ),
        **_named(
            others, "stdlib_unchanged", "second_extension_attribute_error", "second_extension_name_error", "channel_in_step",
            "other_extension_unaffected", "other_operation_unchanged", "second_extension_request_completes",
            "second_request_unaffected", "other_endpoint_not_forged",
        ),
        **_named(
            calls, "refused", "refused_or_rejected", "refused_or_scoped", "refused_or_logged", "refused_or_ignored",
            "rejected_before_run", "grants_unchanged", "prompt_again", "documented", "canary_hits", "requests_seen",
            "requests_seen_max", "methods_seen", "header_absent", "not_in_request", "final_url_allowed",
            "host_contacted", "host_header_matches_url", "second_extension_request_header_absent", "registered_under",
            "endpoint_status_in", "endpoint_body_in", "endpoint_not_body", "endpoint_json_valid", "content_type_not",
            "ids_scoped_per_guest", "grant_not_inherited", "endpoint_status_after_rerun",
        ),
        **_named(
            store, "store_unchanged", "rows_max", "rows_all", "groups_only", "count_equals", "values_stored_literally",
            "other_writer_completes", "row_is_one_of", "field_unset", "row_created", "log_lines", "log_lines_equal",
            "log_equals", "rows_shown", "collection_unchanged", "value_stored_literally",
        ),
        **_named(
            display, "html_not_contains", "text_not_contains", "or_visible_escape", "html_text_equals", "prompt_shows",
            "rejected_or_host_visible", "html_matches",
        ),
    }
)  # fmt: skip


# What holds in every attack, whatever it says itself.
ALWAYS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        **_named(host, "words", "guest_ran", "orderly", "memory", "longest_step", "next_cell"),
        **_named(others, "others"),
        **_named(host, "closed_in_time"),
    }
)
ON_THE_WALL: Final = frozenset(
    {"within_s", "next_cell", "closed_in_time", "others", "second_extension_request_completes"}
)
"""What is measured on the wall, and so again where the machine was busy."""
VALUES: Final = frozenset({"value_equals", "value_matches"})
"""What a call that ran out of its time on the wall does not come to."""


def verdict(evidence: Evidence) -> dict[str, str]:
    """Return what is wrong, by check; empty if the attack failed in every respect."""
    wrong: dict[str, str] = {}
    wanted = [(name, CHECKS.get(name, calls.either), value) for name, value in evidence.attack.must.items()]
    for name, check, value in [*wanted, *((name, check, True) for name, check in ALWAYS.items())]:
        try:
            said = _said(name, check, evidence, value)
        except Exception as error:
            said = f"could not be checked: {error!r}"
        if said:
            wrong[name] = said[:500]
    return wrong


def _said(name: str, check: Check, evidence: Evidence, wanted: object) -> str:
    """Return what is wrong of one check; CorpusError for what cannot be false."""
    if wanted is None and name not in forms.NULL_IS_A_VALUE:
        return ""  # either is fine
    if "{" in str(wanted):
        wanted = evidence.world.replaced(wanted, evidence.own, evidence.served)
    if wanted is not False or name in forms.ANSWERED:
        return check(evidence, wanted)
    if name in forms.NOTHING or name.startswith(EITHER):
        return ""
    if name not in forms.DENIED:
        raise CorpusError(f"{name}: nobody knows what false means")
    return "" if check(evidence, True) else f"{name} holds, and should not"
