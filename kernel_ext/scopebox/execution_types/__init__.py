"""The host's side of the execution types: one module a family, one function a type.

A capability gets the :class:`Caller` and the arguments after the execution type, all of them hostile, and returns JSON data
(or ``msgspec.Raw`` with JSON text), or a coroutine that does. It raises ``TypeError`` or ``ValueError`` for wrong arguments, a
``Refusal`` for what the grants do not cover, and a ``DirectusError`` for what the store refuses. To add an execution type, see
CONTRIBUTING.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox import wire
from scopebox.errors import DirectusError, ExtensionError, ScopeboxError
from scopebox.grants import Refusal

if TYPE_CHECKING:
    from scopebox.chain import Cause
    from scopebox.extension import Extension
    from scopebox.manifest import Permission


class Caller(msgspec.Struct, frozen=True):
    """Who makes a call: the extension, why it runs, the permission that covers the call (None for built-in types).

    ``api`` tells a function of ``directus:api`` from ``exec``.
    """

    extension: Extension
    cause: Cause
    permission: Permission | None
    api: bool


Answer = object | Coroutine[object, object, object]
Capability = Callable[[Caller, list[object]], Answer]

FORBIDDEN: Final = 403
BAD_REQUEST: Final = 400
SERVER_ERROR: Final = 500


def refuse(call_id: int, error: Exception) -> wire.Refuse:
    """Return the frame that makes a guest raise ``error``, as one of the exceptions that may cross the boundary."""
    match error:
        case Refusal():
            return wire.Refuse(call_id, "PermissionError", error.message, error.reason, hint=error.hint)
        case DirectusError():
            return _directus(call_id, error)
        case ExtensionError():
            data = msgspec.Raw(msgspec.json.encode(error.data))
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


def options(args: list[object], index: int, call: str, allowed: tuple[str, ...]) -> dict[str, object]:
    """Return the options object of a call, or raise an error that names what is wrong with it."""
    given = args[index] if len(args) > index else {}
    if not isinstance(given, dict):
        raise TypeError(f"{call}: options has to be of type object, not {kind(given)}")
    unknown = [key for key in given if key not in allowed]
    if unknown:
        known = ", ".join(f'"{key}"' for key in allowed)
        raise ValueError(f'{call}: unknown option "{str(unknown[0])[:50]}"; the options are {known}')
    if len(args) > index + 1:
        raise TypeError(f"{call}: takes {index + 1} arguments after the execution type, {len(args)} were given")
    return given


def kind(value: object) -> str:
    """Return the name of a JSON value's type, as the documents call it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"
