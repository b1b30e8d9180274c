"""The errors of scopebox.

::

    ScopeboxError
    ├── ManifestError          what an extension asks for cannot be read; names the place and the remedy
    ├── UnknownNameError       nothing is called that; also a LookupError
    ├── GrantError             a grant or denial that the manifest does not allow
    ├── SettingsError          a limit outside its documented range
    ├── ExtensionError         an extension failed while its cell or one of its handlers ran
    │   ├── ExtensionSyntaxError   its source does not compile, or uses a refused construct
    │   ├── LimitError             it was stopped at a limit (busy, wall, memory, output, frame, chain, store)
    │   ├── CancelledRun           it was interrupted by the user
    │   └── IsolateDied            its isolate is gone: crashed, killed, unloaded
    ├── DirectusError          an answer in Directus's own shape: status, code, message, extensions
    ├── SchemaError            a collection, field, relation or project file that the store cannot take
    ├── MockError              a request that no mock answers
    ├── PackageError           a published package that cannot be read, or of which nothing may be run
    ├── ExportError            what cannot become an extension of a real Directus, or a folder that cannot take it
    ├── PullError              a live Directus that cannot be read, or a folder that cannot take what it has
    └── IsolationError         no isolate can be started on this machine
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.text.visible import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox_guest.wire import Frame

    from scopebox.errors.traceback_lines import InExtension
    from scopebox.journal.records import CallRecord, RunRecord

MAX_MESSAGE_CHARACTERS: Final = 20_000  # characters of a message, and of a hint


class ScopeboxError(Exception):
    """Any error of scopebox.

    ``hint`` says what would be right; it is empty when the message says it all. ``result`` is the RunResult of a run that the
    error ended.
    """

    result: RunRecord | None = None

    def __init__(self, message: str, *, hint: str = "") -> None:
        # What somebody else wrote may stand in either: an error is printed, logged and sent on in many places.
        self.message, self.hint = shorten(message, MAX_MESSAGE_CHARACTERS), shorten(hint, MAX_MESSAGE_CHARACTERS)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    @property
    def what(self) -> str:
        """What went wrong, in a word: that of the exception in the extension, where there was one."""
        return type(self).__name__

    @property
    def in_extension(self) -> InExtension | None:
        """Where in an extension it happened, if it happened in one."""
        return None

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the lines of the user and of the extension, none of the sandbox's own."""
        from scopebox.errors.traceback_lines import render  # noqa: PLC0415 - loaded when something is shown

        return render(self)


def in_a_line(error: ScopeboxError) -> str:
    """Return what is kept of an error where one line has to do: the message of a KeyError is nothing but the key."""
    return f"{error.what}: {error.message}" if error.what == "KeyError" else error.message


@dataclass(slots=True)
class InManifest:
    """A line of the cell in which a manifest stands."""

    sources: Mapping[str, str]
    line: int
    column: int
    extension: str = "the manifest"
    frames: tuple[Frame, ...] = ()

    @property
    def call(self) -> CallRecord | None:
        """No call is behind it."""
        return None


class ManifestError(ScopeboxError):
    """A manifest that cannot be read. ``place`` is the path of the wrong entry, such as ``permissions[1].role``."""

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.place = place
        self._in_cell: InManifest | None = None

    def locate(self, cell: str, line: int, column: int) -> None:
        """Note where in ``cell`` the wrong entry stands."""
        self._in_cell = InManifest({"": cell}, line, column)

    @property
    def in_extension(self) -> InExtension | None:
        """Where in the cell the wrong entry stands, if the manifest does."""
        return self._in_cell


class UnknownNameError(ScopeboxError, LookupError):
    """Nothing is called that; the message names what comes close."""


class GrantError(ScopeboxError):
    """A grant or a denial that the manifest does not allow."""


class ExportError(ScopeboxError):
    """What cannot become an extension of a real Directus, or a folder that cannot take it; nothing was written."""


class SettingsError(ScopeboxError):
    """A limit outside its documented range."""


class ExtensionError(ScopeboxError):
    """An extension failed.

    ``kind`` is the name of the exception in the guest, in the words of its language, ``line`` the line of its source and ``column`` the place in it
    (0 when unknown), ``frames`` the guest's own call stack, outermost first, ``sources`` the texts that they point into,
    by the file of a frame.
    ``reason``, ``status`` and ``data`` are those of a refused or failed ``exec`` call.
    """

    def __init__(
        self,
        message: str,
        *,
        extension: str = "",
        kind: str = "",
        line: int = 0,
        column: int = 0,
        frames: Sequence[Frame] = (),
        reason: str = "",
        status: int = 0,
        data: object = None,
        hint: str = "",
        sources: Mapping[str, str] | None = None,
    ) -> None:
        # Its text may be an extension's own, and errors are printed in many places: what cannot be seen is made visible here.
        super().__init__(
            clean(message, MAX_MESSAGE_CHARACTERS, lines=True), hint=clean(hint, MAX_MESSAGE_CHARACTERS, lines=True)
        )
        self.sources = sources or {}
        self.extension = extension
        self.kind = kind
        self.line = line
        self.column = column
        self.frames = tuple(frames)
        self.reason = reason
        self.status = status
        self._data = data

    @property
    def data(self) -> object:
        """JSON data that came with a failed call; kept as text where an extension sent it, and read anew at each look."""
        return wire.decode_json(self._data) if isinstance(self._data, msgspec.Raw) else self._data

    @property
    def raw_data(self) -> msgspec.Raw:
        """The same as JSON text, as it came: it may be large."""
        return self._data if isinstance(self._data, msgspec.Raw) else msgspec.Raw(wire.encode(self._data))

    @property
    def what(self) -> str:
        """The kind of an extension's own error; what ended it otherwise."""
        return self.kind if type(self) is ExtensionError and self.kind else type(self).__name__

    @property
    def in_extension(self) -> InExtension | None:
        """The error itself: it has the place."""
        return self

    @property
    def call(self) -> CallRecord | None:
        """The refused call behind the error: it has the arguments, which the line of source may not show."""
        calls = self.result.refused if self.reason and self.result is not None else ()
        return next((call for call in reversed(calls) if call.ended_in(self.message, self.line)), None)


class ExtensionSyntaxError(ExtensionError):
    """The source of an extension does not compile, or uses a construct that the sandbox refuses."""


class LimitError(ExtensionError):
    """An extension was stopped at a limit. ``kind`` is the limit: busy, wall, memory, chain, store, output or frame."""


class CancelledRun(ExtensionError):  # noqa: N818 - an interrupt is not an error of anybody
    """A run that the user interrupted."""

    @property
    def in_extension(self) -> InExtension | None:
        """Where it was interrupted, if it ran."""
        return self if self.line else None


class IsolateDied(ExtensionError):  # noqa: N818 - says what happened
    """The isolate of an extension is gone."""


class DirectusError(ScopeboxError):
    """An error in Directus's own shape; ``all`` holds every error of an answer with several, this one first."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        extensions: Mapping[str, object] | None = None,
        others: Sequence[DirectusError] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.extensions = dict(extensions or {})
        self._others = tuple(others)

    @property
    def all(self) -> tuple[DirectusError, ...]:
        """Every error of an answer with several, this one first."""
        return (
            self,
            *self._others,
        )  # kept, it would hold itself, and with it the payload in the frames it was raised in


class SchemaError(ScopeboxError):
    """A collection, field, relation or project file that the store cannot take.

    Names and paths in it are those of somebody's project, so whatever cannot be seen in them is made visible.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(clean(message, MAX_MESSAGE_CHARACTERS), hint=clean(hint, MAX_MESSAGE_CHARACTERS))


class MockError(ScopeboxError):
    """A request that no mock answers."""


class PackageError(ScopeboxError):
    """A published package that cannot be read, or of which nothing may be run."""


class PullError(ScopeboxError):
    """A live Directus that cannot be read, or a folder that cannot take what it has."""


class IsolationError(ScopeboxError):
    """No isolate can be started on this machine."""
