"""Decisions that last for a session: by which key they are kept, and how two entries differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from scopebox_guest import wire

from scopebox.grants.sentences import shown_url
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from scopebox.manifest.permission import Permission


def entry_key(permission: Permission) -> str:
    """Return what identifies an entry for decisions: all that it allows. Its reason may change without losing a grant."""
    said = msgspec.to_builtins(permission)  # to make another entry would check all of it again
    said.pop("reason", None)
    return msgspec.json.encode(said).decode()


class Decided(msgspec.Struct, frozen=True, rename={"allowed_urls": "allowedUrls"}):
    """What a decision was about: an entry that was checked when it was decided, and is only shown now."""

    permission: str
    optional: bool = False
    role: str | None = None
    allowed_urls: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS


def decided_by(key: str) -> Decided:
    """Return the entry of which ``key`` is the :func:`entry_key`."""
    return wire.decode_as(key, Decided)


def difference(before: Decided, after: Permission) -> str:
    """Return how an entry changed, a line for each change, ``-`` for what went and ``+`` for what came."""
    lines = []
    for key, old, new in (
        ("allowedUrls", before.allowed_urls, after.allowed_urls),
        ("methods", before.methods, after.methods),
    ):
        lines += [f"- {key}: {shown_url(entry)}" for entry in old if entry not in new]
        lines += [f"+ {key}: {shown_url(entry)}" for entry in new if entry not in old]
    if before.role != after.role:
        lines += [f"- role: {before.role}", f"+ role: {after.role}"]
    return "\n".join(lines) or "only the order changed"
