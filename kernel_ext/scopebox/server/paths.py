"""Paths of requests, as Express reads them: their case does not count, and their encoding stays until a parameter is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from scopebox.store.errors import internal_error

if TYPE_CHECKING:
    from starlette.requests import Request

    from scopebox.errors import DirectusError

MAX_SHOWN_CHARACTERS: Final = 200  # of a part of a path in an error
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def sent_path(request: Request) -> str:
    """Return the path of a request as it was sent: its encoding tells ``%2F`` from a slash."""
    raw_path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return raw_path.partition(b"?")[0].decode("latin-1")


def mount_of(path: str) -> tuple[str, str]:
    """Return the first part of ``path`` in small letters, and the path below it.

    For a name with a scope, ``/@scope/name``, that is its two parts. One slash behind the first part belongs to it if another
    one follows, so ``/items//articles`` is ``/items/articles``.
    """
    if not path.startswith("/"):
        return "", path
    end = path.find("/", 1)
    if path.startswith("/@") and end > 0:
        end = path.find("/", end + 1)
    if end < 0:
        return path[1:].lower(), "/"
    below = path[end + 1 :] if path.startswith("//", end) else path[end:]
    return path[1:end].lower(), below


def parts_of(below: str) -> list[str]:
    """Return the parts of a path below a first one, as they were sent. One slash at the end means nothing, others make empty parts."""
    parts = below.split("/")[1:]
    return parts[:-1] if parts and not parts[-1] else parts


def parameter(part: str) -> str:
    """Return a part of a path as text; the DirectusError that Express makes of one whose encoding is broken."""
    try:
        if _BROKEN.search(part):
            raise _undecodable(part)
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise _undecodable(part) from None


def _undecodable(part: str) -> DirectusError:
    return internal_error(f"Failed to decode param '{part[:MAX_SHOWN_CHARACTERS]}'")
