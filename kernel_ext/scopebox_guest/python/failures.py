"""Exceptions of Python on their way over the boundary: failed calls into the guest, the guest's own failures out of it."""

from __future__ import annotations

import builtins
from typing import Final, TypeVar

from msgspec import Raw

from scopebox_guest.driver import values
from scopebox_guest.wire import EXCEPTIONS, Failure, Frame, Refuse

_Value = TypeVar("_Value")

MAX_DATA_BYTES: Final = 16_000  # of the data of a failed call that are sent back
LINE: Final = "_line"  # of the function that an error is about, where it has no frames of the extension
CLASSES: Final = {name: getattr(builtins, name) for name in EXCEPTIONS}


def error_of(refusal: Refuse) -> Exception:
    """Return the exception that a failed call raises. Its ``reason``, ``status``, ``data`` and ``hint`` are the host's."""
    error: Exception = CLASSES.get(refusal.kind, RuntimeError)(refusal.message)
    error.__dict__.update(
        reason=refusal.reason,
        status=refusal.status,
        data=values.from_json(refusal.data),
        hint=refusal.hint,
        _call=refusal.id,
    )
    return error


def hint_of_host(error: BaseException) -> str:
    """Return the hint that the host gave with a failed call."""
    return _get(error, "hint", "")


def frames_of(error: BaseException) -> list[Frame]:
    """Return where the function is that an error is about, if that was noted."""
    line = _get(error, LINE, 0)
    return [Frame("default", line)] if line else []


def failure_of(error: BaseException, frames: list[Frame], hint: str) -> Failure:
    """Return an exception as the host is told of it."""
    return Failure(
        values.clean(values.shorten(type(error).__name__, 100)),
        values.safe_text(error),
        frames=frames,
        reason=values.clean(values.shorten(_get(error, "reason", ""), 100)),
        status=_get(error, "status", 0),
        data=_data(error),
        hint=hint,
        call=_get(error, "_call", 0),
    )


def _data(error: BaseException) -> Raw:
    try:
        return Raw(values.to_json(error.__dict__.get("data"), MAX_DATA_BYTES))
    except (values.NotDataError, values.TooLargeError):
        return Raw(b"null")


def _get(error: BaseException, name: str, default: _Value) -> _Value:
    """Return an attribute that the host gave to an error, or that the guest made up, if it has the type of ``default``."""
    value = error.__dict__.get(name, default)
    return value if type(value) is type(default) else default
