"""Headers of requests, by their names in small letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def header_of(request: Request, name: bytes) -> str:
    """Return the value of the first header ``name``, empty without one.

    Every request is looked at for several, most of which few clients send; the headers of starlette raise an error for each of those.
    """
    for each, value in request.scope["headers"]:
        if each == name:
            found: str = value.decode("latin-1")
            return found
    return ""


def has_header(request: Request, names: frozenset[bytes]) -> bool:
    """Whether there is a header with one of these ``names``."""
    for each, _ in request.scope["headers"]:  # noqa: SIM110 - every request asks, and a generator takes several times as long
        if each in names:
            return True
    return False
