"""The seam between the driver and the language that a cell is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox_guest.wire import Frame


class Engine(Protocol):
    """Compiles and runs the cells of one extension; it keeps their namespace.

    ``modules`` is set by the driver before anything is loaded: names importable by cells beside the engine's own.
    """

    modules: Mapping[str, Mapping[str, object]]

    def load(self, source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object:
        """Run a cell and return the value of its last expression, or a coroutine that does; ``names`` become globals.

        With ``append`` it runs in the namespace of the cells before it. Raises :class:`~scopebox_guest.python.errors.SourceError`.
        """

    def call(self, function: object, args: Sequence[object]) -> object:
        """Call a function of the extension; return its value, or a coroutine that does."""

    def default_export(self) -> object | None:
        """Return the global ``default`` of the namespace, None where there is none."""

    def positional(self, function: object) -> tuple[int, bool]:
        """Return how many positional arguments a function takes, optional ones included, and whether it has ``*args``."""

    def frames(self, error: BaseException) -> list[Frame]:
        """Return the extension's own part of the call stack of an error, outermost first."""

    def hint(self, error: BaseException) -> str:
        """Return what would be right instead, in a sentence; empty where nothing is known."""
