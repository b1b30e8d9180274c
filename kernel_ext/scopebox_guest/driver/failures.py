"""Exceptions on their way over the boundary: failed calls into the guest, the guest's own failures out of it."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, TypeVar

from msgspec import Raw

from scopebox_guest.driver import values
from scopebox_guest.python.errors import SourceError
from scopebox_guest.wire import EXCEPTIONS, Failure, Frame, Refuse

if TYPE_CHECKING:
    from scopebox_guest.engine import Engine
    from scopebox_guest.python.awaiting import Outcome

_Value = TypeVar("_Value")

FRAMES = 50  # levels of the call stack that are told; of a longer one the middle is left out
DATA = 16_000  # bytes of the data of a failed call that are told again
CLASSES = {name: getattr(builtins, name) for name in EXCEPTIONS}
MEMORY_HINT = "%%sandbox --memory MIB raises the limit, to at most 1024; or use less at a time."


def exception_of(refusal: Refuse) -> Exception:
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


def failure_of(error: BaseException, engine: Engine, unawaited: Outcome | None = None) -> Failure:
    """Return what the host is told of an exception that ended a cell or a handler.

    ``unawaited`` is the call whose failure it is, if nobody awaited that call.
    """
    if isinstance(error, SourceError):
        return Failure(
            "SyntaxError",
            values.clean(values.shorten(str(error.message), values.TEXT)),
            line=error.line,
            column=error.column,
            syntax=True,
            hint=error.hint,
        )
    frames = _shorten(engine.frames(error))
    if unawaited is not None and unawaited._line:
        frames = [Frame(unawaited._label, unawaited._line)]
    return Failure(
        values.clean(values.shorten(type(error).__name__, 100)),
        values.safe_text(error) or ("the memory limit is reached" if isinstance(error, MemoryError) else ""),
        line=frames[-1].line if frames else 0,
        frames=frames,
        reason=values.clean(values.shorten(_get(error, "reason", ""), 100)),
        status=_get(error, "status", 0),
        data=_data(error),
        hint=_hint(error, engine, unawaited),
        call=_get(error, "_call", 0),
    )


def _hint(error: BaseException, engine: Engine, unawaited: Outcome | None) -> str:
    hint = _get(error, "hint", "") or (MEMORY_HINT if isinstance(error, MemoryError) else engine.hint(error))
    if not hint and unawaited is not None:
        hint = f"Nobody awaited {unawaited._label}; await it where its failure can be caught."
    return values.clean(values.shorten(hint, values.TEXT))


def _data(error: BaseException) -> Raw:
    try:
        return Raw(values.to_json(error.__dict__.get("data"), DATA))
    except (values.NotDataError, values.TooLargeError):
        return Raw(b"null")


def _shorten(frames: list[Frame]) -> list[Frame]:
    half = FRAMES // 2
    return frames if len(frames) <= FRAMES else [*frames[:half], *frames[-half:]]


def _get(error: BaseException, name: str, default: _Value) -> _Value:
    """Return an attribute that the host gave to an error, or that the guest made up, if it has the type of ``default``."""
    value = error.__dict__.get(name, default)
    return value if type(value) is type(default) else default
