"""Refusals: a call that the grants do not cover."""

from __future__ import annotations

from typing import Final, Literal

from scopebox.errors import ScopeboxError

Reason = Literal["undeclared", "denied", "url", "method", "address", "role"]


class RefusalError(ScopeboxError):
    """A call that the grants do not cover. In the guest it is a ``PermissionError`` with ``reason``.

    The message is in Directus's words where it has them; the hint says what would be right. ``wanted`` is the URL pattern or the
    method that would have covered it.
    """

    kind: Final = "PermissionError"

    def __init__(self, message: str, reason: Reason, *, hint: str = "", wanted: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason: Reason = reason
        self.wanted = wanted
