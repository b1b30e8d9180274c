"""Checks of the errors that there were, and of the values."""

from __future__ import annotations

import json
import re

from scopebox.errors import CancelledRun, ExtensionError, IsolateDied, LimitError, ScopeboxError

from tests.security import refusals
from tests.security.evidence import Evidence
from tests.security.forms import several


def cell_error(evidence: Evidence, wanted: object) -> str:
    failed = evidence.error is not None
    return "" if failed is bool(wanted) else f"the cell {'failed' if failed else 'did not fail'}: {evidence.error}"


def cell_warning_or_error(evidence: Evidence, _wanted: object) -> str:
    warned = evidence.error is not None or (evidence.result is not None and evidence.result.warnings)
    return "" if warned else "neither an error nor a warning"


def cell_error_each(evidence: Evidence, wanted: object) -> str:
    fine = [at for at, error in enumerate(evidence.cell_errors) if (error is not None) is not bool(wanted)]
    return f"of {len(evidence.cell_errors)} cells these did otherwise: {fine}" if fine else ""


def error_matches(evidence: Evidence, wanted: object) -> str:
    texts = refusals.told(evidence)
    if any(_says(text, wanted) for text in texts):
        return ""
    caught = refusals.caught(evidence)
    return "" if caught is not None and _says(str(caught), wanted) else f"no error says {wanted!r}: {texts}"


def _says(text: str, wanted: object) -> bool:
    return any(re.search(str(one), text, re.IGNORECASE) for one in several(wanted))


def error_type(evidence: Evidence, wanted: object) -> str:
    names = set(map(str, several(wanted)))
    found = {name for error in evidence.errors for name in _names(error)}
    if not names & found and (caught := refusals.caught(evidence)) is not None:
        found |= _names(caught)
    return "" if names & found else f"the errors are {sorted(found)}"


def _names(error: ScopeboxError) -> set[str]:
    return {type(error).__name__, *([error.kind] if isinstance(error, ExtensionError) else [])}


def guest_error_catchable(evidence: Evidence, _wanted: object) -> str:
    """The guest's own handler saw the refusal: the cell went on, and nothing but an ordinary error ended it."""
    if isinstance(evidence.error, LimitError | IsolateDied | CancelledRun) or evidence.rejected:
        return f"it was ended: {evidence.error}"
    if evidence.error is not None:
        return f"the refusal was not caught: {evidence.error}"
    return "" if refusals.calls(evidence) or refusals.caught(evidence) is not None else "nothing was refused"


def operation_error(evidence: Evidence, wanted: object) -> str:
    failed = bool(evidence.failures)
    if not isinstance(wanted, str):
        return "" if failed is bool(wanted) else f"the operation {'failed' if failed else 'did not fail'}"
    return (
        ""
        if any(re.search(wanted, str(error), re.IGNORECASE) for error in evidence.failures)
        else f"{evidence.failures}"
    )


def value_equals(evidence: Evidence, wanted: object) -> str:
    value = None if evidence.result is None else evidence.result.value
    return "" if _same(value, wanted) else f"the value is {value!r:.200}"


def _same(value: object, wanted: object) -> bool:
    """Whether two data are the same as JSON has them: 1 is 1.0, but not true."""
    match value, wanted:
        case (bool(), _) | (_, bool()):
            return value is wanted
        case dict(), dict():
            return value.keys() == wanted.keys() and all(_same(value[key], wanted[key]) for key in value)
        case list(), list():
            return len(value) == len(wanted) and all(map(_same, value, wanted))
        case _:
            return value == wanted


def value_matches(evidence: Evidence, wanted: object) -> str:
    value = None if evidence.result is None else evidence.result.value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "" if re.search(str(wanted), text) else f"the value is {text[:200]}"


def value_after_trigger(evidence: Evidence, wanted: object) -> str:
    values = [*evidence.outcomes, *(json_or_text(response.text) for response in evidence.responses)]
    return "" if values and _same(values[-1], wanted) else f"the trigger gave {values!r:.300}"


def json_or_text(text: str) -> object:
    """Return the data of a text that is JSON, else the text."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found
