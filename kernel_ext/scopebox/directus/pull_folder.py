"""The folder that a pull writes: never a file half, never over somebody else's, and never outside of it."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from scopebox_guest import weight, wire

from scopebox.directus import answers
from scopebox.directus.answers import MAX_DECODED_SCHEMA
from scopebox.directus.whole_file import write_whole
from scopebox.errors import PullError, SchemaError
from scopebox.store.sources import pulled
from scopebox.store.sources.files import MAX_FILE, MIB, Folder, content
from scopebox.store.sources.pulled import Options, PullRecord
from scopebox.store.sources.pulled_names import CONTENT, ItemFiles
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scopebox.store.sources.pulled import LeftOut

T = TypeVar("T")

SNAPSHOT: Final = "snapshot.json"
IGNORED: Final = ("/content/", "/users.json", "/files.json", "/folders.json", "*.part")
_GITIGNORE: Final = "# Real items, users and files of a live Directus: they do not belong into version control."
CHANGE: Final = (
    10_000  # bytes of what a pull says of itself that are written, on the average, for each part that becomes whole
)
MAX_INDENTED: Final = 16  # containers in each other, in a file for people
MAX_FOR_PEOPLE: Final = 8 * MIB  # bytes of such a file; a larger one has all in a line
_PRIVATE: Final = 0o700
# What a pull writes: in the folder itself, or in the one for items.
_WRITTEN: Final = re.compile(r"(?:content/)?\.?[A-Za-z0-9_][A-Za-z0-9_-]{0,99}(?:\.json)?")
_ANEW: Final = "Name a new folder with --to, or remove this one."


class PullFolder:
    """A folder for one pull: new, empty, or with an earlier part of the same one.

    PullError for anything else, and whenever something cannot be written; what was written before is whole.
    """

    def __init__(self, path: Path, record: PullRecord) -> None:
        self.path = path
        self.record = record
        self._parts = set(record.parts)
        self._left_out = set(record.left_out)
        self._notes = set(record.notes)
        self._changes = 0  # since it was saved
        self._saved = 0  # bytes of what was saved last
        self._item_files = ItemFiles(entry.file for entry in record.content.values())

    @classmethod
    def open(cls, path: Path, server: str, options: Options) -> PullFolder:
        """Look at ``path``, without writing anything; ``server`` and ``options`` are those of the pull."""
        try:
            names = {entry.name for entry in os.scandir(path)} if os.path.lexists(path) else set()
        except OSError as error:
            raise PullError(f"{path} cannot be used: {error.strerror}", hint="--to names a folder.") from None
        if not names:
            return cls(path, PullRecord(server=server, options=options))
        earlier = pulled.read(Folder(path)) if pulled.NAME in names else None
        if earlier is None:
            raise PullError(f"{path} is not empty, and no pull began it", hint=_ANEW)
        if earlier.server != server:
            raise PullError(f"{path} holds a pull from {quote(earlier.server)}, not from {server}", hint=_ANEW)
        if earlier.options != options:
            done = "a finished" if earlier.finished else "an unfinished"
            raise PullError(
                f"{path} holds {done} pull with other options", hint=f"Give the same ones to go on. {_ANEW}"
            )
        return cls(path, earlier)

    @property
    def files(self) -> Folder:
        """The folder, for reading what an earlier run wrote."""
        return Folder(self.path)

    def begin(self) -> None:
        """Make the folder. What git has to ignore is said before there is anything to ignore."""
        for path in (self.path, self.path / CONTENT):
            try:
                path.mkdir(_PRIVATE, parents=True, exist_ok=True)
            except OSError as error:
                raise self._failed(path, error) from None
        self.write(".gitignore", "\n".join([_GITIGNORE, *IGNORED, ""]).encode())
        self.save()

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the folder, as a whole or not at all; PullError for one that lies elsewhere, or behind a link."""
        path = self.path / name
        if len(data) > MAX_FILE:
            raise PullError(
                f"{path} would have {len(data) // MIB + 1} MiB, {MAX_FILE // MIB} are the limit of what can be read again",
                hint="A user who may read fewer collections is told less.",
            )
        try:
            if _WRITTEN.fullmatch(name) is None or self._leads_out(path.parent):
                raise PullError(f"{path} is not in the folder of the pull, or a link leads there", hint=_ANEW)
            write_whole(path, data)
        except OSError as error:
            raise self._failed(path, error) from None

    def write_json(self, name: str, data: object) -> int:
        """Write data as JSON, for people to read unless that takes much; return how many bytes that are."""
        text = msgspec.json.Encoder().encode_lines([data])  # one line with its end: adding that later would take a copy
        if _is_for_people(text):
            text = msgspec.json.format(text) + b"\n"
        self.write(name, text)
        return len(text)

    def read_json(self, name: str) -> object:
        """Return the data in a file that an earlier run wrote, None if there is none; SchemaError for what cannot be read, or is too much."""
        path = self.files.file(name)
        return None if path is None else _read(path, partial(answers.read, type_=object, most=MAX_DECODED_SCHEMA))

    def items(self, name: str) -> list[msgspec.Raw]:
        """Return the items in a file that an earlier run wrote, each as JSON text, none if it is not there; SchemaError as above."""
        path = self.files.file(*name.split("/"))
        return [] if path is None else _read(path, answers.entries)

    def is_whole(self, part: str) -> bool:
        """Whether a part of the pull, such as a collection, is there."""
        return part in self._parts

    def finish(self, part: str) -> None:
        """Note that a part is whole."""
        if part not in self._parts:
            self._parts.add(part)
            self.record.parts.append(part)
        self._changes += 1
        if self._changes * CHANGE >= self._saved:
            self.save()

    def leave_out(self, entries: Iterable[LeftOut]) -> None:
        """Note what is not taken, each once."""
        _add(self.record.left_out, self._left_out, entries)

    def note(self, notes: Iterable[str]) -> None:
        """Note what there is to say, each once."""
        _add(self.record.notes, self._notes, notes)

    def save(self) -> None:
        """Write what the pull says of itself."""
        self._saved = self.write_json(pulled.NAME, self.record)
        self._changes = 0

    def place(self, collection: str) -> str:
        """Return the path, in the folder, of the file for the items of a collection that has none yet."""
        return self._item_files.new(collection)

    def has(self, *names: str) -> bool:
        """Whether the folder has all of these files."""
        return all((self.path / name).is_file() for name in names)

    def _leads_out(self, parent: Path) -> bool:
        """Whether ``parent``, the folder or the one in it for items, is another than its name says; the user may name the first by a link."""
        if parent == self.path:
            return False
        real, root = (Path(os.path.realpath(path, strict=True)) for path in (parent, self.path))
        return real != root / parent.name

    def _failed(self, path: Path, error: OSError) -> PullError:
        return PullError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}",
            hint="What was written before is whole; the same command goes on from there.",
        )


def _add(listed: list[T], known: set[T], entries: Iterable[T]) -> None:
    """Append to ``listed`` what is not ``known``."""
    for entry in entries:
        if entry not in known:
            known.add(entry)
            listed.append(entry)


def _read(path: Path, read: Callable[[bytes], T]) -> T:
    """Return what ``read`` makes of the bytes of a file."""
    try:
        return read(content(path))
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path} cannot be read: {str(error)[:200]}", hint=_ANEW) from None


def _is_for_people(text: bytes) -> bool:
    """Whether JSON ``text`` is written a value a line: each takes as many signs more as it nests deep."""
    if len(text) + 2 * MAX_INDENTED * weight.most_values_in(text) > MAX_FOR_PEOPLE:
        return False
    try:
        wire.check_frame(text, wire.BULK, depth=MAX_INDENTED)
    except wire.FrameError:
        return False
    return True
