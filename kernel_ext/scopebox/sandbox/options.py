"""The keyword arguments of :meth:`Sandbox.load` and :meth:`Sandbox.export`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class Limits(TypedDict, total=False):
    """The keyword arguments that limit what is loaded."""

    timeout: float | None
    wall: float | None
    memory: int | None


class LoadOptions(Limits, total=False):
    """The keyword arguments of :meth:`Sandbox.load`."""

    name: str
    language: str
    manifest: object
    type: str | None
    grant: Collection[str]
    deny: Collection[str]
    inputs: Mapping[str, object] | None
    filename: str
    append: bool
    live: bool
    keep: bool
    on_print: Callable[[str], None] | None


class ExportOptions(TypedDict, total=False):
    """The keyword arguments of :meth:`Sandbox.export`."""

    force: bool
    permissions: Collection[str]
    allow_recursion: bool
    url: str
