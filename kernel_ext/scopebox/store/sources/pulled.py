"""``pull.json``: what a pull wrote about itself into the folder of a project, and what that means for its reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.schema.schema import Schema
from scopebox.store.sources import files
from scopebox.store.sources.files import MIB
from scopebox.store.sources.pulled_names import may_hold
from scopebox.text.messages import quote
from scopebox.text.sizes import most_decoded
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scopebox.store.schema.schema import Collection
    from scopebox.store.sources.files import Folder
    from scopebox.text.notes import Notes

NAME: Final = "pull.json"
FORM: Final = 1  # of the file, for versions to come
MAX_DECODED: Final = 32 * MIB  # bytes of memory, about
MAX_NOTES: Final = 200
MAX_NOTE: Final = 1_000  # characters
_ANEW: Final = "Pull into a new folder."
GO_ON: Final = "The same pull goes on where it stopped: python -m scopebox pull URL --to DIR, or %sandbox pull"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pull was asked for. No collections are all of them."""

    items: int
    collections: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    with_users: bool = False


class Content(msgspec.Struct):
    """The items of one collection: the file that holds them, how many there are in it, and on the server (None if it did not say)."""

    file: str
    items: int = 0
    total: int | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """A collection, or one field of it, that was not taken, and why."""

    collection: str
    field: str
    why: str

    def __str__(self) -> str:
        return f"{self.collection}.{self.field}" if self.field else self.collection


class PullRecord(msgspec.Struct):
    """What ``pull.json`` holds. ``parts`` are those that are whole; ``finished`` is the moment of the end, empty before it."""

    server: str
    options: Options
    directus: str = ""
    begun: str = ""
    finished: str = ""
    parts: list[str] = []
    content: dict[str, Content] = {}
    left_out: list[LeftOut] = []
    notes: list[str] = []
    scopebox_pull: int = FORM

    @property
    def files(self) -> dict[str, str]:
        """The collections whose items a file holds, by the file's name."""
        return {entry.file: name for name, entry in self.content.items()}

    def relaxed(self, schema: Schema) -> Schema:
        """Return ``schema`` with every field that was left out nullable: no item of the pull has a value for it."""
        fields: dict[str, set[str]] = {}
        for entry in self.left_out:
            fields.setdefault(entry.collection, set()).add(entry.field)
        return replace(
            schema,
            collections={
                name: without(collection, fields[name]) if name in fields else collection
                for name, collection in schema.collections.items()
            },
        )

    def lines(self) -> list[str]:
        """Return what there is to say when the project is loaded."""
        version = f" (Directus {clean(self.directus, 40)})" if self.directus else ""
        moment = clean(self.finished or self.begun, 40)
        said = [f"pulled from {clean(self.server, 200)}{version}, {moment}"]
        if not self.finished:
            said.append(f"{NAME}: the pull is unfinished, what it has so far is loaded. {GO_ON}")
        said += [clean(note, MAX_NOTE) for note in self.notes[:MAX_NOTES]]
        return said + left_out_lines(self.left_out)


def left_out_lines(left_out: Iterable[LeftOut]) -> list[str]:
    """Return a sentence for each reason, with what was left out for it."""
    reasons: dict[str, list[str]] = {}
    for entry in left_out:
        reasons.setdefault(entry.why, []).append(str(entry))
    return [f"left out, {clean(why)}: {_few(names)}" for why, names in reasons.items()][:MAX_NOTES]


def read(folder: Folder) -> PullRecord | None:
    """Return what the file of a pull in ``folder`` says; None if there is none. SchemaError for one that no pull wrote."""
    path = folder.file(NAME)
    if path is None:
        return None
    data = folder.content(path)
    if most_decoded(data) > MAX_DECODED:
        raise SchemaError(
            f"{path} takes about {most_decoded(data) // MIB} MiB of memory, {MAX_DECODED // MIB} MiB are the limit",
            hint=_ANEW,
        )
    return decoded(path, files.decoded(path, data))


def noted(folder: Folder, schema: Schema, notes: Notes) -> Schema:
    """Return ``schema`` as far as a pull that wrote ``folder`` can fill it, and note what there is to say about that."""
    record = read(folder)
    if record is None:
        return schema
    for line in record.lines():
        notes.add(line)
    return record.relaxed(schema)


def decoded(path: Path, content: object) -> PullRecord:
    """Return the record in ``content``, that of the file ``path``."""
    try:
        record = msgspec.convert(content, PullRecord)
    except (msgspec.ValidationError, RecursionError) as error:
        raise SchemaError(
            f"{path} was not written by a pull: {clean(error)}", hint="Remove it if the project is one of your own."
        ) from None
    if record.scopebox_pull != FORM:
        raise SchemaError(f"{path} was written by another version of scopebox", hint=_ANEW)
    _check_files(path, record)
    return record


def _check_files(path: Path, record: PullRecord) -> None:
    """Raise SchemaError for a file that no pull would have named so, or for two collections: it may be anywhere, and a pull writes it."""
    holding: dict[str, str] = {}
    for name, entry in record.content.items():
        if not may_hold(entry.file, name):
            raise SchemaError(
                f"{path}: content.{quote(name)}.file is {quote(entry.file)}, which no pull has written", hint=_ANEW
            )
        other = holding.setdefault(entry.file.lower(), name)
        if other != name:
            raise SchemaError(
                f"{path}: content.{quote(name)}.file is {quote(entry.file)}, which holds {quote(other)} already",
                hint=_ANEW,
            )


def without(collection: Collection, names: set[str]) -> Collection:
    """Return ``collection`` with the fields ``names`` nullable, as its items come without them."""
    fields = {
        name: replace(field, nullable=True) if name in names and not field.primary_key else field
        for name, field in collection.fields.items()
    }
    return replace(collection, fields=fields)


def _few(names: list[str], most: int = 20) -> str:
    shown = ", ".join(clean(name, 120) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
