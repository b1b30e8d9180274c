"""The failures of a cell or a handler, as the host is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from scopebox_guest.driver import values
from scopebox_guest.engine import SourceError
from scopebox_guest.wire import MAX_LEVELS, Failure, Frame

if TYPE_CHECKING:
    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Engine

MEMORY_HINT: Final = "%%sandbox --memory MIB raises the limit, to at most 1024; or use less at a time."


def failure_of(
    error: BaseException, engine: Engine[Outcome, Calls, Printed], unawaited: Outcome | None = None
) -> Failure:
    """Return what the host is told of an exception that ended a cell or a handler.

    ``unawaited`` is the call whose failure it is, if nobody awaited that call.
    """
    if isinstance(error, SourceError):
        return Failure(
            "SyntaxError",
            values.clean(values.shorten(str(error.message), values.MESSAGE_CHARACTERS)),
            line=error.line,
            column=error.column,
            syntax=True,
            hint=error.hint,
        )
    failure = engine.failure_of(error)
    frames = _shorten(failure.frames)
    if unawaited is not None and unawaited._line:
        frames = [Frame(unawaited._label, unawaited._line)]
    out_of_memory = isinstance(error, MemoryError)
    return replace(
        failure,
        message=failure.message or ("the memory limit is reached" if out_of_memory else ""),
        line=frames[-1].line if frames else 0,
        frames=frames,
        hint=_hint(failure.hint or (MEMORY_HINT if out_of_memory else ""), unawaited),
    )


def _hint(hint: str, unawaited: Outcome | None) -> str:
    if not hint and unawaited is not None:
        hint = f"Nobody awaited {unawaited._label}; await it where its failure can be caught."
    return values.clean(values.shorten(hint, values.MESSAGE_CHARACTERS))


def _shorten(frames: list[Frame]) -> list[Frame]:
    half = MAX_LEVELS // 2
    return frames if len(frames) <= MAX_LEVELS else [*frames[:half], *frames[-half:]]
