"""The errors of reads and writes, with the status, the code and the words of a Directus 11."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import javascript

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_SHOWN_CHARACTERS: Final = 1_000  # of a value in a message
MAX_MESSAGE_CHARACTERS: Final = 4_000
_WHOLE: Final = 2**63  # what is smaller is shown without a point


class ColumnError(DirectusError):
    """A value or a row that the database refuses: it passes the ``database.error`` filters before it is answered."""


def forbidden(reason: str = "") -> DirectusError:
    """403: not there, or not allowed; the answer does not tell which."""
    if not reason:
        return DirectusError(403, "FORBIDDEN", "You don't have permission to access this.")
    reason = _shortened(reason, MAX_MESSAGE_CHARACTERS)
    return DirectusError(403, "FORBIDDEN", reason, {"reason": reason})


def system_collection(name: str) -> DirectusError:
    """403: a system collection where items are asked for; a Directus says no more, so the way to it is a hint for people."""
    error = forbidden()
    error.hint = (
        f"{_shortened(name, MAX_SHOWN_CHARACTERS)} is a system collection, which cannot be written here: read it along a relation "
        'such as "author.first_name", or by its own route, such as GET /users'
    )
    return error


def forbidden_collection(collection: str, path: tuple[str, ...] = (), why: str = "") -> DirectusError:
    """403: a collection that the role has no rule for, or that does not exist; ``path`` leads to it from the root of a query.

    ``why`` is the hint where the project has it and the store has not.
    """
    error = forbidden(
        f'You don\'t have permission to access collection "{collection}" or it does not exist. {_place(path)}'
    )
    error.hint = why
    return error


def forbidden_fields(collection: str, names: Sequence[str], path: tuple[str, ...] = (), why: str = "") -> DirectusError:
    """403: fields that the role may not read or set, or that do not exist; ``path`` leads to them from the root of a query.

    ``why`` is the hint where the project has them and the store has not.
    """
    listed = ", ".join(f'"{name}"' for name in names)
    which, end = ("fields", "they do") if len(names) > 1 else ("field", "it does")
    error = forbidden(
        f"You don't have permission to access {which} {listed} in collection "
        f'"{collection}" or {end} not exist. {_place(path)}'
    )
    error.hint = why
    return error


def forbidden_items(action: str, collection: str, fields: Sequence[str] = ()) -> DirectusError:
    """403: at least one item that the rule of ``action`` does not cover; for an update its fields are named."""
    if fields:
        listed = ", ".join(f'"{name}"' for name in fields)
        return forbidden(
            f'You don\'t have permissions to perform "{action}" for the field(s) {listed} in collection '
            f'"{collection}" or it does not exist.'
        )
    return forbidden(
        f'You don\'t have permission to perform "{action}" for collection "{collection}" or it does not exist.'
    )


def invalid(reason: str) -> DirectusError:
    """400: a query that cannot be."""
    reason = _shortened(reason, MAX_MESSAGE_CHARACTERS)
    return DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})


def unfollowed(collection: str, field: str, why: str) -> DirectusError:
    """400: a field that the project has, or what stands behind it there, and the store has not; ``why`` is the hint."""
    error = invalid(f'"{field}" of "{collection}" is not kept here')
    error.hint = why
    return error


def invalid_payload(reason: str) -> DirectusError:
    """400: a body or a payload of the wrong shape."""
    reason = _shortened(reason, MAX_MESSAGE_CHARACTERS)
    return DirectusError(400, "INVALID_PAYLOAD", f"Invalid payload. {reason}.", {"reason": reason})


def internal_error(message: str) -> DirectusError:
    """500: what a Directus did not foresee; over HTTP only administrators read the message."""
    return DirectusError(500, "INTERNAL_SERVER_ERROR", _shortened(message, MAX_MESSAGE_CHARACTERS))


def failed_validation(failures: Sequence[Mapping[str, object]]) -> DirectusError:
    """400: one error for each of ``failures``, which are the ``extensions`` of the errors."""
    errors = [
        DirectusError(400, "FAILED_VALIDATION", _validation_message(failure), _told(failure)) for failure in failures
    ]
    first = errors[0]
    return DirectusError(first.status, first.code, first.message, first.extensions, errors[1:])


def not_unique(collection: str, field: str, value: object) -> ColumnError:
    """400: a value that another row has already."""
    return ColumnError(
        400,
        "RECORD_NOT_UNIQUE",
        f'Value {_named(value)}for field "{field}" in collection "{collection}" has to be unique.',
        {"collection": collection, "field": field, "value": _kept(value)},
    )


def no_such_key(collection: str, field: str, value: object) -> ColumnError:
    """400: a foreign key that refers to no row."""
    return ColumnError(
        400,
        "INVALID_FOREIGN_KEY",
        f'Invalid foreign key {_named(value)}for field "{field}" in collection "{collection}".',
        {"collection": collection, "field": field, "value": _kept(value)},
    )


def not_null(collection: str, field: str) -> ColumnError:
    """400: NULL in a column that takes none, where no validation of a payload came before."""
    return ColumnError(
        400,
        "NOT_NULL_VIOLATION",
        f'Value for field "{field}" in collection "{collection}" can\'t be null.',
        {"collection": collection, "field": field},
    )


def out_of_range(collection: str, field: str, value: object) -> ColumnError:
    """400: a number too large for its column."""
    return ColumnError(
        400,
        "VALUE_OUT_OF_RANGE",
        f'Numeric value {_named(value)}for field "{field}" in collection "{collection}" is out of range.',
        {"collection": collection, "field": field, "value": _kept(value)},
    )


def too_long(collection: str, field: str, value: object) -> ColumnError:
    """400: a text longer than its column."""
    return ColumnError(
        400,
        "VALUE_TOO_LONG",
        f'Value {_named(value)}for field "{field}" in collection "{collection}" is too long.',
        {"collection": collection, "field": field, "value": _kept(value)},
    )


def _place(path: tuple[str, ...]) -> str:
    return f'Queried in "{".".join(path)}".' if path else "Queried in root."


def _text(value: object) -> str:
    """Return ``value`` as JavaScript writes it into a text, as far as a message shows it."""
    return _shortened(javascript.beginning(value, MAX_SHOWN_CHARACTERS + 1), MAX_SHOWN_CHARACTERS)


def _named(value: object) -> str:
    """Return ``value`` as a sentence begins with it; nothing for what JavaScript takes for false."""
    return f'"{_text(value)}" ' if javascript.truthy(value) else ""


def _kept(value: object) -> object:
    """Return ``value`` as JavaScript writes it as JSON, as far as extensions show it."""
    if isinstance(value, float):
        return javascript.number(value) if abs(value) < _WHOLE else value
    return _shortened(value, MAX_SHOWN_CHARACTERS) if isinstance(value, str) else value


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _quoted(values: object) -> str:
    listed = values if isinstance(values, list) else [values]
    return ", ".join(f'"{_text(value)}"' for value in listed)


def _validation_message(failure: Mapping[str, object]) -> str:
    path = failure["path"]
    place = f' at "{".".join(map(str, path))}"' if isinstance(path, list) and path else ""
    return f'Validation failed for field "{failure["field"]}"{place}.{_remedy(failure)}'


def _told(failure: Mapping[str, object]) -> dict[str, object]:
    """Return ``failure`` as JSON data: a moment is a text."""
    return {name: moment_text(value) for name, value in failure.items()}


def moment_text(value: object) -> object:
    """Return a moment, alone or in a list, as JSON writes it; anything else as it is."""
    if isinstance(value, list):
        return [moment_text(entry) for entry in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _remedy(failure: Mapping[str, object]) -> str:
    valid, invalid, part = failure.get("valid"), failure.get("invalid"), failure.get("substring")
    remedies = {
        "eq": f' Value has to be "{_text(valid)}".',
        "lt": f' Value has to be less than "{_text(valid)}".',
        "lte": f' Value has to be less than or equal to "{_text(valid)}".',
        "gt": f' Value has to be greater than "{_text(valid)}".',
        "gte": f' Value has to be greater than or equal to "{_text(valid)}".',
        "in": f" Value has to be one of {_quoted(valid)}.",
        "neq": f' Value can\'t be "{_text(invalid)}".',
        "nin": f" Value can't be one of {_quoted(invalid)}.",
        "contains": f' Value has to contain "{_text(part)}".',
        "ncontains": f' Value can\'t contain "{_text(part)}".',
        "null": " Value has to be null.",
        "nnull": " Value can't be null.",
        "empty": " Value has to be empty.",
        "nempty": " Value can't be empty.",
        "required": " Value is required.",
        "regex": " Value doesn't have the correct format.",
    }
    return remedies.get(str(failure["type"]), "")
