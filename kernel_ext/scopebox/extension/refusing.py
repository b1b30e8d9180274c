"""Errors as the frames that make a guest raise them."""

from __future__ import annotations

from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import DirectusError, ExtensionError, ScopeboxError
from scopebox.grants.refusal import RefusalError

FORBIDDEN: Final = 403


BAD_REQUEST: Final = 400


SERVER_ERROR: Final = 500


def refuse(call_id: int, error: Exception) -> wire.Refuse:
    """Return the frame that makes a guest raise ``error``, as one of the exceptions that may cross the boundary."""
    match error:
        case RefusalError():
            return wire.Refuse(call_id, "PermissionError", error.message, error.reason, hint=error.hint)
        case DirectusError():
            return _directus(call_id, error)
        case ExtensionError():
            data = error.raw_data
            return wire.Refuse(call_id, "RuntimeError", error.message, status=error.status, data=data, hint=error.hint)
        case ScopeboxError():
            return wire.Refuse(call_id, "RuntimeError", error.message, hint=error.hint)
        case TypeError() | ValueError() | TimeoutError() | LookupError() | PermissionError():
            kind = next(name for name in wire.EXCEPTIONS if name in [base.__name__ for base in type(error).__mro__])
            return wire.Refuse(call_id, kind, str(error))
        case _:
            return wire.Refuse(call_id, "RuntimeError", "The call failed inside the sandbox; see its log")


def _directus(call_id: int, error: DirectusError) -> wire.Refuse:
    data = msgspec.Raw(msgspec.json.encode({"code": error.code, **error.extensions}))
    if error.status == FORBIDDEN:
        kind, reason = "PermissionError", "role"
    else:
        kind, reason = ("ValueError" if BAD_REQUEST <= error.status < SERVER_ERROR else "RuntimeError"), ""
    return wire.Refuse(call_id, kind, error.message, reason, error.status, data, error.hint)
