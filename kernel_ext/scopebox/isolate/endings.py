"""How isolates end, and what those who wait for one are told; in Directus's words where it has them."""

from __future__ import annotations

import signal
from typing import Final

from scopebox_guest import wire

from scopebox.errors import ExtensionError, IsolateDied, LimitError

AGAIN: Final = "Run the cell again."
FIRST_NTSTATUS: Final = 0xC0000000  # what Windows has in place of a signal is an exit status from here on
MEMORY: Final = "Isolate was disposed during execution due to memory limit"


def cause_of(status: int | None, *, working: bool = True) -> ExtensionError:
    """Return the error for an isolate that ended by itself with ``status``; None if that got lost with the zygote.

    ``working`` tells whether something ran in it.
    """
    if status is None:
        return IsolateDied("Isolate is disposed: the process that starts isolates ended", hint=AGAIN)
    if status == wire.OUT_OF_MEMORY:
        return out_of_memory()
    if status >= FIRST_NTSTATUS:
        return _crashed(f"{status:#x}")
    if status >= 0:
        return IsolateDied(f"Isolate is disposed: it ended by itself (exit status {status})", hint=AGAIN)
    return _cause_of_signal(_name(-status), working=working)


def out_of_memory() -> LimitError:
    """Return the error for an isolate that has more memory than it may."""
    return LimitError(MEMORY, kind="memory", hint="%%sandbox --memory MIB raises the limit, to at most 1024.")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _cause_of_signal(name: str, *, working: bool) -> ExtensionError:
    """Return the error for a signal, by its name: not every system has all of them."""
    match name:
        case "SIGXCPU" if not working:
            hint = "It used processor time although nothing ran in it; no cell does that by accident."
            return LimitError("Script execution timed out.", kind="busy", hint=hint)
        case "SIGKILL":
            hint = "The system killed it, most likely because the machine ran out of memory; use less of it at a time."
            return LimitError(MEMORY, kind="memory", hint=hint)
        case "SIGXCPU":
            hint = "It reached the processor limit of its process; %%sandbox --timeout SECONDS raises it."
            return LimitError("Script execution timed out.", kind="busy", hint=hint)
        case "SIGSYS":
            return IsolateDied(f"Isolate is disposed: killed at a forbidden system call ({name})", hint=AGAIN)
        case "SIGSEGV" | "SIGABRT" | "SIGBUS" | "SIGILL" | "SIGFPE":
            return _crashed(name)
        case _:
            return IsolateDied(f"Isolate is disposed: it ended by a signal ({name})", hint=AGAIN)


def _crashed(how: str) -> IsolateDied:
    hint = (
        "Deep recursion in C code, a source that is very long or deeply nested, or memory at its limit can do that; "
        "%%sandbox --memory MIB gives more."
    )
    return IsolateDied(f"Isolate is disposed: it crashed ({how})", hint=hint)


def violated(error: wire.FrameError) -> IsolateDied:
    """Return the error for an isolate that is killed because its guest broke the protocol."""
    return IsolateDied(
        f"Isolate is disposed: it broke the frame protocol ({error})",
        hint="No cell does that by accident; this one has broken out of its language.",
    )


def stopped(call: int, cause: ExtensionError) -> wire.Refuse:
    """Return the answer to a call of a run that was stopped."""
    kind = "TimeoutError" if isinstance(cause, LimitError) else "RuntimeError"
    return wire.Refuse(call, kind, cause.message, hint=cause.hint)
