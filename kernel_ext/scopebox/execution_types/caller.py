"""Who makes a call, and the shape of the functions that answer it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from scopebox.chains.chain import Cause
    from scopebox.extension.extension import Extension
    from scopebox.manifest.manifest import Permission


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
